// What a person asks of a run, as `options.json` keeps it and the command line gives it: official option names, so that
// a run can be continued without its command. Torch-free.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/ops/device.h"
#include "core/train/training_config.h"

namespace afs {

struct RunOptions {
    TrainingRequest request;
    std::string data;                              // data set: folder or ZIP
    std::string from;                              // network file that training began with; empty: none
    std::map<std::string, std::string> detectors;  // role -> TorchScript file
    Precision precision = Precision::automatic;
    int workers = 3;                  // threads that read pictures, of one rank
    double state_every_minutes = 10;  // between states
    int keep = 2;                     // states that stay
    bool grad_checkpoint = false;     // memory for time: activations are computed again for the gradients
};

// Keys are options' names without dashes ("batch-gpu"); absent ones are null.
[[nodiscard]] Json to_json(const RunOptions& options);
// Of the version that to_json writes. Throws Error{format}; `tried` heads its message.
[[nodiscard]] RunOptions run_options_from_json(const Json& json, const std::string& tried);

// Whether a run may be continued with another value: it changes how long, how watched or how fast, not what is learnt.
[[nodiscard]] bool may_change(std::string_view key);

// What differs of the options that may not, a line each: "--gamma: 2 there, 8 now".
[[nodiscard]] std::vector<std::string> differences(const Json& there, const Json& now);

}  // namespace afs
