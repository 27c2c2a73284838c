#include "core/train/ranks.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define USE_C10D_GLOO 1  // the library has it; its headers ask
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef AFS_WITH_NCCL
#    include <c10/cuda/CUDAFunctions.h>
#endif

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "core/base/log.h"
#include "core/ops/cuda_side.h"
#include "core/ops/tensor_convert.h"
#include "core/train/rank_watch.h"

namespace afs {
namespace {

using namespace std::chrono_literals;

constexpr auto kGathering = 300s;  // for all ranks to start
constexpr auto kHearing = 2s;      // for all ranks to read why one failed
constexpr auto kForever = std::chrono::milliseconds(24h * 365);
constexpr const char* kTried = "Could not train with several processes";

int number_of(const std::string& name, const std::string& text, int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
        throw Error(
            ErrorKind::argument, kTried,
            fmt::format("the environment's {} is \"{}\", not a whole number from {} to {}", name, text, least, most),
            "Start the processes with --gpus or torchrun, which set it.");
    return value;
}

// All names that ranks give in the store lie under it.
std::string prefix_of(const std::string& attempt) { return "afstudio/" + attempt; }

std::string machine_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "this machine";
}

[[nodiscard]] std::string text_of(c10d::Store& store, const std::string& key) {
    const std::vector<std::uint8_t> bytes = store.get(key);
    return {bytes.begin(), bytes.end()};
}

// The first of those who ask.
[[nodiscard]] bool claim(c10d::Store& store, const std::string& key) { return store.add(key, 1) == 1; }

// Who is the last of `count` to come sets a key that the others can wait for.
void come(c10d::Store& store, const std::string& key, int count) {
    if (store.add(key, 1) == count) store.set(key + "/all", std::string("1"));
}
// False: it took longer.
[[nodiscard]] bool all_came(c10d::Store& store, const std::string& key, std::chrono::milliseconds timeout) {
    try {
        store.wait({key + "/all"}, timeout);
        return true;
    } catch (const std::exception&) {
        return store.check({key + "/all"});  // throws where the store itself is gone
    }
}

// What a rank that failed leaves for the others.
void leave_word(c10d::Store& store, const std::string& why) {
    if (!store.check({"failed"})) store.set("failed", why);
    store.set("joined/all", std::string("1"));  // who waits for all to come looks what there is
}

class Group final : public RankGroup {
  public:
    Group(RankPlace place, const Device& device, const RankTimes& times) : place_(std::move(place)), device_(device) {
        use_device();
        try {
            store_ = connect(!place_.hosted && place_.rank == 0);
            const std::string host =
                fmt::format("{} at {} port {}", place_.hosted ? "the launcher" : "rank 0", place_.address, place_.port);
            watch_.emplace(connect(false), RankWatch::Options{place_.rank, place_.world, host, times});
            gather_all();
            watch_->begin();
            make_backends();
        } catch (const Error&) {
            throw;
        } catch (const std::exception&) {
            const Failure failure = current_failure(kTried);
            throw Error(ErrorKind::device, kTried,
                        fmt::format("rank {} cannot reach the others through {} port {} ({})", place_.rank,
                                    place_.address, place_.port, failure.why),
                        "Check MASTER_ADDR and MASTER_PORT, and that the machines may connect to each other.");
        }
    }

    ~Group() override {
        if (left_) return;
        tell("ended before the others");
        // Operations may wait for a rank that is gone: the end of the process is theirs, too.
        (void)host_.release();
        (void)gpus_.release();
        if (!place_.hosted && place_.rank == 0) wait_for_hearers();
        watch_->end();
    }

    [[nodiscard]] Ranks ranks() override {
        return {place_.world,
                place_.rank,
                [this](Tensor& tensor) { sum(tensor); },
                [this](Tensor& tensor) { broadcast(tensor); },
                [this](const std::vector<std::byte>& bytes) { return gather(bytes); },
                [this](std::function<void(const Failure&)> act) { watch_->when_lost(std::move(act)); },
                [this] { watch_->count_alone(); }};
    }

