#include "core/train/random_source.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace afs {

SeededRandom::SeededRandom(std::uint64_t seed) : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}

Tensor SeededRandom::uniform(at::IntArrayRef shape) { return at::rand(shape, generator_, at::kFloat); }

Tensor SeededRandom::normal(at::IntArrayRef shape) { return at::randn(shape, generator_, at::kFloat); }

Tensor SeededRandom::state() const { return generator_.get_state(); }

void SeededRandom::set_state(const Tensor& state) { generator_.set_state(state); }

}  // namespace afs
