#include "core/render/tensor_image.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/render/contact_sheet.h"
#include "kernels/rgba8.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDAGuard.h>
#    include <c10/cuda/CUDAStream.h>

#    include "core/ops/kernel_call.h"
#endif

namespace afs {
namespace {

Tensor as_planes(const Tensor& x) {
    AFS_CHECK((x.dim() == 4 && x.size(0) == 1) || x.dim() == 3);
    return (x.dim() == 4 ? x.squeeze(0) : x).to(at::kFloat);
}

constexpr int kMosaicGap = 2;  // pixels

struct ChannelRange {
    int base = 0, channels = 0;
};
ChannelRange shown_range(const Tensor& planes, const ChannelSelection& selection) {
    const auto total = static_cast<int>(planes.size(0));
    if (selection.mosaic) return {0, total};
    const int channels = selection.channels >= 3 && total >= 3 ? 3 : 1;
    return {std::clamp(selection.base, 0, std::max(0, total - channels)), channels};
}

// The channels that are shown, [1 or 3, H, W]; of a mosaic all.
Tensor shown_channels(const Tensor& planes, const ChannelSelection& selection) {
    const ChannelRange range = shown_range(planes, selection);
    return planes.narrow(0, range.base, range.channels);
}

Tensor largest_magnitudes(const Tensor& planes) { return planes.abs().amax({1, 2}).clamp(1e-8, 1e8); }

// shown: [1 or 3, H, W]. Its result is still to be set.
kernels::Rgba8Params conversion(const Tensor& shown, const ChannelSelection& selection) {
    kernels::Rgba8Params p;
    p.x = shown.const_data_ptr<float>();
    p.channel_stride = shown.stride(0);
    p.row_stride = shown.stride(1);
    p.column_stride = shown.stride(2);
    p.channels = static_cast<int>(shown.size(0));
    p.height = static_cast<int>(shown.size(1));
    p.width = static_cast<int>(shown.size(2));
    p.scale = static_cast<float>(std::pow(10.0, selection.gain_db / 20.0));
    if (selection.normalize) {
        const Tensor largest = largest_magnitudes(shown).cpu();
        for (int k = 0; k < p.channels; ++k) p.channel_scale[k] = 1.0f / largest.const_data_ptr<float>()[k];
    }
    return p;
}

Image converted(const Tensor& shown, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    kernels::Rgba8Params p = conversion(shown, selection);
    Image image{p.width, p.height, 4, {}};
    image.pixels.resize(static_cast<std::size_t>(p.width) * static_cast<std::size_t>(p.height) * 4);
    p.rgba = image.pixels.data();
    kernels::rgba8_cpu(p);
    return image;
}

#ifdef AFS_WITH_CUDA
FramePicture converted_on_gpu(const Tensor& shown, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    kernels::Rgba8Params p = conversion(shown, selection);
    const Tensor pixels = at::empty({p.height, p.width, 4}, shown.options().dtype(at::kByte));
    p.rgba = pixels.data_ptr<std::uint8_t>();
    const at::Device device = shown.device();
    detail::launch_on_gpu(device, "Could not convert the picture on the GPU",
                          [&](void* stream) { return kernels::rgba8_cuda(p, stream); });
    wait_for_device({Device::Kind::cuda, device.index()});
    // By a stream of its own: the reading thread's would wait for the picture that is being computed.
    const auto read = [pixels, device](std::size_t first, std::size_t bytes, std::uint8_t* to) {
        const at::NoGradGuard no_gradient;
        const c10::cuda::CUDAGuard guard(device);
        const c10::cuda::CUDAStreamGuard side(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, device.index()));
        const Tensor copied = pixels.view({-1})
                                  .narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(bytes))
                                  .cpu();  // waits for the copy
        std::copy_n(copied.const_data_ptr<std::uint8_t>(), bytes, to);
    };
    return FramePicture(DevicePicture{device.index(), p.width, p.height, pixels.const_data_ptr(),
                                      std::make_shared<const Tensor>(pixels), read});
}
#else
FramePicture converted_on_gpu(const Tensor& shown, const ChannelSelection& /*selection*/) {
    throw Error(ErrorKind::internal, "Could not convert a picture",
                shown.device().str() + " in a program without CUDA");
}
#endif

}  // namespace

