// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"

#include <set>

namespace weightroom::engine {

/// What somebody wishes off the devices.
struct UnloadWish {
    ModelId model;
    DeviceId device{}; ///< empty: all that the model is on
    std::set<ComponentId> components{}; ///< empty: all of the model
    /// Refuse: nothing is unloaded while another program has a lease on any of it. Force: what was only offered is
    /// taken back, and what others use is no longer listed as loaded, but stays until they return it.
    enum class Leased : std::uint8_t { Refuse = 0, Force } leased{};
};

/// Takes a model, or some of its components, off its devices: it says what was asked for, what was given back and what
/// not, and what the memories and the system say about it. On a job's thread. Errors: Busy; those of unloadClaimed().
[[nodiscard]] Result<Json> carryOutUnload(EngineServices& services, const UnloadWish& wish);

/// The same for who has claimed the model. Errors: DeviceNotFound; NotLoaded, also when one of the components is not
/// loaded there; LeaseHeld, with the programs that use it: nothing is unloaded then.
[[nodiscard]] Result<Json> unloadClaimed(EngineServices& services, const UnloadWish& wish);

} // namespace weightroom::engine
