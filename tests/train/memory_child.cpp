// Trains for a step in a process of its own, for training_memory_test: prints the estimate of its memory and the most
// that it took, in bytes, as JSON.
// Words: CFG RESOLUTION CBASE CMAX BATCH BATCH_GPU kept|recomputed
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "core/train/trainer.h"
#include "core/train/training_memory.h"

namespace afs::test {
namespace {

std::int64_t most_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
    throw std::runtime_error("the system does not tell");
}

// From now on the most counts anew.
void forget_most() { std::ofstream("/proc/self/clear_refs") << "5"; }

void run(char** words) {
    TrainingRequest request;
    request.cfg = words[1];
    const int resolution = std::stoi(words[2]);
    request.cbase = std::stoi(words[3]);
    request.cmax = std::stoi(words[4]);
    request.batch = std::stoi(words[5]);
    request.batch_gpu = std::stoi(words[6]);
    request.gamma = 1;
    TrainingConfig config = resolve_training(request, {"data", resolution, 3, 0});
    config.trainer.loss.grad_checkpoint = std::string(words[7]) == "recomputed";

    const std::int64_t before = most_bytes();
    Trainer trainer(config.trainer, Generator::create(config.g), Discriminator::create(config.d));
    Minibatch minibatch;
    minibatch.pictures = at::randint(0, 256, {request.batch, 3, resolution, resolution}, at::kByte);
    Json phases = Json::object();
    std::int64_t most = most_bytes();
    StepObserver observer;
    observer.gradients = [&](Phase phase, const Adam&) {
        phases[std::string(phase_name(phase))] = most_bytes();
        most = std::max(most, most_bytes());
        forget_most();
    };
    trainer.step(minibatch, observer);
    const TrainingMemory estimate = estimate_memory(config, {});
    fmt::print("{}\n", Json{{"before", before},
                            {"most", std::max(most, most_bytes())},
                            {"phases", phases},
                            {"estimate", estimate.total()},
                            {"networks", estimate.networks},
                            {"pictures", estimate.pictures},
                            {"chunk", estimate.chunk}}
                           .dump());
}

}  // namespace
}  // namespace afs::test

int main(int argc, char** argv) {
    if (argc != 8) return 2;
    try {
        afs::test::run(argv);
        return 0;
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}\n", e.what());
        return 1;
    }
}
