#include "core/train/ranks.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#define USE_C10D_GLOO 1  // the library has it; its headers ask
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef AFS_WITH_NCCL
#    define USE_C10D_NCCL 1
#    include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "core/base/log.h"
#include "core/ops/tensor_convert.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kBeat = 1s;
constexpr auto kSilence = 15s;     // of a rank, or of the store, until it counts as lost
constexpr auto kLastChance = 8s;   // to throw, before the process is ended
constexpr auto kGathering = 300s;  // for all ranks to start
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

class Group final : public RankGroup {
  public:
    Group(RankPlace place, const Device& device, std::function<void(const Failure&)> on_lost)
        : place_(std::move(place)),
          device_(device.kind == Device::Kind::cuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
                                                    : at::Device(at::kCPU)),
          on_lost_(std::move(on_lost)),
          heard_(static_cast<std::size_t>(place_.world)) {
        try {
            store_ = connect(!place_.hosted && place_.rank == 0);
            watched_ = connect(false);
            gather_all();
            begin_watch();
            make_backend();
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
        fail("it ended before the others");
        // Operations may wait for a rank that is gone: the end of the process is theirs, too.
        (void)backend_.release();
        if (!place_.hosted && place_.rank == 0) std::this_thread::sleep_for(2 * kBeat);  // the others read why
        end_watch();
    }

    [[nodiscard]] Ranks ranks() override {
        return {place_.world, place_.rank, [this](Tensor& tensor) { sum(tensor); },
                [this](Tensor& tensor) { broadcast(tensor); },
                [this](const std::vector<std::byte>& bytes) { return gather(bytes); }};
    }

    void fail(const std::string& why) override {
        if (told_ || lost()) return;
        told_ = true;
        try {
            const std::string text = fmt::format("rank {} failed: {}", place_.rank, why);
            if (!store_->check({"failed"})) store_->set("failed", text);
        } catch (const std::exception&) {
            log_debug("The other processes could not be told why this one ends");
        }
    }

    void leave() override {
        try {
            const auto all_came = [&](const char* key) {
                store_->add(key, 1);
                while (store_->add(key, 0) < place_.world) {
                    throw_if_lost();
                    std::this_thread::sleep_for(20ms);
                }
            };
            all_came("leaving");
            backend_->shutdown();
            store_->add("left", 1);
            // The store ends with its host: after everybody has read that all have come.
            while (place_.rank == 0 && !place_.hosted && store_->add("left", 0) < place_.world) {
                throw_if_lost();
                std::this_thread::sleep_for(20ms);
            }
        } catch (const Error&) {
            throw;
        } catch (const std::exception&) {
            throw_lost(current_failure(kTried).why);
        }
        left_ = true;
        end_watch();
    }

  private:
    struct Heard {
        std::int64_t beats = -1;
        Clock::time_point at = Clock::now();
    };

    [[nodiscard]] c10::intrusive_ptr<c10d::Store> connect(bool host) {
        c10d::TCPStoreOptions options;
        options.port = static_cast<std::uint16_t>(place_.port);
        options.isServer = host;
        options.waitWorkers = false;
        options.timeout = kGathering;
        return c10::make_intrusive<c10d::PrefixStore>("afstudio/" + place_.attempt,
                                                      c10::make_intrusive<c10d::TCPStore>(place_.address, options));
    }

    void gather_all() {
        const auto begin = Clock::now();
        std::int64_t here = store_->add("joined", 1);
        for (; here < place_.world; here = store_->add("joined", 0)) {
            if (store_->check({"failed"})) throw_lost(text_of(*store_, "failed"));
            if (Clock::now() - begin > kGathering)
                throw Error(ErrorKind::device, kTried,
                            fmt::format("{} of {} processes have come in five minutes", here, place_.world),
                            "Look at what the missing ones say; each needs the same MASTER_ADDR and WORLD_SIZE.");
            std::this_thread::sleep_for(20ms);
        }
    }

    void make_backend() {
        const auto store = c10::make_intrusive<c10d::PrefixStore>("backend", store_);
        if (device_.is_cuda()) {
#ifdef AFS_WITH_NCCL
            auto options = c10d::ProcessGroupNCCL::Options::create();
            options->timeout = kForever;
            backend_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place_.rank, place_.world, options);
            return;
#else
            throw Error(ErrorKind::device, kTried, "this program was built without NCCL, which joins GPUs",
                        "Train on one GPU.");
#endif
        }
        auto options = c10d::ProcessGroupGloo::Options::create(kForever);
        const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
        const bool here = place_.address == "127.0.0.1" || place_.address == "localhost";
        options->devices.push_back(interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                   : here               ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                                        : c10d::ProcessGroupGloo::createDefaultDevice());
        backend_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, place_.rank, place_.world, options);
    }

    // --- What the ranks do in common ---

    // A tensor as the backend takes it: whole in memory, and on the GPU where GPUs are joined.
    template <class Do> void on_device(Tensor& tensor, Do&& act) {
        if (tensor.numel() == 0) return;
        Tensor sent = tensor.detach().to(device_).contiguous();
        act(sent);
        if (!sent.is_same(tensor) && sent.data_ptr() != tensor.data_ptr()) tensor.copy_(sent);
    }

    void sum(Tensor& tensor) {
        const at::NoGradGuard no_gradient;
        on_device(tensor, [&](Tensor& sent) {
            std::vector<Tensor> tensors{sent};
            finish([&] { return backend_->allreduce(tensors); });
        });
    }

    void broadcast(Tensor& tensor) {
        const at::NoGradGuard no_gradient;
        on_device(tensor, [&](Tensor& sent) {
            std::vector<Tensor> tensors{sent};
            finish([&] { return backend_->broadcast(tensors); });
        });
    }

    [[nodiscard]] std::vector<Tensor> gather_equal(const Tensor& given) {
        std::vector<Tensor> inputs{given.to(device_)};
        std::vector<std::vector<Tensor>> outputs(1);
        for (int i = 0; i < place_.world; ++i) outputs[0].push_back(at::empty_like(inputs[0]));
        finish([&] { return backend_->allgather(outputs, inputs); });
        for (Tensor& output : outputs[0]) output = output.cpu();
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

    // Waits in slices: a rank that is lost need not close what the backend listens to. On GPUs the wait is the
    // stream's, not ours.
    template <class Begin> void finish(Begin&& begin) {
        throw_if_lost();
        try {
            const c10::intrusive_ptr<c10d::Work> work = begin();
            if (device_.is_cuda()) {
                work->wait();
                return;
            }
            while (!finished(*work)) throw_if_lost();
        } catch (const Error&) {
            throw;
        } catch (const std::exception&) {
            throw_lost(current_failure(kTried).why);
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

    // --- Who is alive ---

    [[nodiscard]] static std::string text_of(c10d::Store& store, const char* key) {
        const std::vector<std::uint8_t> bytes = store.get(key);
        return {bytes.begin(), bytes.end()};
    }

    [[nodiscard]] std::optional<std::string> lost() {
        const std::scoped_lock lock(mutex_);
        return lost_;
    }
    void set_lost(const std::string& why) {
        const std::scoped_lock lock(mutex_);
        if (lost_) return;
        lost_ = why;
        lost_at_ = Clock::now();
    }

    [[nodiscard]] static Error lost_error(const std::string& why) {
        return {ErrorKind::device, "Training with several processes ended", why,
                "The run can be continued from its last state (--resume)."};
    }
    void throw_if_lost() {
        if (const auto why = lost()) throw lost_error(*why);
    }
    // A connection broke: the heartbeat soon knows whose.
    [[noreturn]] void throw_lost(const std::string& why) {
        for (const auto end = Clock::now() + kSilence + 2 * kBeat; Clock::now() < end && watch_.joinable();) {
            throw_if_lost();
            std::this_thread::sleep_for(50ms);
        }
        throw lost_error(why);
    }

    void begin_watch() {
        last_answer_ = Clock::now();
        for (Heard& heard : heard_) heard.at = Clock::now();
        watch_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
        guard_ = std::jthread([this](const std::stop_token& stop) { guard(stop); });
    }
    void end_watch() {
        watch_.request_stop();
        if (watch_.joinable()) watch_.join();
        guard_.request_stop();  // last: it ends a process whose store does not answer
        if (guard_.joinable()) guard_.join();
    }

    void watch(const std::stop_token& stop) {
        try {
            for (; !stop.stop_requested() && !lost(); std::this_thread::sleep_for(kBeat / 4)) {
                {
                    const std::scoped_lock lock(mutex_);
                    if (Clock::now() - last_answer_ < kBeat && started_) continue;
                    started_ = true;
                }
                watched_->add(fmt::format("beat/{}", place_.rank), 1);
                if (watched_->check({"failed"})) {
                    set_lost(text_of(*watched_, "failed"));
                    return;
                }
                const bool leaving = watched_->add("left", 0) > 0;  // all have come to the end; who left is silent
                for (int other = 0; other < place_.world; ++other) {
                    Heard& heard = heard_[static_cast<std::size_t>(other)];
                    const std::int64_t beats = watched_->add(fmt::format("beat/{}", other), 0);
                    if (beats != heard.beats || leaving)
                        heard = {beats, Clock::now()};
                    else if (Clock::now() - heard.at > kSilence)
                        set_lost(
                            fmt::format("rank {} has not been heard of for {} s: it was killed, or its machine "
                                        "cannot be reached",
                                        other, std::chrono::seconds(kSilence).count()));
                }
                const std::scoped_lock lock(mutex_);
                last_answer_ = Clock::now();
            }
        } catch (const std::exception&) {
            if (!stop.stop_requested()) set_lost(host_is_gone());
        }
    }

    [[nodiscard]] std::string host_is_gone() const {
        return fmt::format("{} at {} port {} is gone", place_.hosted ? "the launcher" : "rank 0", place_.address,
                           place_.port);
    }

    void guard(const std::stop_token& stop) {
        for (; !stop.stop_requested(); std::this_thread::sleep_for(200ms)) {
            std::optional<std::string> why;
            {
                const std::scoped_lock lock(mutex_);
                if (lost_ ? Clock::now() - lost_at_ > kLastChance : false) why = lost_;
                if (!lost_ && Clock::now() - last_answer_ > kSilence) {
                    lost_ = host_is_gone();
                    lost_at_ = Clock::now();
                }
            }
            if (!why) continue;
            const Error error = lost_error(*why);
            const Failure failure{error.kind(), error.tried() + ": " + error.why(), error.why(), error.what_to_do()};
            log_line(LogLevel::error, error.what());
            if (on_lost_) on_lost_(failure);
            ::_exit(1);
        }
    }

    RankPlace place_;
    at::Device device_;
    std::function<void(const Failure&)> on_lost_;
    c10::intrusive_ptr<c10d::Store> store_, watched_;  // a connection serves one thread
    c10::intrusive_ptr<c10d::Backend> backend_;
    bool told_ = false, left_ = false;
    bool started_ = false;
    std::vector<Heard> heard_;  // the watching thread's

    std::mutex mutex_;  // of what follows
    std::optional<std::string> lost_;
    Clock::time_point lost_at_, last_answer_;
    std::jthread watch_, guard_;
};

}  // namespace

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

std::unique_ptr<RankGroup> join_ranks(const RankPlace& place, const Device& device,
                                      std::function<void(const Failure&)> on_lost) {
    return std::make_unique<Group>(place, device, std::move(on_lost));
}

}  // namespace afs
