// How sessions and the command line call what the Equivariance mode compares and shows. Torch-free.
#pragma once

#include <array>
#include <string_view>

#include "core/scene/scene.h"

namespace afs {

template <class E> struct SceneName {
    E value;
    std::string_view name;
};

inline constexpr std::array<SceneName<EquivarianceOperation>, 4> kEquivarianceOperations = {
    {{EquivarianceOperation::follow, "follow"},
     {EquivarianceOperation::translation_int, "translation-int"},
     {EquivarianceOperation::translation_frac, "translation-frac"},
     {EquivarianceOperation::rotation, "rotation"}}};

inline constexpr std::array<SceneName<EquivarianceShown>, 9> kEquivarianceShown = {
    {{EquivarianceShown::output, "output"},
     {EquivarianceShown::reference, "reference"},
     {EquivarianceShown::difference, "difference"},
     {EquivarianceShown::absolute, "absolute"},
     {EquivarianceShown::blend, "blend"},
     {EquivarianceShown::wipe, "wipe"},
     {EquivarianceShown::flicker, "flicker"},
     {EquivarianceShown::grid, "grid"},
     {EquivarianceShown::strip, "strip"}}};

}  // namespace afs
