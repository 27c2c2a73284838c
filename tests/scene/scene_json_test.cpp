// A document survives its file: every field exactly, and what this version does not know.
#include "core/scene/scene_json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/scene/every_field.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::SourceKind;
using ::testing::HasSubstr;

constexpr SourceKind kKinds[] = {SourceKind::plane, SourceKind::seeds, SourceKind::w, SourceKind::z};

Document parse(const std::string& text) {
    return document_from_json(parse_json(text, "Could not open x.json"), "Could not open x.json", text);
}

std::string why_refused(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const Error& e) {
        return e.what();
    }
    return "accepted";
}

// A session whose scene has this text inside.
std::string session(const std::string& scene, const std::string& version = "1") {
    return "{\n  \"format\": \"afstudio-session\",\n  \"version\": " + version + ",\n  \"scene\": {\n" + scene +
           "\n  }\n}\n";
}

// Every path to a value of a document, as ["scene", "mix", 0, "seed"].
void leaves(const Json& json, const Json::json_pointer& at, std::vector<Json::json_pointer>& found) {
    if (json.is_object()) {
        for (const auto& [key, value] : json.items()) leaves(value, at / key, found);
    } else if (json.is_array() && !json.empty() && json.front().is_object()) {
        for (std::size_t i = 0; i < json.size(); ++i) leaves(json[i], at / i, found);
    } else {
        found.push_back(at);
    }
}

TEST(SceneJson, EveryFieldComesBackExactly) {
    for (const SourceKind kind : kKinds) {
        const Scene scene = test::changed_scene(kind);
        test::expect_no_default(kind == SourceKind::plane ? scene : test::changed_scene(kind));
        const Document document{scene, {}, nullptr};
        const std::string text = document_to_json(document).dump(2);
        const Document loaded = parse(text);
        EXPECT_TRUE(loaded == document) << text;
        EXPECT_EQ(loaded.unknown, nullptr);
        EXPECT_EQ(document_to_json(loaded).dump(2), text);
    }
}

// A key that is written but not read, or read into another field, would change nothing when it is taken away.
TEST(SceneJson, EveryWrittenKeyIsReadIntoAFieldOfItsOwn) {
    for (const SourceKind kind : kKinds) {
        const Document document{test::changed_scene(kind), {}, nullptr};
        const Json json = document_to_json(document);
        std::vector<Json::json_pointer> paths;
        leaves(json["scene"], Json::json_pointer("/scene"), paths);
        EXPECT_GT(paths.size(), 30u);
        for (const auto& path : paths) {
            if (kind == SourceKind::plane && path.back() == "source") continue;  // the plane is the default
            Json without = json;
            without[path.parent_pointer()].erase(path.back());
            Document loaded;
            try {
                loaded = document_from_json(without, "Could not open x");
            } catch (const Error&) {
                continue;  // numbers of a W without its width, or without themselves
            }
            EXPECT_FALSE(loaded == document) << path.to_string();
        }
    }
}

// Written when version 1 was new. A field that came later has its default in them: set it so in `expected` then.
TEST(SceneJson, TheFirstFilesOfThisVersionAreReadForEver) {
    const char* const names[] = {"plane", "seeds", "w", "z"};
    for (const SourceKind kind : kKinds) {
        const std::string name = names[static_cast<std::size_t>(kind)];
        Scene expected = test::changed_scene(kind);
        expected.untransform = false;
        expected.spectrum = {};
        expected.equivariance = {};
        expected.filters.clear();
        const std::string text = read_text_file(test::golden_path("../scene/data/session-1-" + name + ".json"));
        const Document loaded = parse(text);
        EXPECT_TRUE(loaded.base == expected) << name;
        EXPECT_EQ(loaded.unknown != nullptr, kind == SourceKind::seeds) << name;
    }
}

TEST(SceneJson, AFileWithLittleInItHasTheDefaultsForTheRest) {
    const Document document = parse(session(R"("model": {"path": "x.pkl"}, "truncation": {"psi": 0.5})"));
    Scene expected;
    expected.model.path = "x.pkl";
    expected.truncation.psi = 0.5;
    EXPECT_TRUE(document.base == expected);
}

