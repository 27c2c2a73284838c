// One rank of several, for ranks_test: does what its first word says, in the place that the environment names. Exits
// with 0 where all that it claims holds; else it says on stderr what does not.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <map>
#include <stdexcept>
#include <string>

#include "core/train/trainer.h"
#include "tests/train/small_setting.h"

namespace afs::test {
namespace {

void claim(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error("does not hold: " + what);
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }
bool same(const Tensor& a, const Tensor& b) { return at::equal(a, b); }

void sum_gather_and_broadcast(const RankPlace& place) {
    const auto group = join_ranks(place, {}, {.silence = std::chrono::seconds(5)});
    const Ranks ranks = group->ranks();
    claim(ranks.count == 2 && ranks.index == place.rank, "the group is the environment's");
    Tensor x = at::arange(6, at::kFloat).view({2, 3}).t() * (place.rank + 1);  // not contiguous
    ranks.sum(x);
    claim(same(x, at::arange(6, at::kFloat).view({2, 3}).t() * 3), "a sum of tensors that are not contiguous");
    Tensor d = at::full({1}, 0.1 * (place.rank + 1), at::kDouble);
    ranks.sum(d);
    claim(d.item<double>() == 0.1 + 0.2, "a sum in double precision");
    Tensor b = at::full({2, 2}, place.rank + 7, at::kLong);
    ranks.broadcast(b);
    claim(b.sum().item<std::int64_t>() == 28, "a broadcast gives what rank 0 has");
    const std::vector<std::byte> own(static_cast<std::size_t>(place.rank) * 3, std::byte{9});
    const auto all = ranks.gather(own);
    claim(all.size() == 2 && all[0].empty() && all[1] == std::vector<std::byte>(3, std::byte{9}), "bytes of each");
    // Alone, longer than a silence counts: its heart beats meanwhile.
    if (place.rank == 0) (void)std::promise<void>().get_future().wait_for(std::chrono::seconds(7));
    group->leave();
}

// Other networks on each: rank 0's count.
std::uint64_t seed_of(const RankPlace& place) { return static_cast<std::uint64_t>(1 + 10 * place.rank); }

void claim_same_networks(const Ranks& ranks, const Trainer& trainer) {
    for (const auto& [name, tensor] : trainer.state().tensors) {
        if (name == "random" || name == "pl_mean") continue;  // each rank's own
        Tensor of_first = tensor.clone();
        ranks.broadcast(of_first);
        claim(same(of_first, tensor), name + " is the same on both");
    }
}

void train_and_continue(const RankPlace& place, Family family) {
    const auto group = join_ranks(place, {});
    Setting s = small_setting(family);
    s.options.batch_gpu = 2;
    s.options.batch = 8;  // two chunks each
    const auto make = [&] {
        return Trainer(s.options, Generator::create(s.g, seed_of(place)), Discriminator::create(s.d, 2), nullptr,
                       group->ranks());
    };
    const auto minibatch = [&](const Trainer& trainer, int step) {
        return minibatch_of(trainer, 2 * step + place.rank, 4);
    };
    Trainer whole = make();
    for (int step = 0; step < 5; ++step) whole.step(minibatch(whole, step));

    Trainer first = make();
    for (int step = 0; step < 3; ++step) first.step(minibatch(first, step));
    TrainerState common = first.state();
    for (auto& [name, tensor] : common.tensors) {
        tensor = tensor.clone();
        group->ranks().broadcast(tensor);  // as a file of rank 0's gives it
    }
    const auto parts = group->ranks().gather(first.rank_state());
    claim(parts[0] != parts[1], "each rank has random numbers of its own");
    Trainer second = make();
    second.restore(common);
    second.restore_rank(parts[static_cast<std::size_t>(place.rank)]);
    for (int step = 3; step < 5; ++step) second.step(minibatch(second, step));
    claim(second.rank_state() == whole.rank_state(), "a rank's own state goes on exactly");
    const TrainerState a = whole.state(), b = second.state();
    for (std::size_t i = 0; i < a.tensors.size(); ++i)
        claim(same(a.tensors[i].second, b.tensors[i].second), a.tensors[i].first + " goes on exactly");
    claim_same_networks(group->ranks(), whole);
    bool refused = false;
    try {
        second.restore_rank(std::vector<std::byte>(3));
    } catch (const Error&) {
        refused = true;
    }
    claim(refused, "a part of another size is refused");
    group->leave();
}

// --- Two ranks against one process that takes the same items ---

// Of each phase, the rank's items.
Tensor share_of(const Tensor& t, std::int64_t groups, int rank) {
    return t.view({groups, 2, 2, -1}).select(1, rank).reshape({groups * 2, -1});
}

Setting comparable_setting(Family family) {
    Setting s = small_setting(family);
    s.options.augmentations.reset();
    s.options.batch = 4;
    // Adam's first step is as large for a gradient of mere rounding noise as for any other: weights stay, so that every
    // phase meets the same ones. Its first moments then say what the gradients were.
    s.options.g_adam.lr = s.options.d_adam.lr = 0;
    s.options.g_adam.beta1 = s.options.d_adam.beta1 = 0.5;
    s.g.use_noise = false;
    s.options.loss.style_mixing_probability = 0;
    s.options.loss.pl_decay = 0;  // frozen, too: ranks know their own path lengths
    return s;
}

struct Comparison {
    Minibatch all, own;
    Trainer one, of_two;
};

Comparison compare_steps(const RankPlace& place, const Ranks& ranks, const Setting& s, int chunk_of_one) {
    const auto make = [&](const Ranks& of, int chunk) {
        TrainerOptions options = s.options;
        options.batch_gpu = chunk;
        return Trainer(options, Generator::create(s.g, 1), Discriminator::create(s.d, 2), nullptr, of);
    };
    Comparison c{{}, {}, make({}, chunk_of_one), make(ranks, 2)};
    const auto phases = static_cast<std::int64_t>(c.one.phases().size());
    c.all = minibatch_of(c.one, 0, 4);
    SeededRandom random(8);
    c.all.z = random.normal({phases * 4, s.g.z_dim});
    c.own = {c.all.pictures.narrow(0, 2 * place.rank, 2), c.all.labels.narrow(0, 2 * place.rank, 2),
             share_of(c.all.z, phases, place.rank), share_of(c.all.c, phases, place.rank)};
    // What is drawn are the directions of path lengths: those of the chunk that this rank takes.
    const std::int64_t drawn = std::max(2 / s.options.loss.pl_batch_shrink, 1);
    SeededRandom of_chunk(s.options.seed);
    for (int i = 0; i < place.rank; ++i) (void)of_chunk.normal({drawn, 3, 16, 16});
    TrainerState state = c.of_two.state();
    for (auto& [name, tensor] : state.tensors)
        if (name == "random") tensor = of_chunk.state();
    c.of_two.restore(state);
    c.one.step(c.all);
    c.of_two.step(c.own);
    return c;
}

// SPEC 13: chunks add, ranks average.
void compare_gradients(const RankPlace& place, Family family) {
    const auto group = join_ranks(place, {});
    Setting s = comparable_setting(family);
    s.g.w_avg_beta = s.g.magnitude_ema_beta = 1;  // frozen: what moves them is the order of chunks
    const Comparison c = compare_steps(place, group->ranks(), s, 2);
    const auto compare = [](const Adam& one, const Adam& two) {
        for (std::size_t i = 0; i < one.slots().size(); ++i) {
            const Adam::Slot &whole = one.slots()[i], &half = two.slots()[i];
            const double largest = whole.first.abs().max().item<double>();
            // Those of recorded R1 gradients.
            const double tolerance = whole.name.ends_with(".bias") || has(whole.name, "affine") ? 1e-3 : 1e-4;
            const double off = (half.first * 2 - whole.first).abs().max().item<double>();
            claim(largest > 0, whole.name + " has a gradient");
            claim(off <= tolerance * largest, fmt::format("{} is half of {:.3g}: it is {:.3g} off, {:.2e} of it",
                                                          whole.name, largest, off, off / largest));
        }
    };
    compare(c.one.g_optimiser(), c.of_two.g_optimiser());
    compare(c.one.d_optimiser(), c.of_two.d_optimiser());
    claim_same_networks(group->ranks(), c.of_two);
    group->leave();
}

// One process sees at once what the ranks see together: its averages are theirs.
void compare_averages(const RankPlace& place, Family family) {
    const auto group = join_ranks(place, {});
    const Setting s = comparable_setting(family);
    const Comparison c = compare_steps(place, group->ranks(), s, 4);
    const auto before = Generator::create(s.g, 1);
    int moved = 0;
    for (const auto& entry : c.one.g()->state()) {
        if (entry.parameter || (!has(entry.name, "w_avg") && !has(entry.name, "magnitude_ema"))) continue;
        const Tensor got = c.of_two.g()->tensor(entry.name);
        claim(!same(entry.tensor, before->tensor(entry.name)), entry.name + " moves");
        const double off = (got - entry.tensor).abs().max().item<double>(),
                     largest = entry.tensor.abs().max().item<double>();
        claim(off <= 1e-5 * largest, fmt::format("{} is {:.3g} off {:.3g}", entry.name, off, largest));
        ++moved;
    }
    claim(moved == (family == Family::alias_free ? s.g.num_layers + 2 : 1),
          fmt::format("all averages are looked at, not {}", moved));
    claim_same_networks(group->ranks(), c.of_two);
    group->leave();
}

// --- Ends ---

// Prints on stdout what the rank that stays is to tell its user.
void lose_the_other(const RankPlace& place, const std::string& how) {
    RankTimes times;
    if (how == "hangs") times.standstill = std::chrono::seconds(4);
    const auto group = join_ranks(place, {}, times);
    Tensor x = at::ones({4});
    group->ranks().sum(x);
    if (place.rank == 1) {
        if (how == "killed") ::raise(SIGKILL);
        if (how == "stopped") ::raise(SIGSTOP);
        if (how == "hangs") std::promise<void>().get_future().wait();
        (void)group->fail(Error(ErrorKind::file, "Could not write", "the disk is full"));
        return;
    }
    if (how == "fails while the other cannot throw") {
        group->ranks().when_lost([](const Failure& failure) {
            fmt::print("last: {}\n", failure.paragraph());
            std::fflush(stdout);
        });
        std::promise<void>().get_future().wait();
    }
    try {
        group->ranks().sum(x);
        fmt::print("none\n");
    } catch (const Error& error) {
        fmt::print("{}\n", error.what());
    }
}

// Works alone for longer than a standstill may last, and says so.
void be_busy(const RankPlace& place) {
    const auto group = join_ranks(place, {}, {.standstill = std::chrono::seconds(2)});
    const Ranks ranks = group->ranks();
    Tensor x = at::ones({4});
    ranks.sum(x);
    if (place.rank == 0) {
        std::promise<void> never;
        for (int i = 0; i < 12; ++i) {
            (void)never.get_future().wait_for(std::chrono::milliseconds(500));
            never = {};
            ranks.busy();
        }
    }
    ranks.sum(x);
    claim(x[0].item<float>() == 4, "the sum came");
    group->leave();
}

// Both fail in the same way: one of them is to say it.
void fail_alike(const RankPlace& place) {
    const auto group = join_ranks(place, {});
    Tensor x = at::ones({4});
    group->ranks().sum(x);
    if (const auto said = group->fail(Error(ErrorKind::file, "Could not read the data set", "it is gone")))
        fmt::print("{}\n", said->what());
}

int run(const std::string& role, const std::string& how) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const RankPlace place = *rank_place();
    const Family family = how == "stylegan2" ? Family::stylegan2 : Family::alias_free;
    const std::map<std::string, std::function<void()>> roles = {
        {"sums", [&] { sum_gather_and_broadcast(place); }},
        {"trains", [&] { train_and_continue(place, family); }},
        {"gradients", [&] { compare_gradients(place, family); }},
        {"averages", [&] { compare_averages(place, family); }},
        {"loses", [&] { lose_the_other(place, how); }},
        {"busy", [&] { be_busy(place); }},
        {"alike", [&] { fail_alike(place); }}};
    roles.at(role)();
    return 0;
}

}  // namespace
}  // namespace afs::test

int main(int argc, char** argv) {
    try {
        return afs::test::run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}\n", e.what());
        return 1;
    }
}
