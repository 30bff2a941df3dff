// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/component_traits.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using Kind = ComponentKind;

constexpr std::array kOfBase{Kind::Unet, Kind::Encoder};
constexpr std::array kOfUnet{Kind::Unet};
constexpr std::array kOfEncoder{Kind::Encoder};

/// Also for a value that is no kind: nothing waits for such a component, and it waits for nothing.
constexpr ComponentTraits kOther{Kind::Other, {}, 3};

constexpr std::array kTraits{
    ComponentTraits{Kind::Encoder, {}, 0},
    ComponentTraits{Kind::Unet, {}, 1},
    ComponentTraits{Kind::Vae, {}, 2},
    kOther,
    ComponentTraits{Kind::Controlnet, kOfUnet, 4},
    ComponentTraits{Kind::Adapter, kOfUnet, 5},
    ComponentTraits{Kind::Lora, kOfBase, 6},
    ComponentTraits{Kind::Embedding, kOfEncoder, 7},
    ComponentTraits{Kind::Upscaler, {}, 8},
};

} // namespace

const ComponentTraits& traitsOf(ComponentKind kind)
{
    const auto found = std::ranges::find(kTraits, kind, &ComponentTraits::kind);
    return found == kTraits.end() ? kOther : *found;
}

} // namespace weightroom::engine
