// From a request to a frame, synchronously: what the worker runs, and what the command line calls. One renderer a
// thread; its caches are private.
#pragma once

#include <memory>
#include <stop_token>

#include "core/render/open_network.h"

namespace afs {

// A captured or final tensor of a scene: what `--format npy` and `--layer` save.
struct RenderedTensors {
    Tensor picture;  // [1, C, R, R] float32, as the network gives it
    Tensor shown;    // the picture, or the module's output that was asked for, [1, C, H, W]
    Tensor ws;       // [1, num_ws, w_dim]
    std::vector<std::string> notes;
    FrameTiming timing;
};

// Equal scenes give equal tensors for the same device, precision and thread count: batch 1, noise from the scene alone.
// `layer`: a module's name, or empty for the picture. Throws Error{argument} for a module that the network does not
// have, Error{cancelled} when stopped.
[[nodiscard]] RenderedTensors render_tensors(const Scene& scene, OpenNetwork& network, Precision precision,
                                             const std::string& layer = {}, std::stop_token stop = {});

// A whole frame; failures are a field of the result, except a stop, which throws Error{cancelled}.
[[nodiscard]] FrameResult render_frame(const FrameRequest& request, OpenNetwork& network, std::stop_token stop = {});

}  // namespace afs