    [[nodiscard]] std::optional<Error> fail(const Error& error) override {
        if (std::exchange(told_, true)) return {};
        try {
            const bool other_failed = bool(watch_->lost());
            // What the others did is said by one rank of a machine; so is what several find at the same time.
            const std::string what = error.what();
            const bool first = claim(*store_, "said/" + machine_name());
            const bool same = !claim(*store_, fmt::format("said/{}/{}", machine_name(), what));
            if (other_failed) {
                come(*store_, "heard", place_.world - 1);
                return first ? std::optional(error) : std::nullopt;
            }
            leave_word(*store_, fmt::format("rank {} failed: {}", place_.rank, what));
            if (same) return {};
            if (place_.rank == 0) return error;
            return Error(error.kind(), fmt::format("Rank {}: {}", place_.rank, error.tried()), error.why(),
                         error.what_to_do());
        } catch (const std::exception&) {
            log_debug("The other processes could not be told why this one ends");
            return error;
        }
    }

    void leave() override {
        try {
            come(*store_, "leaving", place_.world);
            wait_for_all("leaving");
            if (gpus_) gpus_->shutdown();
            host_->shutdown();
            come(*store_, "left", place_.world);
            // The store ends with its host: after everybody has read that all have come.
            if (place_.rank == 0 && !place_.hosted) wait_for_all("left");
        } catch (const Error&) {
            throw;
        } catch (const std::exception&) {
            watch_->throw_lost(current_failure(kTried).why);
        }
        left_ = true;
        watch_->end();
    }

  private:
    void tell(const std::string& what) {
        if (std::exchange(told_, true) || watch_->lost()) return;
        try {
            leave_word(*store_, fmt::format("rank {} {}", place_.rank, what));
        } catch (const std::exception&) {  // there is nobody to tell
        }
    }

    // Before anything is made on it: the libraries begin on the current one.
    void use_device() const {
        if (device_.kind != Device::Kind::cuda) return;
        check_gpus(std::max(device_.index + 1, place_.local_world));
#ifdef AFS_WITH_NCCL
        c10::cuda::set_device(static_cast<c10::DeviceIndex>(device_.index));
#endif
    }

    [[nodiscard]] c10::intrusive_ptr<c10d::Store> connect(bool host) {
        c10d::TCPStoreOptions options;
        options.port = static_cast<std::uint16_t>(place_.port);
        options.isServer = host;
        options.waitWorkers = false;
        options.timeout = kGathering;
        return c10::make_intrusive<c10d::PrefixStore>(prefix_of(place_.attempt),
                                                      c10::make_intrusive<c10d::TCPStore>(place_.address, options));
    }

    void gather_all() {
        come(*store_, "joined", place_.world);
        const bool all = all_came(*store_, "joined", kGathering);
        if (store_->check({"failed"})) watch_->throw_lost(text_of(*store_, "failed"));
        if (!all)
            throw Error(
                ErrorKind::device, kTried,
                fmt::format("{} of {} processes have come in five minutes", store_->add("joined", 0), place_.world),
                "Look at what the missing ones say; each needs the same MASTER_ADDR and WORLD_SIZE.");
    }

