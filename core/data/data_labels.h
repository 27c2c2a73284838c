// The labels of a data set: dataset.json (SPEC 15). Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace afs {

// One label a picture, in the pictures' order.
struct DataLabels {
    int dim = 0;                 // 0: no labels
    std::vector<int> classes;    // integers: one-hot of length max + 1 over ALL pictures
    std::vector<float> vectors;  // else [pictures, dim]
};

// `text`: the whole dataset.json. Throws Error{format} naming a picture without a label, labels of different kinds or
// lengths, a class that is not a whole number from 0.
[[nodiscard]] DataLabels read_labels(std::string_view text, const std::vector<std::string>& pictures,
                                     const std::string& display);

}  // namespace afs