TEST(SceneJson, KeepsWhatItDoesNotKnowAtEveryLevel) {
    Json json = document_to_json({test::changed_scene(SourceKind::seeds), {}, nullptr});
    json["from_tomorrow"] = {1, {{"deep", "er"}}};
    json["scene"]["weather"] = "rain";
    for (const char* key : {"model", "latent", "truncation", "noise", "transform", "layer_view", "sheet"})
        json["scene"][key]["new_in_" + std::string(key)] = Json::array({key, 1.5, nullptr});
    json["scene"]["mix"][0]["curve"] = "smooth";
    json["scene"]["latent"]["seeds"][1]["note"] = "mine";
    json["scene"]["latent"]["class_weights"][0]["colour"] = 7;
    const Document loaded = document_from_json(json, "Could not open x");
    // Known keys come first in what is saved; as unordered JSON both are the same.
    const auto unordered = [](const Json& j) { return nlohmann::json::parse(j.dump()); };
    EXPECT_EQ(unordered(document_to_json(loaded)), unordered(json));
    EXPECT_EQ(unordered(document_to_json(document_from_json(document_to_json(loaded), "Could not open x"))),
              unordered(json));
}

TEST(SceneJson, UnknownWordsFollowTheMixingRowThatTheyBelongTo) {
    Json json = document_to_json({test::changed_scene(SourceKind::plane), {}, nullptr});
    json["scene"]["mix"][1]["curve"] = "of 3";
    Document loaded = document_from_json(json, "Could not open x");
    loaded.base.mix.erase(loaded.base.mix.begin());  // id 3 is the first one now
    loaded.base.mix.push_back({9, 1, {1}, 1.0});
    const Json saved = document_to_json(loaded);
    EXPECT_EQ(saved["scene"]["mix"][0]["curve"], "of 3");
    EXPECT_FALSE(saved["scene"]["mix"][1].contains("curve"));
}

TEST(SceneJson, UnknownWordsNeverReplaceKnownOnes) {
    Json json = document_to_json({test::changed_scene(SourceKind::plane), {}, nullptr});
    json["scene"]["latent"]["seeds"] = "left over";  // unknown to a plane
    Document loaded = document_from_json(json, "Could not open x");
    loaded.base.latent.source = LatentSeeds{{{5, 1.0}}};
    EXPECT_TRUE(document_to_json(loaded)["scene"]["latent"]["seeds"].is_array());
}

TEST(SceneJson, RefusesANewerVersionInWords) {
    const std::string why = why_refused(session("", "2"));
    EXPECT_THAT(why, HasSubstr("newer"));
    EXPECT_THAT(why, HasSubstr("version 2"));
    EXPECT_THAT(why, HasSubstr("Update"));
}

TEST(SceneJson, RefusesWhatIsNoSession) {
    EXPECT_THAT(why_refused("[1]"), HasSubstr("not a session"));
    EXPECT_THAT(why_refused("{\"version\": 1}"), HasSubstr("not a session"));
    EXPECT_THAT(why_refused("{\"format\": \"afstudio-session\"}"), HasSubstr("\"version\""));
    EXPECT_THAT(why_refused(session("", "\"1\"")), HasSubstr("line 3: version is the text \"1\""));
    EXPECT_THAT(why_refused(session("", "0")), HasSubstr("version is 0"));
}

TEST(SceneJson, BrokenJsonNamesItsLine) {
    EXPECT_THAT(why_refused("{\n  \"format\": \"afstudio-session\",\n  \"version\": 1,,\n}"), HasSubstr("line 3"));
    EXPECT_THAT(why_refused(session("\"truncation\": {\"psi\": 0.5")), HasSubstr("line"));
    EXPECT_THAT(why_refused(session("\n\n\"truncation\": {\"psi\": 1e999}")), HasSubstr("line 7"));
}

struct Wrong {
    const char* scene;
    const char* expected;
};

