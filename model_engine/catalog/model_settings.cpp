// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_settings.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <string_view>

namespace weightroom::engine {
namespace {

/// Takes an override back.
constexpr std::string_view kDetected = "detected";
constexpr std::string_view kDefaultVariant = "default";

tl::unexpected<Error> invalid(std::string_view field, const std::string& detail)
{
    return fail(ErrorCode::InvalidValue, detail, {.field = std::string{field}});
}

bool hasControls(std::string_view text)
{
    while (!text.empty()) {
        const Utf8Character character = decodeUtf8(text);
        if (!character.isValid || isControlOrBidi(character.codePoint))
            return true;
        text.remove_prefix(character.length);
    }
    return false;
}

Result<std::vector<std::string>> tagsFrom(const Json& list)
{
    if (!list.is_array() || list.size() > kMostTags)
        return invalid("tags", "tags must be a list of at most " + std::to_string(kMostTags) + " texts");
    std::vector<std::string> tags;
    for (const Json& value : list) {
        const std::string tag = value.is_string() ? value.get<std::string>() : std::string{};
        if (tag.empty() || tag.size() > kLongestTag || hasControls(tag))
            return invalid("tags",
                "a tag must be a text of 1 to " + std::to_string(kLongestTag) + " bytes without control characters");
        if (std::ranges::find(tags, tag) == tags.end())
            tags.push_back(tag);
    }
    return tags;
}

Result<std::string> notesFrom(const Json& value)
{
    if (value.is_null())
        return std::string{};
    if (!value.is_string() || value.get_ref<const std::string&>().size() > kLongestNotes)
        return invalid("notes", "notes must be a text of at most " + std::to_string(kLongestNotes) + " bytes");
    return value.get<std::string>();
}

Result<bool> booleanFrom(std::string_view field, const Json& value)
{
    if (!value.is_boolean())
        return invalid(field, std::string{field} + " must be true or false");
    return value.get<bool>();
}

Result<KeepAlive> keepAliveFrom(const Json& value)
{
    // Numbers beyond 63 bits would turn negative.
    const bool fits =
        value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() >> 63 == 0);
    const KeepAlive keep{fits ? value.get<KeepAlive::rep>() : kLongestKeepAlive.count() + 1};
    if (keep < kKeepForEver || keep > kLongestKeepAlive)
        return invalid("keep_alive_seconds",
            "keep_alive_seconds must be a whole number from -1 (for ever) to "
                + std::to_string(kLongestKeepAlive.count()));
    return keep;
}

/// An override: one of the known words, or "detected", or null.
template <class Value, class FromText>
Result<std::optional<Value>> overrideFrom(std::string_view field, const Json& value, FromText fromText)
{
    if (value.is_null() || value == kDetected)
        return std::optional<Value>{};
    const std::optional<Value> known = value.is_string() ? fromText(value.get<std::string>()) : std::nullopt;
    if (!known || *known == Value{})
        return invalid(field,
            "'" + value.dump(-1, ' ', false, Json::error_handler_t::replace) + "' is no " + std::string{field}
                + " that can be chosen");
    return known;
}

/// Part of a file's name.
Result<std::string> variantFrom(const Json& value)
{
    if (value.is_null() || value == kDefaultVariant)
        return std::string{};
    const std::string variant = value.is_string() ? value.get<std::string>() : std::string{};
    if (variant.empty() || variant.size() > kLongestVariant || hasControls(variant))
        return invalid("weights_variant",
            "a variant must be a text of 1 to " + std::to_string(kLongestVariant)
                + " bytes without control characters");
    return variant;
}

Result<WantedPrecision> precisionFrom(const Json& value)
{
    const auto precision = value.is_string() ? wantedPrecisionFromText(value.get<std::string>()) : std::nullopt;
    if (!precision)
        return invalid("preferred_precision", "must be by_level, as_stored, fp32, fp16, bf16 or fp8_e4m3fn");
    return *precision;
}

template <class Value>
Result<> take(Value& into, Result<Value> value)
{
    if (!value)
        return fail(std::move(value).error());
    into = std::move(*value);
    return {};
}

Result<> change(ModelSettings& settings, const std::string& field, const Json& value)
{
    if (field == "tags")
        return take(settings.tags, tagsFrom(value));
    if (field == "notes")
        return take(settings.notes, notesFrom(value));
    if (field == "model_type")
        return take(settings.kind, overrideFrom<ModelKind>(field, value, modelKindFromText));
    if (field == "architecture")
        return take(settings.architecture, overrideFrom<Architecture>(field, value, architectureFromText));
    if (field == "prediction_type")
        return take(settings.prediction, overrideFrom<PredictionType>(field, value, predictionTypeFromText));
    if (field == "weights_variant")
        return take(settings.weightsVariant, variantFrom(value));
    if (field == "preferred_precision")
        return take(settings.precision, precisionFrom(value));
    if (field == "is_favorite")
        return take(settings.isFavorite, booleanFrom(field, value));
    if (field == "is_pinned")
        return take(settings.isPinned, booleanFrom(field, value));
    if (field == "keep_alive_seconds")
        return take(settings.keepAlive, keepAliveFrom(value));
    return fail(ErrorCode::UnknownField, "a model has no setting '" + field + "'", {.field = field});
}

template <class Value>
Json textOrNull(const std::optional<Value>& value)
{
    return value ? Json(toText(*value)) : Json(nullptr);
}

} // namespace

Json toJson(const ModelSettings& settings)
{
    return {
        {"tags", settings.tags},
        {"notes", settings.notes},
        {"is_favorite", settings.isFavorite},
        {"is_pinned", settings.isPinned},
        {"keep_alive_seconds", settings.keepAlive.count()},
        {"model_type", textOrNull(settings.kind)},
        {"architecture", textOrNull(settings.architecture)},
        {"prediction_type", textOrNull(settings.prediction)},
        {"preferred_precision", toText(settings.precision)},
        {"weights_variant", settings.weightsVariant.empty() ? Json(nullptr) : Json(settings.weightsVariant)},
    };
}

Result<ModelSettings> changedSettings(const ModelSettings& before, const Json& changes)
{
    ModelSettings after = before;
    for (const auto& [field, value] : changes.items()) {
        if (auto changed = change(after, field, value); !changed)
            return fail(std::move(changed).error());
    }
    return after;
}

EffectiveIdentity effectiveIdentity(const Identification& identified, const ModelSettings* settings)
{
    EffectiveIdentity identity{identified.kind, identified.architecture, identified.prediction};
    if (settings == nullptr)
        return identity;
    identity.kind = settings->kind.value_or(identity.kind);
    identity.architecture = settings->architecture.value_or(identity.architecture);
    identity.prediction = settings->prediction.value_or(identity.prediction);
    return identity;
}

} // namespace weightroom::engine
