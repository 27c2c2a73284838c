// Pins SPEC 13 and 17: training that begins with the networks of a file.
#include "core/train/transfer.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/model/init_network.h"
#include "core/model/network_file.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GeneratorConfig small_generator() {
    GeneratorConfig config = default_config(Family::alias_free);
    config.z_dim = config.w_dim = 8;
    config.img_resolution = 16;
    config.channel_base = 64;
    config.channel_max = 4;
    return config;
}

DiscriminatorConfig small_discriminator(int frozen = 0) {
    DiscriminatorConfig config;
    config.img_resolution = 16;
    config.channel_base = 64;
    config.channel_max = 4;
    config.freeze_layers = frozen;
    return config;
}

template <class Network> void expect_same(const Network& got, const Network& want) {
    ASSERT_EQ(got.state().size(), want.state().size());
    for (std::size_t i = 0; i < got.state().size(); ++i)
        EXPECT_TRUE(test::same_bits(got.state()[i].tensor, want.state()[i].tensor)) << got.state()[i].name;
}

class Transfer : public testing::Test {
  protected:
    ~Transfer() override { std::filesystem::remove(path_); }
    void save(std::vector<SavedNetwork> networks) const {
        save_networks(path_, {.networks = std::move(networks), .training_set_kwargs = {}, .texts = {}}, Overwrite::yes);
    }
    std::string refusal() {
        try {
            (void)transfer_networks(path_, *g_, *d_, *g_ema_);
        } catch (const Error& e) {
            return e.what();
        }
        return "nothing was refused";
    }

    std::filesystem::path path_ = std::filesystem::temp_directory_path() / "afs-transfer-test.safetensors";
    std::shared_ptr<Generator> g_ = Generator::create(small_generator(), 1);
    std::shared_ptr<Generator> g_ema_ = Generator::create(small_generator(), 2);
    std::shared_ptr<Discriminator> d_ = Discriminator::create(small_discriminator(2), 3);
    std::shared_ptr<Generator> saved_g_ = Generator::create(small_generator(), 4);
    std::shared_ptr<Generator> saved_ema_ = Generator::create(small_generator(), 5);
    std::shared_ptr<Discriminator> saved_d_ = Discriminator::create(small_discriminator(), 6);
};

TEST_F(Transfer, TakesEveryNetworkOfASnapshotFrozenLayersIncluded) {
    save({saved_network("G", *saved_g_), saved_network("D", *saved_d_), saved_network("G_ema", *saved_ema_)});
    const Transferred done = transfer_networks(path_, *g_, *d_, *g_ema_);
    EXPECT_THAT(done.copied, ElementsAre("G", "D", "G_ema"));
    EXPECT_THAT(done.remarks, IsEmpty());
    expect_same(*g_, *saved_g_);
    expect_same(*g_ema_, *saved_ema_);
    for (const Discriminator::State& entry : d_->state())
        EXPECT_TRUE(test::same_bits(entry.tensor, saved_d_->tensor(entry.name))) << entry.name;
}

TEST_F(Transfer, GivesAnOnlyGeneratorToBothAndSaysThatDIsUntrained) {
    save({saved_network("G_ema", *saved_ema_)});
    const Tensor before = d_->tensor("b4.out.weight").clone();
    const Transferred done = transfer_networks(path_, *g_, *d_, *g_ema_);
    EXPECT_THAT(done.copied, ElementsAre("G", "G_ema"));
    EXPECT_THAT(done.remarks, ElementsAre(HasSubstr("no discriminator")));
    expect_same(*g_, *saved_ema_);
    expect_same(*g_ema_, *saved_ema_);
    EXPECT_TRUE(at::equal(d_->tensor("b4.out.weight"), before));
}

TEST_F(Transfer, RefusesNetworksThatDoNotFitAndChangesNothing) {
    const Tensor before = g_->tensor("mapping.fc0.weight").clone();
    GeneratorConfig wider = small_generator();
    wider.w_dim = 12;
    save({saved_network("G", *Generator::create(wider, 1)), saved_network("G_ema", *saved_ema_)});
    EXPECT_THAT(refusal(), HasSubstr("has the shape"));
    save({saved_network("D", *saved_d_)});
    EXPECT_THAT(refusal(), HasSubstr("no generator"));
    GeneratorConfig other = default_config(Family::stylegan2);
    other.z_dim = other.w_dim = 8;
    other.img_resolution = 16;
    other.channel_base = 64;
    other.channel_max = 4;
    other.mapping_layers = 3;
    save({saved_network("G_ema", *Generator::create(other, 1))});
    EXPECT_THAT(refusal(), HasSubstr("another kind"));
    EXPECT_TRUE(at::equal(g_->tensor("mapping.fc0.weight"), before));
}

TEST(TransferFromOfficialFiles, TakesWhatTheReaderReads) {
    const std::filesystem::path file = test::golden_path("nets/t-32.pkl");
    const Network g = NetworkFile::open(file, "G"), g_ema = NetworkFile::open(file, "G_ema");
    const NetworkArchive archive = read_network_archive(file);
    std::vector<std::string> warnings;
    const NetworkRecord& record = *archive.find("D");
    const auto d = build_discriminator(record, find_discriminator_config(record, {}, "test"), "test", warnings);

    const auto mine = Generator::create(g.config, 1), mine_ema = Generator::create(g.config, 2);
    const auto mine_d = Discriminator::create(d->config(), 3);
    const Transferred done = transfer_networks(file, *mine, *mine_d, *mine_ema);
    EXPECT_THAT(done.copied, ElementsAre("G", "D", "G_ema"));
    EXPECT_THAT(done.remarks, IsEmpty());
    expect_same(*mine, *g.generator);
    expect_same(*mine_ema, *g_ema.generator);
    expect_same(*mine_d, *d);
}

}  // namespace
}  // namespace afs
