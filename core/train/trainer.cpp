#include "core/train/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "core/base/error.h"

namespace afs {
namespace {

AdamOptions adjusted(const AdamOptions& options, int interval) {
    return interval > 0 ? for_lazy_regularisation(options, interval) : options;
}

template <class Network> std::vector<std::pair<std::string, Tensor>> parameters_of(const Network& network) {
    std::vector<std::pair<std::string, Tensor>> result;
    for (const auto& entry : network.state())
        if (entry.parameter) result.emplace_back(entry.name, entry.tensor);
    return result;
}

// Whether a network's parameters ask for gradients.
void set_learning(const Adam& network, bool learning) {
    for (const Adam::Slot& slot : network.slots()) Tensor(slot.parameter).requires_grad_(learning);
}

std::vector<Trainer::ScheduledPhase> schedule_of(const TrainerOptions& options) {
    std::vector<Trainer::ScheduledPhase> phases;
    const auto add = [&](int interval, Phase both, Phase main, Phase regulariser) {
        phases.push_back({interval > 0 ? main : both, 1});
        if (interval > 0) phases.push_back({regulariser, interval});
    };
    add(options.g_reg_interval, Phase::g_both, Phase::g_main, Phase::g_reg);
    add(options.d_reg_interval, Phase::d_both, Phase::d_main, Phase::d_reg);
    return phases;
}

Loss::Average average_over(const Ranks& ranks) {
    if (ranks.count == 1) return {};
    return [ranks](Tensor& tensor) {
        ranks.sum(tensor);
        tensor.div_(ranks.count);
    };
}

constexpr const char* kTried = "Training cannot begin";

}  // namespace

Trainer::Trainer(const TrainerOptions& options, std::shared_ptr<Generator> g, std::shared_ptr<Discriminator> d,
                 std::shared_ptr<Generator> g_ema, Ranks ranks)
    : options_(options),
      ranks_(std::move(ranks)),
      g_(std::move(g)),
      g_ema_(g_ema != nullptr ? std::move(g_ema) : g_->clone_to(g_->device())),
      d_(std::move(d)),
      random_(options.seed * static_cast<std::uint64_t>(ranks_.count) + static_cast<std::uint64_t>(ranks_.index)),
      g_adam_(adjusted(options.g_adam, options.g_reg_interval), parameters_of(*g_)),
      d_adam_(adjusted(options.d_adam, options.d_reg_interval), parameters_of(*d_)),
      loss_(options.loss, g_, d_, options.augmentations, random_, average_over(ranks_)),
      phases_(schedule_of(options)),
      p_(static_cast<float>(options.initial_p)) {
    AFS_CHECK(ranks_.count >= 1 && (ranks_.count == 1 || ranks_.sum));
    const GeneratorConfig& of_g = g_->config();
    const DiscriminatorConfig& of_d = d_->config();
    if (of_g.img_resolution != of_d.img_resolution || of_g.img_channels != of_d.img_channels ||
        of_g.c_dim != of_d.c_dim)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("the generator makes pictures of {} x {} x {} with {} labels, the discriminator judges "
                                "{} x {} x {} with {}",
                                of_g.img_channels, of_g.img_resolution, of_g.img_resolution, of_g.c_dim,
                                of_d.img_channels, of_d.img_resolution, of_d.img_resolution, of_d.c_dim));
    if (options_.batch < 1 || options_.batch % ranks_.count != 0)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("a batch of {} cannot be divided among {} processes", options_.batch, ranks_.count));
    share_ = options_.batch / ranks_.count;
    chunk_ = options_.batch_gpu > 0 ? options_.batch_gpu : share_;
    if (share_ % chunk_ != 0)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("{} pictures a process cannot be divided into chunks of {}", share_, chunk_),
                    "Choose --batch-gpu so that it divides --batch / --gpus.");
    const int group = std::min(of_d.mbstd_group_size, chunk_);
    if (chunk_ % group != 0)
        throw Error(
            ErrorKind::argument, kTried,
            fmt::format("chunks of {} pictures cannot be divided into the discriminator's groups of {}", chunk_, group),
            "Choose --batch-gpu as a multiple of --mbstd-group.");
    if (ranks_.broadcast) {
        const at::NoGradGuard no_gradient;
        visit_tensors([&](const std::string&, const Tensor& tensor) {
            Tensor data = tensor.detach();
            ranks_.broadcast(data);
        });
    }
}

