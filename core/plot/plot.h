// Plots without a window: curves, bars and heat maps with axes, into an RGB picture, for the command line. A plot is a
// value; the picture depends on nothing else. Any thread. The window draws its own plots with ImPlot.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/picture.h"
#include "core/plot/colour_map.h"

namespace afs {

struct PlotAxis {
    std::string label = {};                     // with the unit: "frequency [cycles per image width]"
    std::optional<double> low = {}, high = {};  // nothing: what the data needs
    bool logarithmic = false;                   // values that are not positive are left out
    // Instead of round numbers: position and text.
    std::vector<std::pair<double, std::string>> ticks = {};
};

struct PlotCurve {
    std::string name = {};               // in the legend; empty: not in it
    std::vector<double> x = {}, y = {};  // as many; a value that is not finite interrupts the line
    std::optional<Rgb> colour = {};
    double width = 1.6;  // pixels
};

// Bars over the places 0, 1, ... of the x axis; several series stand beside each other.
struct PlotBars {
    std::string name = {};
    std::vector<double> values = {};  // one a place; not finite: its text stands instead of a bar
    std::optional<Rgb> colour = {};
    // Whiskers (low, high); empty: none.
    std::vector<std::pair<double, double>> intervals = {};
};

struct PlotHeatMap {
    int rows = 0, columns = 0;
    std::vector<float> values = {};  // [rows, columns]; row 0 at the bottom
    double low = 0, high = 1;        // the colour map's ends
    ColourMap map = ColourMap::viridis;
    std::string label = {};  // of the colour bar, with the unit
    // Where the outer edges of the cells lie.
    double left = 0, right = 1, bottom = 0, top = 1;
    std::vector<double> contours = {};  // lines at these values
};

// A vertical line with its name at the top: f_c, s/2.
struct PlotMark {
    double x = 0;
    std::string label = {};
};

// A quiet area between y = 0 of `curve` and the curve: a filter's response.
struct PlotBand {
    std::string name = {};
    std::vector<double> x = {}, y = {};
};

struct Plot {
    std::string title = {};
    std::string note = {};  // a quieter second line: what was measured, how often
    PlotAxis x = {}, y = {};
    std::vector<PlotCurve> curves = {};
    std::vector<std::string> places = {};  // names of the bars' places, in order
    std::vector<PlotBars> bars = {};
    std::optional<PlotHeatMap> heat_map = {};
    std::vector<PlotMark> marks = {};
    std::vector<PlotBand> bands = {};
    bool square = false;  // the same length for a unit of x and of y; for heat maps of planes
    int width = 960, height = 600;
};

// Throws Error{argument} for sizes below 200 x 150 or beyond 16384, coordinates of different lengths, and an axis whose
// ends are not ordered.
[[nodiscard]] Image draw_plot(const Plot& plot);

// Round numbers from `low` to `high`, at most `most` of them and at least two where they exist: steps 1, 2, 5 x 10^k.
[[nodiscard]] std::vector<double> round_ticks(double low, double high, int most);
// 1, 2, 5 x 10^k, or powers of ten only where that would be more than `most`.
[[nodiscard]] std::vector<double> logarithmic_ticks(double low, double high, int most);

}  // namespace afs