Image to_image(const Tensor& x, const ChannelSelection& selection) {
    AFS_CHECK(!selection.mosaic);
    const Tensor shown = shown_channels(as_planes(x), selection);
    if (!shown.is_cpu()) return *converted_on_gpu(shown, selection);
    return converted(shown, selection);
}

FramePicture to_frame_picture(const Tensor& x, const ChannelSelection& selection) {
    AFS_CHECK(!selection.mosaic);
    const Tensor shown = shown_channels(as_planes(x), selection);
    if (!shown.is_cpu()) return converted_on_gpu(shown, selection);
    return std::make_shared<const Image>(converted(shown, selection));
}

Tensor reduced(const Tensor& x, int factor) {
    const at::NoGradGuard no_grad;
    const Tensor planes = as_planes(x);
    if (factor == 1) return planes;
    return at::avg_pool2d(planes.unsqueeze(0), {factor, factor}, {factor, factor}, {0, 0}, /*ceil_mode=*/true,
                          /*count_include_pad=*/false)
        .squeeze(0);
}

std::pair<Image, PictureGrid> to_mosaic(const Tensor& x, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    Tensor planes = as_planes(x);
    const PictureGrid grid = plan_grid(static_cast<int>(planes.size(0)), 0, static_cast<int>(planes.size(2)),
                                       static_cast<int>(planes.size(1)), kMosaicGap);
    if (selection.normalize) planes = planes * largest_magnitudes(planes).reciprocal().reshape({-1, 1, 1});
    planes = reduced(planes, grid.reduction);
    // One plane holds the whole grid, so that it is converted at once. Minus infinity is black under any gain.
    const double nothing = -std::numeric_limits<double>::infinity();
    planes = at::constant_pad_nd(planes, {0, grid.gap_px, 0, grid.gap_px, 0, grid.columns * grid.rows - grid.count},
                                 nothing);
    const std::int64_t height = grid.cell_height + grid.gap_px, width = grid.cell_width + grid.gap_px;
    const Tensor whole = planes.reshape({grid.rows, grid.columns, height, width})
                             .permute({0, 2, 1, 3})
                             .reshape({1, grid.rows * height, grid.columns * width})
                             .slice(1, 0, grid.rows * height - grid.gap_px)
                             .slice(2, 0, grid.columns * width - grid.gap_px);
    return {to_image(whole, {.channels = 1, .gain_db = selection.gain_db}), grid};
}

Tensor shown_planes(const Tensor& x, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    AFS_CHECK(!selection.mosaic);
    return shown_channels(as_planes(x), selection);
}

ShownValues shown_values(const Tensor& x, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    AFS_CHECK(!selection.mosaic);
    const Tensor planes = as_planes(x);
    const ChannelRange range = shown_range(planes, selection);
    const Tensor shown = shown_channels(planes, selection).cpu().contiguous();
    const float* const first = shown.const_data_ptr<float>();
    return {range.base, range.channels, static_cast<int>(shown.size(1)), static_cast<int>(shown.size(2)),
            std::vector<float>(first, first + shown.numel())};
}

TensorStats tensor_stats(const Tensor& x, const ChannelSelection& selection) {
    const at::NoGradGuard no_grad;
    const Tensor all = as_planes(x);
    const Tensor shown = shown_channels(all, selection);
    const auto figures = [](const Tensor& t, double& mean, double& std, double& max_abs) {
        if (t.numel() == 0) return;
        mean = t.mean(at::kDouble).item<double>();
        std = t.numel() > 1 ? t.std().item<double>() : 0.0;
        max_abs = t.abs().max().item<double>();
    };
    TensorStats stats;
    figures(all, stats.mean_all, stats.std_all, stats.max_abs_all);
    figures(shown, stats.mean_shown, stats.std_shown, stats.max_abs_shown);
    return stats;
}

}  // namespace afs
