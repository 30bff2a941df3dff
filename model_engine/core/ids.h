// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace weightroom::engine {

/// An identifier of one kind of thing. Ids are issued by the engine, are opaque to everybody else and are never used as
/// a path, an index or a pointer: they are looked up in the engine's own tables.
template <class Tag>
struct Id {
    std::string text;

    friend auto operator<=>(const Id&, const Id&) = default;
    friend bool operator==(const Id&, const Id&) = default;
    [[nodiscard]] bool empty() const { return text.empty(); }
};

/// One model on disk, for example "sd_xl_base-3f9c21d08a7be614".
using ModelId = Id<struct ModelTag>;
/// One component of a model, unique within it, for example "unet" or "encoder_clip_l".
using ComponentId = Id<struct ComponentTag>;
/// One device, for example "GPU_0" or "HOST_0".
using DeviceId = Id<struct DeviceTag>;

/// One job of this engine. Counted up from 1; 0 is no job.
struct JobId {
    std::uint64_t number = 0;

    friend auto operator<=>(JobId, JobId) = default;
};

/// One client of the local socket, while it is connected. Counted up from 1; 0 is nobody: the program of the engine
/// itself, and who has come by another way.
struct ClientId {
    std::uint64_t number = 0;

    friend auto operator<=>(ClientId, ClientId) = default;
};

/// One lease of a client on loaded weights. Counted up from 1; 0 is no lease.
struct LeaseId {
    std::uint64_t number = 0;

    friend auto operator<=>(LeaseId, LeaseId) = default;
};

/// What a table of weights is keyed by: a component of a model.
struct ComponentKey {
    ModelId model;
    ComponentId component;

    friend auto operator<=>(const ComponentKey&, const ComponentKey&) = default;
    friend bool operator==(const ComponentKey&, const ComponentKey&) = default;
};

} // namespace weightroom::engine

template <class Tag>
struct std::hash<weightroom::engine::Id<Tag>> {
    std::size_t operator()(const weightroom::engine::Id<Tag>& id) const noexcept
    {
        return std::hash<std::string>{}(id.text);
    }
};
