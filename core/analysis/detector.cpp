#include "core/analysis/detector.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/analysis/feature_run.h"
#include "core/base/error.h"

namespace afs {
namespace {

constexpr int kSocket = 3;  // in the child
constexpr std::uint64_t kMostFeatures = std::uint64_t{1} << 28;

struct Request {
    std::uint32_t probabilities = 0, floats = 0;
    std::array<std::int64_t, 4> shape{};
};
struct Reply {
    std::uint64_t failed = 0;              // else a tensor follows
    std::array<std::uint64_t, 2> shape{};  // of the failure: [bytes of its text, 0]
};

// False when the other end is gone.
bool send_all(int socket, const void* data, std::size_t size) {
    const auto* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t sent = ::send(socket, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        at += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool receive_all(int socket, void* data, std::size_t size) {
    auto* at = static_cast<char*>(data);
    while (size > 0) {
        const ssize_t got = ::recv(socket, at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

Tensor evaluate(torch::jit::Module& module, bool probabilities, const Tensor& pictures) {
    const std::vector<c10::IValue> arguments = {pictures};
    if (probabilities && !module.find_method("probabilities"))
        throw std::runtime_error("it has no method \"probabilities\", which the inception score needs");
    const c10::IValue result =
        probabilities ? module.get_method("probabilities")(arguments) : module.forward(arguments);
    if (!result.isTensor()) throw std::runtime_error("it gives something else than a tensor");
    const Tensor features = result.toTensor().to(at::kCPU, at::kFloat).contiguous();
    if (features.dim() != 2 || features.size(0) != pictures.size(0) || features.size(1) < 1)
        throw std::runtime_error(fmt::format("it gives {} for {} pictures, not [{}, F]", shape_text(features.sizes()),
                                             pictures.size(0), pictures.size(0)));
    return features;
}

}  // namespace

Detector::Detector(const std::filesystem::path& program, std::string role, std::filesystem::path file, Device device)
    : tried_(fmt::format("Could not use the {} detector {}", role, file.string())) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        throw Error(ErrorKind::file, tried_, "there is no such file", "Check the path.");
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw Error(ErrorKind::file, tried_, std::strerror(errno));
    // Everything that allocates comes before the fork: other threads may hold the allocator's lock then.
    std::array<std::string, 4> words = {program.string(), "detector-child", file.string(), device_name(device)};
    std::array<char*, 5> argv{};
    for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
    const pid_t parent = ::getpid();
    child_ = ::fork();
    if (child_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent || ::dup2(ends[1], kSocket) < 0) ::_exit(127);
        if (ends[1] == kSocket) ::fcntl(kSocket, F_SETFD, 0);  // dup2 onto itself keeps the flag that closes it
        ::dup2(STDERR_FILENO, STDOUT_FILENO);                  // what the network prints is no result of ours
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    const int reason = errno;
    ::close(ends[1]);
    socket_ = ends[0];
    if (child_ < 0) {
        ::close(socket_);
        throw Error(ErrorKind::file, tried_, fmt::format("no process could be started ({})", std::strerror(reason)));
    }
}

Detector::~Detector() {
    ::close(socket_);
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {}
}

Tensor Detector::features(const Tensor& pictures) { return ask(false, pictures); }
Tensor Detector::probabilities(const Tensor& pictures) { return ask(true, pictures); }

Tensor Detector::ask(bool probabilities, const Tensor& pictures) {
    AFS_CHECK(pictures.dim() == 4 && pictures.size(1) == 3);
    const bool floats = pictures.scalar_type() != at::kByte;
    const Tensor packed = pictures.to(at::kCPU, floats ? at::kFloat : at::kByte).contiguous();
    Request request{probabilities, floats, {}};
    for (std::size_t i = 0; i < 4; ++i) request.shape[i] = packed.size(static_cast<std::int64_t>(i));
    Reply reply;
    if (!send_all(socket_, &request, sizeof request) || !send_all(socket_, packed.const_data_ptr(), packed.nbytes()) ||
        !receive_all(socket_, &reply, sizeof reply))
        throw Error(ErrorKind::network, tried_, "its process ended",
                    "Its last words, if any, are above. It may need more memory than there is.");
    if (reply.failed) {
        std::string text(std::min<std::uint64_t>(reply.shape[0], 4096), '\0');
        (void)receive_all(socket_, text.data(), text.size());
        throw Error(ErrorKind::network, tried_, text,
                    "A detector is a TorchScript file: uint8 [N, 3, H, W] in, float32 [N, F] out.");
    }
    if (reply.shape[0] != static_cast<std::uint64_t>(packed.size(0)) || reply.shape[1] < 1 ||
        reply.shape[1] > kMostFeatures / reply.shape[0])
        throw Error(ErrorKind::network, tried_, "its process answered something else");
    Tensor features = at::empty({packed.size(0), static_cast<std::int64_t>(reply.shape[1])}, at::kFloat);
    if (!receive_all(socket_, features.data_ptr(), features.nbytes()))
        throw Error(ErrorKind::network, tried_, "its process ended");
    if (!features.isfinite().all().item<bool>())
        throw Error(ErrorKind::network, tried_, "it gives values that are not finite");
    return features;
}

int serve_detector(const std::string& file, Device device) {
    const at::NoGradGuard no_grad;
    const at::Device on(device_name(device));
    std::optional<torch::jit::Module> module;
    Request request;
    while (receive_all(kSocket, &request, sizeof request)) {
        const Tensor pictures = at::empty(request.shape, request.floats ? at::kFloat : at::kByte);
        if (!receive_all(kSocket, pictures.data_ptr(), pictures.nbytes())) return 1;
        Tensor features;
        std::string failure;
        try {
            if (!module) {
                module = torch::jit::load(file, on);
                module->eval();
            }
            features = evaluate(*module, request.probabilities != 0, pictures.to(on));
        } catch (...) {
            failure = current_failure("").why;
            if (failure.empty()) failure = "it failed without a word";
        }
        Reply reply;
        if (failure.empty())
            reply.shape = {static_cast<std::uint64_t>(features.size(0)), static_cast<std::uint64_t>(features.size(1))};
        else
            reply = {1, {failure.size(), 0}};
        if (!send_all(kSocket, &reply, sizeof reply)) return 1;
        const bool sent = failure.empty() ? send_all(kSocket, features.const_data_ptr(), features.nbytes())
                                          : send_all(kSocket, failure.data(), failure.size());
        if (!sent || !failure.empty()) return 1;
    }
    return 0;
}

}  // namespace afs