void Trainer::step(const Minibatch& given, const StepObserver& observer) {
    const c10::InferenceMode ordinary(false);
    const GeneratorConfig& config = g_->config();
    const auto count = static_cast<std::int64_t>(phases_.size()) * share_;
    AFS_CHECK(given.pictures.size(0) == share_ && given.pictures.scalar_type() == at::kByte);
    Minibatch minibatch = given;
    if (!minibatch.z.defined()) minibatch.z = random_.normal({count, config.z_dim}).to(given.pictures.device());
    AFS_CHECK(minibatch.z.size(0) == count && (config.c_dim == 0 || minibatch.c.size(0) == count));
    const Tensor pictures = minibatch.pictures.to(at::kFloat) / 127.5 - 1;

    for (std::size_t i = 0; i < phases_.size(); ++i)
        if (steps_ % phases_[i].interval == 0) run_phase(phases_[i], i, minibatch, pictures, observer);
    update_ema();
    images_ += options_.batch;
    ++steps_;
    if (options_.ada && steps_ % options_.ada->interval == 0) adjust_p();
}

void Trainer::run_phase(const ScheduledPhase& scheduled, std::size_t index, const Minibatch& minibatch,
                        const Tensor& pictures, const StepObserver& observer) {
    const Phase phase = scheduled.phase;
    const bool generator = trains_generator(phase);
    Adam& learner = generator ? g_adam_ : d_adam_;
    set_learning(learner, true);
    set_learning(generator ? d_adam_ : g_adam_, false);
    learner.clear_gradients();

    const Report report = [&](std::string_view name, const Tensor& values) {
        if (name == "Loss/signs/real") signs_.add(values);
        if (observer.report) observer.report(phase, name, values.detach());
    };
    const at::AutoGradMode recorded(true);
    for (std::int64_t begin = 0; begin < share_; begin += chunk_) {
        const auto of_pictures = [&](const Tensor& t) { return t.defined() ? t.narrow(0, begin, chunk_) : t; };
        const std::int64_t first = static_cast<std::int64_t>(index) * share_ + begin;
        const auto of_latents = [&](const Tensor& t) { return t.defined() ? t.narrow(0, first, chunk_) : t; };
        const Chunk chunk{of_pictures(pictures), of_pictures(minibatch.labels), of_latents(minibatch.z),
                          of_latents(minibatch.c)};
        loss_.accumulate_gradients(phase, chunk, scheduled.interval, static_cast<double>(images_),
                                   static_cast<double>(p_), report);
        if (ranks_.busy) ranks_.busy();
    }
    set_learning(learner, false);
    if (observer.gradients) observer.gradients(phase, learner);
    clean_gradients(learner);
    learner.step();
    learner.clear_gradients();
}

void Trainer::clean_gradients(const Adam& network) {
    const at::NoGradGuard no_gradient;
    std::vector<Tensor> gradients;
    for (const Adam::Slot& slot : network.slots())
        if (slot.parameter.grad().defined()) gradients.push_back(slot.parameter.grad());
    if (ranks_.count > 1 && !gradients.empty()) {
        std::vector<Tensor> flat;
        for (const Tensor& gradient : gradients) flat.push_back(gradient.flatten());
        Tensor all = at::cat(flat);
        ranks_.sum(all);
        all.div_(ranks_.count);
        std::int64_t begin = 0;
        for (Tensor& gradient : gradients) {
            gradient.copy_(all.narrow(0, begin, gradient.numel()).view_as(gradient));
            begin += gradient.numel();
        }
    }
    for (const Tensor& gradient : gradients) sanitise_gradient(gradient);
}

void Trainer::update_ema() {
    const at::NoGradGuard no_gradient;
    double half_life = options_.ema_kimg * 1000;
    if (options_.ema_rampup) half_life = std::min(half_life, *options_.ema_rampup * static_cast<double>(images_));
    const double beta = std::pow(0.5, options_.batch / std::max(half_life, 1e-8));
    const auto& from = g_->state();
    const auto& to = g_ema_->state();
    for (std::size_t i = 0; i < from.size(); ++i) {
        Tensor average = to[i].tensor;
        average.copy_(from[i].parameter ? from[i].tensor.lerp(average, beta) : from[i].tensor);
    }
}

void Trainer::adjust_p() {
    Tensor sums = at::tensor({signs_.sum, static_cast<double>(signs_.num)}, at::kDouble);
    if (ranks_.count > 1) ranks_.sum(sums);
    const double* values = sums.const_data_ptr<double>();
    p_ = adjusted_p(p_, values[1] > 0 ? values[0] / values[1] : 0.0, *options_.ada, options_.batch);
    signs_ = {};
}

// Every tensor that decides the next step, by the name under which it is saved.
template <class Visit> void Trainer::visit_tensors(Visit&& visit) const {
    const auto network = [&](const std::string& name, const auto& state) {
        for (const auto& entry : state) visit(name + "." + entry.name, entry.tensor);
    };
    network("G", g_->state());
    network("D", d_->state());
    network("G_ema", g_ema_->state());
    const auto moments = [&](const std::string& name, const Adam& adam) {
        for (const Adam::Slot& slot : adam.slots()) {
            if (slot.first.defined()) visit("adam." + name + "." + slot.name + ".first", slot.first);
            visit("adam." + name + "." + slot.name + ".second", slot.second);
        }
    };
    moments("G", g_adam_);
    moments("D", d_adam_);
}

