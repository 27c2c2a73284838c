// The colours that a scene asks for, as plots name them. Torch-free.
#pragma once

#include "core/plot/colour_map.h"
#include "core/scene/scene.h"

namespace afs {

[[nodiscard]] inline ColourMap colour_map(SpectrumColours colours) {
    switch (colours) {
        case SpectrumColours::viridis: return ColourMap::viridis;
        case SpectrumColours::magma: return ColourMap::magma;
        case SpectrumColours::gray: return ColourMap::gray;
    }
    return ColourMap::viridis;
}

}  // namespace afs
