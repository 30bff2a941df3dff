// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/weights_variant.h"

#include "model_engine/catalog/scan/path_examination.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

bool hasVariant(const ModelRecord& record, const std::string& variant)
{
    return std::ranges::any_of(record.variants, [&](const ComponentVariants& component) {
        return std::ranges::find(component.sets, variant, &ComponentVariants::Set::variant) != component.sets.end();
    });
}

Result<> expectVariant(const ModelRecord& record, const std::string& variant)
{
    if (variant.empty() || hasVariant(record, variant))
        return {};
    return fail(ErrorCode::InvalidValue,
        "no component of '" + record.id.text + "' has weights of the variant '" + variant
            + "' beside others; see the variants of get_model_components",
        {.modelId = record.id, .field = "weights_variant"});
}

Result<> expectNotInMemory(EngineServices& services, const ModelId& model)
{
    if (!services.executor.invoke([&] { return services.tables.isInMemory(model); }))
        return {};
    return fail(ErrorCode::ModelInUse,
        "'" + model.text + "' is cached or loaded in another variant; unload it and drop it from the cache first",
        {.modelId = model});
}

/// What the scan has given the model stays: its id, its name, its place.
ModelRecordPtr readVariant(const ModelRecord& before, const std::string& variant)
{
    ModelRecord record = *examinePath(before.path, variant);
    record.id = before.id;
    record.name = before.name;
    record.placement = before.placement;
    return std::make_shared<const ModelRecord>(std::move(record));
}

} // namespace

VariantChange::VariantChange(EngineServices& services, ModelClaim claim, ModelRecordPtr record)
    : m_services(&services)
    , m_claim(std::move(claim))
    , m_record(std::move(record))
{
}

Result<VariantChange> VariantChange::prepare(EngineServices& services, const ModelId& model, const std::string& variant)
{
    auto claim = ModelClaim::make(services, model, {});
    if (!claim)
        return fail(std::move(claim).error());
    const auto record = claim->record();
    if (!record)
        return fail(record.error());
    if (auto known = expectVariant(**record, variant); !known)
        return fail(std::move(known).error());
    if (auto free = expectNotInMemory(services, model); !free)
        return fail(std::move(free).error());
    return VariantChange{services, std::move(*claim), readVariant(**record, variant)};
}

void VariantChange::takeOn() { m_services->tables.catalog.insert(m_record); }

} // namespace weightroom::engine
