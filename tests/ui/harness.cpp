#include "tests/ui/harness.h"

#include <gtest/gtest.h>
#include <imgui_internal.h>
#include <implot.h>

#include <stdexcept>

namespace afs::test {

UiHarness::UiHarness(float width, float height, float scale) {
    if (ImGui::GetCurrentContext()) throw std::logic_error("one harness at a time: ImGui has one current context");
    ImGui::CreateContext();
    ImPlot::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {width, height};
    io.IniFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures | ImGuiBackendFlags_RendererHasVtxOffset;
    gui::configure(io);
    io.ConfigInputTrickleEventQueue = false;  // several events may meet in one frame, as the tests send them
    // Whatever ImGui finds wrong with how it is used fails the test.
    ImGui::GetCurrentContext()->ErrorCallback = [](ImGuiContext*, void*, const char* message) {
        ADD_FAILURE() << message;
    };
    context.fonts = gui::load_fonts();
    context.scale = scale;
    context.registry.set_on(true);
    gui::attach_ui(context);
    gui::apply_theme(scale);
}

UiHarness::~UiHarness() {
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
        texture->SetTexID(ImTextureID_Invalid);
        texture->SetStatus(ImTextureStatus_Destroyed);
    }
    ImPlot::DestroyContext();
    ImGui::DestroyContext();
}

void UiHarness::frame(const std::function<void()>& draw) {
    now_s_ += 1.0 / 60.0;
    ImGui::GetIO().DeltaTime = static_cast<float>(now_s_ - last_frame_s_);
    last_frame_s_ = now_s_;
    input_order_.before_new_frame();
    ImGui::NewFrame();
    input_order_.after_new_frame();
    draw();
    ImGui::Render();
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
        if (texture->Status == ImTextureStatus_WantCreate || texture->Status == ImTextureStatus_WantUpdates) {
            texture->SetTexID(1);
            texture->SetStatus(ImTextureStatus_OK);
        } else if (texture->Status == ImTextureStatus_WantDestroy) {
            texture->SetTexID(ImTextureID_Invalid);
            texture->SetStatus(ImTextureStatus_Destroyed);
        }
    }
}

AppHarness::AppHarness(gui::AppOptions options, float width, float height, float scale) : ui(width, height, scale) {
    if (options.device_label.empty()) options.device_label = "cpu";
    if (options.machine.precisions.empty()) {
        options.machine.operators = {{"filtered_lrelu", "fused AVX2"}, {"upfirdn2d", "plain LibTorch"}};
        options.machine.precisions = {{Precision::automatic, "fp32"}, {Precision::bf16, "bf16"}};
        options.machine.most_threads = 4;
    }
    app.emplace(std::move(options), source);
    app->set_picture_texture(7);
    frames(3);
}

AppHarness::~AppHarness() { app.reset(); }

void AppHarness::frames(int count) {
    for (int i = 0; i < count; ++i) {
        app->begin_frame(ui.now());
        ui.frame([&] { app->draw(); });
    }
}

void AppHarness::open(const std::string& path) {
    app->open_model(path);
    frames(4);
}

bool AppHarness::has(const std::string& name) {
    const gui::Control* found = ui.context.registry.find(name);
    return found && found->visible;
}

gui::Control AppHarness::control(const std::string& name) {
    const gui::Control* found = ui.context.registry.find(name);
    if (!found || !found->visible) {
        std::string known;
        for (const gui::Control& c : ui.context.registry.controls())
            if (c.visible) known += "\n  " + c.name;
        throw std::runtime_error("no visible control \"" + name + "\" among" + known);
    }
    return *found;
}

void AppHarness::move_to(ImVec2 at) {
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    frames(1);
}
void AppHarness::press(int button) {
    ImGui::GetIO().AddMouseButtonEvent(button, true);
    frames(1);
}
void AppHarness::release(int button) {
    ImGui::GetIO().AddMouseButtonEvent(button, false);
    frames(1);
}
void AppHarness::click_at(ImVec2 at, int button) {
    ui.pass_time(1.0);  // two clicks of a test are no double-click
    move_to(at);
    frames(1);
    press(button);
    release(button);
    frames(3);
}
void AppHarness::click(const std::string& name) { click_at(control(name).centre()); }

void AppHarness::double_click(const std::string& name) {
    move_to(control(name).centre());
    frames(1);
    for (int i = 0; i < 2; ++i) {
        press();
        release();
    }
    frames(3);
}

void AppHarness::drag(ImVec2 from, ImVec2 to, int steps) {
    move_to(from);
    frames(1);
    press();
    for (int i = 1; i <= steps; ++i) {
        const float t = static_cast<float>(i) / static_cast<float>(steps);
        move_to({from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t});
    }
    frames(10);  // the hand rests before it lets go: no fling
    release();
    frames(3);
}
void AppHarness::drag(const std::string& name, ImVec2 by, int steps) {
    const ImVec2 from = control(name).centre();
    drag(from, {from.x + by.x, from.y + by.y}, steps);
}

void AppHarness::wheel(ImVec2 at, float clicks) {
    move_to(at);
    frames(1);
    ImGui::GetIO().AddMouseWheelEvent(0, clicks);
    frames(3);
}

void AppHarness::hold(ImGuiKey modifier, bool down) {
    ImGui::GetIO().AddKeyEvent(modifier, down);
    frames(1);
}

void AppHarness::key(ImGuiKeyChord chord) {
    ImGuiIO& io = ImGui::GetIO();
    for (const ImGuiKey mod : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt})
        if (chord & mod) io.AddKeyEvent(mod, true);
    frames(1);
    io.AddKeyEvent(static_cast<ImGuiKey>(chord & ~ImGuiMod_Mask_), true);
    frames(1);
    io.AddKeyEvent(static_cast<ImGuiKey>(chord & ~ImGuiMod_Mask_), false);
    for (const ImGuiKey mod : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt})
        if (chord & mod) io.AddKeyEvent(mod, false);
    frames(3);
}

void AppHarness::type(const std::string& text) {
    ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
    frames(2);
}

}  // namespace afs::test