TrainerState Trainer::state() const {
    TrainerState state;
    visit_tensors(
        [&](std::string name, const Tensor& tensor) { state.tensors.emplace_back(std::move(name), tensor.detach()); });
    state.tensors.emplace_back("random", random_.state());
    state.tensors.emplace_back("pl_mean", loss_.pl_mean());
    const auto ages = [](const Adam& adam) {
        Json result = Json::object();
        for (const Adam::Slot& slot : adam.slots()) result[slot.name] = slot.steps;
        return result;
    };
    state.numbers = {{"images", images_},
                     {"steps", steps_},
                     {"p", p_},
                     {"signs", {{"num", signs_.num}, {"sum", signs_.sum}, {"sum_of_squares", signs_.sum_of_squares}}},
                     {"adam_steps", {{"G", ages(g_adam_)}, {"D", ages(d_adam_)}}}};
    return state;
}

void Trainer::restore(const TrainerState& state) {
    constexpr const char* kContinue = "Training cannot be continued";
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorKind::network, kContinue, why, "Continue a run with the options it was started with.");
    };
    std::map<std::string, Tensor> saved(state.tensors.begin(), state.tensors.end());
    const auto check = [&](const std::string& name, const Tensor& tensor) {
        const auto found = saved.find(name);
        if (found == saved.end()) refuse(fmt::format("its state lacks {}", name));
        if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != tensor.scalar_type())
            refuse(fmt::format("{} has the shape {}, not {}", name, shape_text(found->second.sizes()),
                               shape_text(tensor.sizes())));
    };
    visit_tensors(check);
    check("random", random_.state());
    check("pl_mean", loss_.pl_mean());
    std::int64_t images = 0, steps = 0;
    Moments signs;
    float p = 0;
    std::vector<std::int64_t> ages;
    try {
        const Json& numbers = state.numbers;
        numbers.at("images").get_to(images);
        numbers.at("steps").get_to(steps);
        numbers.at("p").get_to(p);
        const Json& moments = numbers.at("signs");
        signs = {moments.at("num"), moments.at("sum"), moments.at("sum_of_squares")};
        for (const auto& [name, adam] : {std::pair("G", &g_adam_), std::pair("D", &d_adam_)})
            for (const Adam::Slot& slot : adam->slots())
                ages.push_back(numbers.at("adam_steps").at(name).at(slot.name).get<std::int64_t>());
    } catch (const Json::exception& e) {
        refuse(fmt::format("its numbers are incomplete ({})", e.what()));
    }

    const at::NoGradGuard no_gradient;
    visit_tensors([&](const std::string& name, const Tensor& tensor) { Tensor(tensor).copy_(saved[name]); });
    random_.set_state(saved["random"].cpu().contiguous().clone());
    loss_.pl_mean() = saved["pl_mean"].clone().to(g_->w_avg().device());
    images_ = images;
    steps_ = steps;
    p_ = p;
    signs_ = signs;
    auto age = ages.begin();
    for (Adam* adam : {&g_adam_, &d_adam_})
        for (Adam::Slot& slot : adam->slots()) slot.steps = *age++;
}

namespace {

// Of this machine and this program only: the bytes in front of the random state.
struct RankNumbers {
    std::int64_t num = 0;
    double sum = 0, sum_of_squares = 0;
    float pl_mean = 0;
    std::uint32_t unused = 0;
};

}  // namespace

std::vector<std::byte> Trainer::rank_state() const {
    const RankNumbers numbers{signs_.num, signs_.sum, signs_.sum_of_squares, loss_.pl_mean().item<float>()};
    const Tensor random = random_.state();
    std::vector<std::byte> bytes(sizeof numbers + random.nbytes());
    std::memcpy(bytes.data(), &numbers, sizeof numbers);
    std::memcpy(bytes.data() + sizeof numbers, random.const_data_ptr(), random.nbytes());
    return bytes;
}

void Trainer::restore_rank(std::span<const std::byte> state) {
    const Tensor random = at::empty_like(random_.state());
    RankNumbers numbers;
    if (state.size() != sizeof numbers + random.nbytes())
        throw Error(ErrorKind::network, "Training cannot be continued",
                    fmt::format("a rank's part of the state has {} bytes, not {}", state.size(),
                                sizeof numbers + random.nbytes()),
                    "The file was damaged or comes from another version of the program.");
    std::memcpy(&numbers, state.data(), sizeof numbers);
    std::memcpy(random.data_ptr(), state.data() + sizeof numbers, random.nbytes());
    random_.set_state(random);
    signs_ = {numbers.num, numbers.sum, numbers.sum_of_squares};
    const at::NoGradGuard no_gradient;
    loss_.pl_mean() = at::full_like(loss_.pl_mean(), numbers.pl_mean);
}

}  // namespace afs
