// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/engine_rig.h"

#include <cstdint>
#include <span>
#include <string>

namespace weightroom::test {

constexpr std::uint64_t kTensor = 1'000'001;

inline std::uint64_t number(const engine::Json& object, const char* name)
{
    return object.at(name).get<std::uint64_t>();
}

/// The actions of an answer's recovery, or of what an error says was tried.
inline std::string actionsOf(const engine::Json& steps)
{
    std::string actions;
    for (const engine::Json& step : steps)
        actions += (actions.empty() ? "" : " ") + step.at("action").get<std::string>();
    return actions;
}

/// What helped a load that has succeeded.
inline std::string recoveredBy(const engine::Result<engine::Json>& answer)
{
    if (!answer)
        return engine::describe(answer.error());
    const engine::Json& recovery = answer->at("recovery");
    return recovery.is_null() ? std::string{"no recovery"} : actionsOf(recovery.at("steps"));
}

/// What did not help one that has failed.
inline std::string triedBefore(const engine::Result<engine::Json>& failed)
{
    return failed ? std::string{"no failure"}
                  : actionsOf(engine::toJson(std::span<const engine::RecoveryStep>{failed.error().context.tried}));
}

inline std::uint64_t freedBy(const engine::Json& answer, const std::string& action)
{
    for (const engine::Json& step : answer.at("recovery").at("steps")) {
        if (step.at("action") == action)
            return number(step, "freed_bytes");
    }
    return 0;
}

/// An engine with one host device.
struct RecoveryRig : EngineRig {
    explicit RecoveryRig(engine::Bytes hostDevice = engine::kMiB * 64)
        : EngineRig({hostDevice})
    {
    }

    /// A model of so many tensors; those of one family have equal ones.
    void writeTensors(const std::string& name, const std::string& family, int count)
    {
        SafetensorsBuilder builder;
        for (int i = 0; i < count; ++i) {
            const auto begin = static_cast<std::uint64_t>(i) * kTensor;
            builder.entry(name + std::to_string(i), "U8", {kTensor}, begin, begin + kTensor);
            builder.data(tensorPattern(family + std::to_string(i), kTensor));
        }
        folder.write("models/" + name + ".safetensors", builder.build());
    }
    void writeSparse()
    {
        for (const std::string number : {"0", "1"}) {
            writeTensors("big " + number, number, 6);
            writeTensors("kept " + number, number, 1);
        }
    }
    /// Leaves one tensor of six in each of two slabs, of the device and of the cache; `operation` loads or caches.
    [[nodiscard]] bool makeSparse(const std::string& operation, const engine::Json& fields)
    {
        const auto request = [&](const char* name) {
            engine::Json full = fields;
            full["model_id"] = idOf(name);
            return full;
        };
        for (const char* name : {"big 0", "kept 0", "big 1", "kept 1"}) {
            if (!call(operation, request(name)))
                return false;
        }
        for (const char* name : {"big 0", "big 1"}) {
            const bool isUnloaded = operation == "model.post_model_cache" || unload(idOf(name));
            if (!isUnloaded || !call("model.delete_model_cache", {{"model_id", idOf(name)}}))
                return false;
        }
        return true;
    }
    [[nodiscard]] engine::Result<engine::Json> cache(const std::string& name)
    {
        return call("model.post_model_cache", {{"model_id", idOf(name)}});
    }
    [[nodiscard]] engine::Bytes heldByDevice(const std::string& id)
    {
        for (const engine::DeviceState& device : engine().snapshot()->devices) {
            if (device.description.id.text == id)
                return device.memory.ours.held;
        }
        return {};
    }
};

} // namespace weightroom::test