    void make_backends() {
        auto options = c10d::ProcessGroupGloo::Options::create(kForever);
        const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
        const bool here = place_.address == "127.0.0.1" || place_.address == "localhost";
        options->devices.push_back(interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                   : here               ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                                        : c10d::ProcessGroupGloo::createDefaultDevice());
        host_ = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store_),
                                                            place_.rank, place_.world, options);
        if (device_.kind != Device::Kind::cuda) return;
        gpus_ = cuda_side().join_gpus(c10::make_intrusive<c10d::PrefixStore>("nccl", store_), place_.rank, place_.world,
                                      kForever);
        // The first operation joins the GPUs, and waits for the store no longer than all had to come: now they are
        // here, later rank 0 may read the whole data set before its first.
        std::vector<Tensor> first{at::ones({1}, at::Device(device_name(device_)))};
        gpus_->allreduce(first)->wait();
        wait_for_device(device_);
    }

    void wait_for_all(const char* key) {
        while (!all_came(*store_, key, 500ms)) watch_->throw_if_lost();
    }
    // The store ends with this process: the others are to read why.
    void wait_for_hearers() {
        try {
            if (place_.world > 1) (void)all_came(*store_, "heard", kHearing);
        } catch (const std::exception&) {  // there is none any more
        }
    }

    // --- What the ranks do in common ---

    [[nodiscard]] c10d::Backend& backend_of(const Tensor& tensor) {
        AFS_CHECK(!tensor.is_cuda() || gpus_);
        return tensor.is_cuda() ? *gpus_ : *host_;
    }

    // A tensor as a backend takes it: whole in memory.
    template <class Do> void in_place(Tensor& tensor, Do&& act) {
        if (tensor.numel() == 0) return;
        Tensor sent = tensor.detach().contiguous();
        std::vector<Tensor> tensors{sent};
        finish(sent, [&] { return act(backend_of(sent), tensors); });
        if (sent.data_ptr() != tensor.data_ptr()) tensor.copy_(sent);
    }

    void sum(Tensor& tensor) {
        const at::NoGradGuard no_gradient;
        in_place(tensor, [](c10d::Backend& backend, auto& tensors) { return backend.allreduce(tensors); });
    }

    void broadcast(Tensor& tensor) {
        const at::NoGradGuard no_gradient;
        in_place(tensor, [](c10d::Backend& backend, auto& tensors) { return backend.broadcast(tensors); });
    }

    [[nodiscard]] std::vector<Tensor> gather_equal(const Tensor& given) {
        std::vector<Tensor> inputs{given};
        std::vector<std::vector<Tensor>> outputs(1);
        for (int i = 0; i < place_.world; ++i) outputs[0].push_back(at::empty_like(given));
        finish(given, [&] { return host_->allgather(outputs, inputs); });
        return outputs[0];
    }

    [[nodiscard]] std::vector<std::vector<std::byte>> gather(const std::vector<std::byte>& bytes) {
        const at::NoGradGuard no_gradient;
        const std::vector<Tensor> sizes =
            gather_equal(at::tensor({static_cast<std::int64_t>(bytes.size())}, at::kLong));
        std::int64_t most = 1;
        for (const Tensor& size : sizes) most = std::max(most, size.item<std::int64_t>());
        Tensor padded = at::zeros({most}, at::kByte);
        if (!bytes.empty()) std::memcpy(padded.data_ptr<std::uint8_t>(), bytes.data(), bytes.size());
        const std::vector<Tensor> all = gather_equal(padded);
        std::vector<std::vector<std::byte>> result;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto* begin = reinterpret_cast<const std::byte*>(all[i].const_data_ptr<std::uint8_t>());
            result.emplace_back(begin, begin + sizes[i].item<std::int64_t>());
        }
        return result;
    }

    // Waits in slices: a rank that is lost need not close what Gloo listens to. On GPUs the wait is the stream's, not
    // ours.
    template <class Begin> void finish(const Tensor& sent, Begin&& begin) {
        watch_->throw_if_lost();
        watch_->count_common();
        try {
            const c10::intrusive_ptr<c10d::Work> work = begin();
            if (sent.is_cuda()) {
                work->wait();
                return;
            }
            while (!finished(*work)) watch_->throw_if_lost();
        } catch (const Error&) {
            throw;
        } catch (const std::exception&) {
            watch_->throw_lost(current_failure(kTried).why);
        }
    }

    [[nodiscard]] static bool finished(c10d::Work& work) {
        try {
            work.wait(500ms);
        } catch (const std::exception&) {  // the slice is over, or the work failed
            if (!work.isCompleted()) return false;
            if (!work.isSuccess()) throw;
        }
        return true;
    }

    RankPlace place_;
    Device device_;
    c10::intrusive_ptr<c10d::Store> store_;  // this thread's connection
    c10::intrusive_ptr<c10d::Backend> host_, gpus_;
    bool told_ = false, left_ = false;
    std::optional<RankWatch> watch_;
};

