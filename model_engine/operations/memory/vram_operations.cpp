// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/vram_operations.h"

#include "model_engine/operations/jobs/job_description.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace weightroom::engine {
namespace {

struct OtherName {
    std::string_view original; ///< full name
    Name family;
    Name name;
    std::string_view summary;
    JobWeight weight;
    Presence components = Presence::Optional; ///< whether components must be named
};

OperationSpec specFor(const OperationSpec& original, const OtherName& other, EngineServices& services)
{
    OperationSpec spec = original;
    spec.family = other.family;
    spec.name = other.name;
    spec.summary = other.summary;
    spec.describe = describeModelJob(services, std::string{other.name.text()}, other.weight);
    const auto components = std::ranges::find(
        spec.fields, std::string_view{"component_ids"}, [](const FieldSpec& field) { return field.name.text(); });
    if (components != spec.fields.end() && other.components == Presence::Required) {
        components->presence = Presence::Required;
        components->help = "The components.";
    }
    return spec;
}

} // namespace

void addVramOperations(OperationRegistry& registry, EngineServices& services)
{
    const std::initializer_list<OtherName> others{
        {"model.post_model_load", "model", "post_model_vram_load", "The same as model.post_model_load.",
            JobWeight::Heavy},
        {"model.post_model_unload", "model", "post_model_vram_unload", "The same as model.post_model_unload.",
            JobWeight::Light},
        {"model.post_model_cache", "worker", "cache_model_components",
            "Reads components of a model into the RAM cache, as model.post_model_cache does.", JobWeight::Heavy},
        {"model.post_model_load", "worker", "load_components_to_vram",
            "Loads some components of a model onto a device, as model.post_model_load does.", JobWeight::Heavy,
            Presence::Required},
        {"model.post_model_unload", "worker", "unload_components_from_vram",
            "Takes some components of a model off a device, as model.post_model_unload does.", JobWeight::Light,
            Presence::Required},
    };
    for (const OtherName& other : others) {
        OperationSpec spec = specFor(*registry.find(other.original), other, services);
        registry.add(std::move(spec));
    }
}

} // namespace weightroom::engine
