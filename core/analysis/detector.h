// A metric's detector network: TorchScript, which is code. It runs only when the user names it, and in a process of its
// own, so that whatever it does to its process does not happen to this one.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/ops/device.h"
#include "core/ops/tensor_convert.h"

namespace afs {

class Detector {
  public:
    // program: this program's executable, which is started as `PROGRAM detector-child FILE DEVICE`. role: "inception",
    // "vgg16" or "lpips", for messages. Throws Error{file}; a file that is no TorchScript is refused at the first use.
    Detector(const std::filesystem::path& program, std::string role, std::filesystem::path file, Device device);
    ~Detector();  // ends the process
    Detector(const Detector&) = delete;
    Detector& operator=(const Detector&) = delete;

    // pictures: [N, 3, H, W] uint8 (float32 of 0..255 for path lengths). Result: [N, F] float32 on the CPU. Throws
    // Error{network}: the network fails or gives something else; the process has ended.
    [[nodiscard]] Tensor features(const Tensor& pictures);
    // The method of that name of an inception network, likewise [N, classes].
    [[nodiscard]] Tensor probabilities(const Tensor& pictures);

  private:
    [[nodiscard]] Tensor ask(bool probabilities, const Tensor& pictures);

    std::string tried_;
    pid_t child_ = -1;
    int socket_ = -1;
};

}  // namespace afs