class HostedStore final : public RankStore {
  public:
    HostedStore() {
        constexpr const char* kHosting = "Could not start several processes";
        // Bound here, so that only this machine reaches it, and handed over: nobody can take the port in between.
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            const std::string why = std::strerror(errno);
            if (fd >= 0) ::close(fd);
            throw Error(ErrorKind::device, kHosting, why);
        }
        c10d::TCPStoreOptions options;
        options.port = ntohs(address.sin_port);
        options.isServer = true;
        options.waitWorkers = false;
        options.masterListenFd = fd;
        try {
            server_ = c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
        } catch (const std::exception&) {
            throw Error(ErrorKind::device, kHosting, current_failure(kHosting).why);
        }
        store_ = c10::make_intrusive<c10d::PrefixStore>(prefix_of("0"), server_);
    }

    [[nodiscard]] int port() const override { return server_->getPort(); }

    bool fail(const std::string& why) override {
        if (store_->check({"failed"})) return false;
        const bool first = claim(*store_, "said/" + machine_name());  // before they hear of it
        leave_word(*store_, why);
        return first;
    }

  private:
    c10::intrusive_ptr<c10d::TCPStore> server_;
    c10::intrusive_ptr<c10d::Store> store_;
};

}  // namespace

void check_gpus(int count) {
#ifdef AFS_WITH_NCCL
    const auto there = static_cast<int>(cuda_devices().size());
    if (count > there)
        throw Error(ErrorKind::device, kTried,
                    fmt::format("{} processes of this machine need a GPU each, and it has {}", count, there),
                    "Start as many as there are GPUs, or use --device cpu.");
#else
    (void)count;
    throw Error(ErrorKind::device, kTried, "this program was built without NCCL, which joins GPUs",
                "Train on one GPU, or use --device cpu.");
#endif
}

std::unique_ptr<RankStore> host_rank_store() { return std::make_unique<HostedStore>(); }

std::optional<RankPlace> rank_place(const Environment& environment) {
    const auto rank = environment("RANK"), world = environment("WORLD_SIZE");
    if (!rank && !world) return std::nullopt;
    constexpr int kMost = 65536;
    const auto need = [&](const char* name) {
        const auto text = environment(name);
        if (!text || text->empty())
            throw Error(ErrorKind::argument, kTried,
                        fmt::format("the environment names {} but not {}", rank ? "RANK" : "WORLD_SIZE", name),
                        "Start the processes with --gpus or torchrun, or set RANK, WORLD_SIZE, MASTER_ADDR and "
                        "MASTER_PORT for each of them.");
        return *text;
    };
    RankPlace place;
    place.world = number_of("WORLD_SIZE", need("WORLD_SIZE"), 1, kMost);
    place.rank = number_of("RANK", need("RANK"), 0, place.world - 1);
    place.address = need("MASTER_ADDR");
    place.port = number_of("MASTER_PORT", need("MASTER_PORT"), 1, 65535);
    if (const auto text = environment("LOCAL_WORLD_SIZE"))
        place.local_world = number_of("LOCAL_WORLD_SIZE", *text, 1, place.world);
    if (const auto text = environment("LOCAL_RANK"))
        place.local_rank = number_of("LOCAL_RANK", *text, 0,
                                     environment("LOCAL_WORLD_SIZE") ? place.local_world - 1 : place.world - 1);
    else if (place.world > 1 && environment("LOCAL_WORLD_SIZE") && place.local_world > 1)
        (void)need("LOCAL_RANK");
    const auto agent = environment("TORCHELASTIC_USE_AGENT_STORE");
    place.hosted = agent && (*agent == "True" || *agent == "true" || *agent == "1");
    if (const auto attempt = environment("TORCHELASTIC_RESTART_COUNT")) place.attempt = *attempt;
    return place;
}

std::optional<RankPlace> rank_place() {
    return rank_place([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    });
}

std::unique_ptr<RankGroup> join_ranks(const RankPlace& place, const Device& device, const RankTimes& times) {
    return std::make_unique<Group>(place, device, times);
}

}  // namespace afs
