// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/precision_wish.h"

namespace weightroom::engine {
namespace {

Json changeJson(const PrecisionChange& change)
{
    return {
        {"from", toText(change.from)},
        {"to", toText(change.to)},
        {"tensor_count", change.tensors},
        {"size_bytes", change.before.value},
        {"loaded_bytes", change.after.value},
    };
}

Json keptJson(const KeptTensors& kept)
{
    return {{"reason", toText(kept.reason)}, {"tensor_count", kept.tensors}, {"size_bytes", kept.size.value}};
}

Json componentJson(const ComponentPrecision& component)
{
    Json changes = Json::array();
    for (const PrecisionChange& change : component.changes)
        changes.push_back(changeJson(change));
    Json kept = Json::array();
    for (const KeptTensors& some : component.kept)
        kept.push_back(keptJson(some));
    return {
        {"component_id", component.id.text},
        {"size_bytes", component.before.value},
        {"loaded_bytes", component.after.value},
        {"changes", std::move(changes)},
        {"kept", std::move(kept)},
    };
}

/// Whether somebody asks for a conversion, and does not only leave it to what is set.
bool isConversionNamed(const PrecisionWish& wish)
{
    const WantedPrecision precision = wish.precision.value_or(WantedPrecision::ByLevel);
    if (precision == WantedPrecision::ByLevel)
        return wish.level.value_or(OptimizationLevel::None) != OptimizationLevel::None;
    return precision != WantedPrecision::AsStored;
}

/// While nothing may be converted.
Result<PrecisionRequest> withoutConversion(const FeatureStatus& conversion, const PrecisionWish& wish)
{
    if (!isConversionNamed(wish))
        return kAsStored;
    std::string detail = "precision_conversion is off";
    if (conversion.reason)
        detail =
            "precision_conversion is left alone for a while, because it has failed: " + describe(*conversion.reason);
    return fail(ErrorCode::FeatureOff, detail + "; weights can only be loaded as they are stored",
        {.feature = Feature::PrecisionConversion});
}

} // namespace

Result<PrecisionRequest> precisionFor(
    const FeatureFlags& flags, const EngineTables& tables, const ModelId& model, const PrecisionWish& wish)
{
    if (!flags.isOn(Feature::PrecisionConversion))
        return withoutConversion(flags.status(Feature::PrecisionConversion), wish);
    PrecisionRequest request{.level = wish.level.value_or(tables.settings.optimizationLevel)};
    const auto settings = tables.modelSettings.find(model);
    if (wish.precision)
        request.precision = *wish.precision;
    else if (!wish.level && settings != tables.modelSettings.end())
        request.precision = settings->second->precision;
    return request;
}

std::vector<std::string_view> allowedWords(std::span<const std::string_view> words)
{
    return {words.begin(), words.end()};
}

FieldSpec optimizationLevelField()
{
    return {.name = "optimization_level",
        .type = FieldType::Text,
        .help = "What may be converted to save memory: none; balanced, which halves what is stored in fp32; "
                "aggressive, which brings matrices to fp8. Left out: what the model's settings say, else the engine's.",
        .allowed = allowedWords(optimizationLevelWords())};
}

FieldSpec precisionField()
{
    return {.name = "precision",
        .type = FieldType::Text,
        .help = "The type that all weights are loaded in, whatever the level is; by_level, or left out: as the level "
                "says.",
        .allowed = allowedWords(precisionWords())};
}

PrecisionWish precisionWishFrom(const Arguments& arguments)
{
    PrecisionWish wish;
    if (arguments.has("optimization_level"))
        wish.level = optimizationLevelFromText(arguments.text("optimization_level"));
    if (arguments.has("precision"))
        wish.precision = wantedPrecisionFromText(arguments.text("precision"));
    return wish;
}

Json toJson(const PrecisionPreview& preview)
{
    Json components = Json::array();
    for (const ComponentPrecision& component : preview.components)
        components.push_back(componentJson(component));
    return {
        {"optimization_level", toText(preview.request.level)},
        {"precision", toText(preview.request.precision)},
        {"size_bytes", preview.before.value},
        {"loaded_bytes", preview.after.value},
        {"components", std::move(components)},
    };
}

Json toJson(const ComponentConversion& conversion)
{
    return {
        {"tensor_count", conversion.tensors},
        {"size_bytes", conversion.stored.value},
        {"loaded_bytes", conversion.loaded.value},
        {"largest_error", conversion.loss.largestError},
        {"mean_error", conversion.loss.meanError()},
        {"overflow_count", conversion.loss.overflowed},
    };
}

} // namespace weightroom::engine