TEST(SceneJson, AWrongValueNamesItsLineItsKeyAndItself) {
    // The scene's text begins on line 5.
    for (const Wrong& wrong : {
             Wrong{"\"truncation\": {\n\"psi\": \"0.7\"}",
                   "line 6: scene.truncation.psi is the text \"0.7\", not a number"},
             Wrong{"\"truncation\": {\"psi\": null}", "line 5: scene.truncation.psi is null, not a number"},
             Wrong{"\"truncation\": {\"cutoff\": 2.5}", "scene.truncation.cutoff is 2.5, not a whole number"},
             Wrong{"\"truncation\": 0.7", "scene.truncation is 0.7, not an object"},
             Wrong{"\"latent\": {\"source\": \"seeds\", \"seeds\": [{\"seed\": 1},\n\n{\"seed\": 4294967296}]}",
                   "line 7: scene.latent.seeds[1].seed is 4294967296, not a whole number from 0 to 4294967295"},
             Wrong{"\"latent\": {\"source\": \"seeds\", \"seeds\": [{\"seed\": -1}]}",
                   "scene.latent.seeds[0].seed is -1"},
             Wrong{"\"latent\": {\"source\": \"seeds\", \"seeds\": [7]}", "scene.latent.seeds[0] is 7, not an object"},
             Wrong{"\"latent\": {\"source\": \"seeds\", \"seeds\": 7}", "scene.latent.seeds is 7, not a list"},
             Wrong{"\"latent\": {\"x\": 1e300}", "scene.latent.x is 1e+300"},
             Wrong{"\"latent\": {\"source\": \"dream\"}",
                   "scene.latent.source is the text \"dream\", not one of plane, seeds, w, z"},
             Wrong{"\"latent\": {\"source\": \"w\", \"num_ws\": 1, \"w_dim\": 2, \"values\": \"AAA\"}",
                   "scene.latent.values is not float32"},
             Wrong{"\"latent\": {\"source\": \"w\", \"num_ws\": 1, \"w_dim\": 2, \"values\": \"AAAAAA==\"}",
                   "holds 4 bytes, not the 8 of 2 numbers"},
             Wrong{"\"latent\": {\"source\": \"w\", \"num_ws\": 1, \"w_dim\": 1, \"values\": \"AADAfw==\"}",
                   "not finite"},
             Wrong{"\"latent\": {\"source\": \"w\", \"num_ws\": 1, \"w_dim\": 1}", "scene.latent has no \"values\""},
             Wrong{"\"latent\": {\"source\": \"z\", \"z_dim\": 99999999999, \"values\": \"\"}",
                   "scene.latent.z_dim is 99999999999"},
             Wrong{"\"mix\": [{\"id\": 1, \"layers\": [0, \"x\"]}]", "scene.mix[0].layers[1] is the text \"x\""},
             Wrong{"\"mix\": [{\"id\": 1},\n{\"id\": 1}]", "line 6: scene.mix[1].id is 1, as that of another one is"},
             Wrong{"\"noise\": {\"seed\": 1.5}", "scene.noise.seed is 1.5, not a whole number"},
             Wrong{"\"noise\": {\"seed\": 1e30}", "scene.noise.seed is 1e+30"},
             Wrong{"\"noise\": {\"mode\": 3}", "scene.noise.mode is 3, not one of constant, random, none"},
             Wrong{"\"transform\": {\"matrix\": [1, 2, 3]}", "scene.transform.matrix is not a list of 9 numbers"},
             Wrong{"\"transform\": {\"matrix\": [1,0,0, 0,1,0,\n0,0,true]}",
                   "line 6: scene.transform.matrix[8] is true"},
             Wrong{"\"transform\": {\"round_to_pixel\": 1}", "scene.transform.round_to_pixel is 1, not true or false"},
             Wrong{"\"layer_view\": {\"channels\": 2}", "scene.layer_view.channels is 2, not 1 or 3"},
             Wrong{"\"layer_view\": {\"layer\": []}", "scene.layer_view.layer is a list, not text"},
             Wrong{"\"sheet\": {\"columns\": 0}", "scene.sheet.columns is 0"},
             Wrong{"\"sheet\": {\"rows\": 1000000}", "scene.sheet.rows is 1000000"},
             Wrong{"\"canvas\": {}", "scene.canvas is an object, not one of"},
         })
        EXPECT_THAT(why_refused(session(wrong.scene)), HasSubstr(wrong.expected)) << wrong.scene;
}

TEST(SceneJson, LinesAreFoundInAnyLayoutOfTheText) {
    const std::string text = "{\"a\":[{\"b\":\"}\\\"]\"},\n[],{}, {\"b\"\n:\n7}],\n\"c\":{\"a\":null,\n\"d\":-1.5e3}}";
    EXPECT_EQ(line_of(text, "a"), 1);
    EXPECT_EQ(line_of(text, "a[0].b"), 1);
    EXPECT_EQ(line_of(text, "a[1]"), 2);
    EXPECT_EQ(line_of(text, "a[3].b"), 4);
    EXPECT_EQ(line_of(text, "c.d"), 6);
    EXPECT_EQ(line_of(text, "c.e"), 0);
    EXPECT_EQ(line_of(text, "a[4]"), 0);
    EXPECT_EQ(line_of(text, "c[0]"), 0);
    EXPECT_EQ(line_of("", "a"), 0);
}

TEST(SceneJson, ChecksAnySceneByTheSameRules) {
    EXPECT_NO_THROW(check_scene(test::changed_scene(SourceKind::w), "x"));
    Scene scene;
    scene.truncation.psi = std::nan("");
    EXPECT_THROW(check_scene(scene, "x"), Error);
    scene.truncation.psi = std::numeric_limits<double>::infinity();
    EXPECT_THROW(check_scene(scene, "x"), Error);
    scene = {};
    scene.sheet.columns = 17;
    EXPECT_THROW(check_scene(scene, "x"), Error);
    scene = {};
    scene.model.path = "bad\xff.pkl";
    EXPECT_THROW(check_scene(scene, "x"), Error);
}

}  // namespace
}  // namespace afs
