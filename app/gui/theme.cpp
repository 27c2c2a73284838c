#include "app/gui/theme.h"

#include <implot.h>

#include <cstdio>

#include "core/plot/embedded_fonts.h"

namespace afs::gui {
namespace {

ImVec4 rgb(ImU32 colour) { return ImGui::ColorConvertU32ToFloat4(colour); }

ImFont* add_font(EmbeddedBytes bytes, const char* name) {
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    std::snprintf(config.Name, sizeof config.Name, "%s", name);
    // ImGui takes a pointer to non-const data; it does not write while the atlas does not own it.
    return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(const_cast<unsigned char*>(bytes.data),
                                                      static_cast<int>(bytes.size), kFontSize, &config);
}

void set_colours(ImVec4* c) {
    using namespace colour;
    const ImVec4 clear(0, 0, 0, 0);
    c[ImGuiCol_Text] = rgb(kText);
    c[ImGuiCol_TextDisabled] = rgb(kQuiet);
    c[ImGuiCol_WindowBg] = c[ImGuiCol_TableHeaderBg] = rgb(kPanel);
    c[ImGuiCol_ChildBg] = clear;
    c[ImGuiCol_PopupBg] = rgb(IM_COL32(0x20, 0x24, 0x2B, 0xFF));
    c[ImGuiCol_Border] = c[ImGuiCol_Separator] = c[ImGuiCol_TableBorderStrong] = c[ImGuiCol_TableBorderLight] =
        rgb(kLine);
    c[ImGuiCol_BorderShadow] = clear;
    c[ImGuiCol_FrameBg] = c[ImGuiCol_Button] = c[ImGuiCol_CheckboxSelectedBg] = rgb(kField);
    c[ImGuiCol_FrameBgHovered] = c[ImGuiCol_FrameBgActive] = c[ImGuiCol_ButtonHovered] = rgb(kFieldHovered);
    c[ImGuiCol_ButtonActive] = rgb(kFill);
    c[ImGuiCol_TitleBg] = c[ImGuiCol_TitleBgActive] = c[ImGuiCol_TitleBgCollapsed] = rgb(kBackground);
    c[ImGuiCol_MenuBarBg] = rgb(kBackground);
    c[ImGuiCol_ScrollbarBg] = clear;
    c[ImGuiCol_ScrollbarGrab] = rgb(kField);
    c[ImGuiCol_ScrollbarGrabHovered] = c[ImGuiCol_ScrollbarGrabActive] = rgb(kFill);
    c[ImGuiCol_CheckMark] = c[ImGuiCol_SliderGrabActive] = c[ImGuiCol_NavCursor] = rgb(kAccent);
    c[ImGuiCol_SliderGrab] = rgb(kQuiet);
    c[ImGuiCol_Header] = rgb(faded(kAccent, 0x38));
    c[ImGuiCol_HeaderHovered] = rgb(kFieldHovered);
    c[ImGuiCol_HeaderActive] = rgb(faded(kAccent, 0x50));
    c[ImGuiCol_SeparatorHovered] = c[ImGuiCol_ResizeGripHovered] = rgb(kFill);
    c[ImGuiCol_SeparatorActive] = c[ImGuiCol_ResizeGripActive] = rgb(kAccent);
    c[ImGuiCol_ResizeGrip] = clear;
    c[ImGuiCol_InputTextCursor] = rgb(kText);
    c[ImGuiCol_Tab] = c[ImGuiCol_TabDimmed] = rgb(kBackground);
    c[ImGuiCol_TabHovered] = rgb(kFieldHovered);
    c[ImGuiCol_TabSelected] = c[ImGuiCol_TabDimmedSelected] = rgb(kPanel);
    c[ImGuiCol_TabSelectedOverline] = c[ImGuiCol_TabDimmedSelectedOverline] = clear;
    c[ImGuiCol_DockingPreview] = rgb(faded(kAccent, 0x60));
    c[ImGuiCol_DockingEmptyBg] = rgb(kBackground);
    c[ImGuiCol_PlotLines] = c[ImGuiCol_PlotHistogram] = rgb(kQuiet);
    c[ImGuiCol_PlotLinesHovered] = c[ImGuiCol_PlotHistogramHovered] = rgb(kText);
    c[ImGuiCol_TableRowBg] = clear;
    c[ImGuiCol_TableRowBgAlt] = rgb(IM_COL32(0xFF, 0xFF, 0xFF, 0x05));
    c[ImGuiCol_TextLink] = rgb(kText);
    c[ImGuiCol_TextSelectedBg] = rgb(faded(kAccent, 0x50));
    c[ImGuiCol_TreeLines] = rgb(kLine);
    c[ImGuiCol_DragDropTarget] = c[ImGuiCol_NavWindowingHighlight] = rgb(kAccent);
    c[ImGuiCol_DragDropTargetBg] = clear;
    c[ImGuiCol_UnsavedMarker] = rgb(kText);
    c[ImGuiCol_NavWindowingDimBg] = c[ImGuiCol_ModalWindowDimBg] = rgb(IM_COL32(0x0A, 0x0B, 0x0D, 0xA0));
}

void set_plot_theme() {
    ImPlotStyle& plot = ImPlot::GetStyle();
    plot = ImPlotStyle();
    plot.PlotPadding = {4, 4};
    plot.LabelPadding = {4, 2};
    plot.PlotBorderSize = 0;
    plot.MinorAlpha = 0.0f;
    plot.Colors[ImPlotCol_FrameBg] = plot.Colors[ImPlotCol_PlotBg] = {0, 0, 0, 0};
    plot.Colors[ImPlotCol_PlotBorder] = rgb(colour::kLine);
    plot.Colors[ImPlotCol_AxisGrid] = rgb(colour::kLine);
    plot.Colors[ImPlotCol_AxisText] = rgb(colour::kQuiet);
    plot.Colors[ImPlotCol_LegendBg] = plot.Colors[ImPlotCol_LegendBorder] = {0, 0, 0, 0};
}

}  // namespace

Fonts load_fonts() {
    return {add_font(roboto_regular(), "Roboto"), add_font(roboto_bold(), "Roboto Bold"),
            add_font(inconsolata(), "Inconsolata")};
}

void configure(ImGuiIO& io) {
    io.ConfigFlags |= ImGuiConfigFlags_DockingEnable | ImGuiConfigFlags_NavEnableKeyboard;
    io.ConfigWindowsMoveFromTitleBarOnly = true;  // dragging inside a panel means the panel
    io.ConfigInputTextCursorBlink = false;        // a blinking caret would keep an idle window awake
    io.ConfigErrorRecoveryEnableAssert = false;
    io.ConfigErrorRecoveryEnableTooltip = false;
}

void apply_theme(float scale) {
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {10, 8};
    style.FramePadding = {6, 3};
    style.ItemSpacing = {8, 4};
    style.ItemInnerSpacing = {6, 4};
    style.CellPadding = {4, 2};
    style.IndentSpacing = 14;
    style.ScrollbarSize = 10;
    style.ScrollbarPadding = 2;
    style.GrabMinSize = 8;
    style.WindowRounding = style.ChildRounding = style.FrameRounding = style.PopupRounding = 4;
    style.ScrollbarRounding = style.GrabRounding = style.TabRounding = 4;
    style.WindowBorderSize = style.ChildBorderSize = style.FrameBorderSize = 0;
    style.PopupBorderSize = 1;
    style.TabBarBorderSize = 0;
    style.TabBarOverlineSize = 0;
    style.SeparatorTextBorderSize = 1;
    style.DockingSeparatorSize = 3;
    style.DockingNodeHasCloseButton = false;
    style.WindowMenuButtonPosition = ImGuiDir_None;
    style.DisabledAlpha = 0.45f;
    style.HoverDelayNormal = 0.6f;
    style.ScaleAllSizes(scale);
    style.FontSizeBase = kFontSize;
    style.FontScaleMain = scale;
    set_colours(style.Colors);
    set_plot_theme();
}

}  // namespace afs::gui
