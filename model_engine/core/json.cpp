// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/json.h"

#include "model_engine/core/json_fields.h"
#include "model_engine/core/settings/feature_table.h"
#include "model_engine/core/utf8.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace weightroom::engine {
namespace {

namespace dom = simdjson::dom;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidJson, std::move(detail)); }

Result<Json> convert(const dom::element& element, std::size_t depthLeft);

Result<Json> convertArray(const dom::array& array, std::size_t depthLeft)
{
    Json out = Json::array();
    for (const dom::element item : array) {
        auto value = convert(item, depthLeft);
        if (!value)
            return value;
        out.push_back(std::move(*value));
    }
    return out;
}

Result<Json> convertObject(const dom::object& object, std::size_t depthLeft)
{
    Json out = Json::object();
    std::unordered_set<std::string_view> seen;
    for (const dom::key_value_pair pair : object) {
        if (!seen.insert(pair.key).second)
            return invalid("the key '" + std::string{pair.key} + "' stands twice in one object");
        auto value = convert(pair.value, depthLeft);
        if (!value)
            return value;
        // ordered_json looks a key up linearly; the set above has already proved that it is new.
        out.get_ref<Json::object_t&>().emplace_back(std::string{pair.key}, std::move(*value));
    }
    return out;
}

Json scalar(const dom::element& element)
{
    switch (element.type()) {
    case dom::element_type::INT64:
        return element.get_int64().value_unsafe();
    case dom::element_type::UINT64:
        return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
        return element.get_double().value_unsafe();
    case dom::element_type::STRING:
        return std::string{element.get_string().value_unsafe()};
    case dom::element_type::BOOL:
        return element.get_bool().value_unsafe();
    default:
        return nullptr;
    }
}

Result<Json> convert(const dom::element& element, std::size_t depthLeft)
{
    if (!element.is_array() && !element.is_object())
        return scalar(element);
    if (depthLeft == 0)
        return invalid("the document is nested too deeply");
    return element.is_array() ? convertArray(element.get_array().value_unsafe(), depthLeft - 1)
                              : convertObject(element.get_object().value_unsafe(), depthLeft - 1);
}

void add(Json& document, const char* key, const std::string& text)
{
    if (!text.empty())
        document[key] = toValidUtf8(text);
}

std::optional<Bytes> bytesIn(const Json& document, const char* key)
{
    const auto count = countIn(document, key);
    return count ? std::optional{Bytes{*count}} : std::nullopt;
}

RecoveryAction actionNamed(std::string_view name)
{
    for (auto action = RecoveryAction::None; action <= RecoveryAction::TryAgain;
         action = static_cast<RecoveryAction>(static_cast<int>(action) + 1)) {
        if (toText(action) == name)
            return action;
    }
    return RecoveryAction::None;
}

} // namespace

Result<Json> parseJson(std::string_view text, JsonLimits limits)
{
    if (text.empty())
        return invalid("the document is empty");
    if (text.size() > limits.maxBytes)
        return invalid("the document has " + std::to_string(text.size()) + " bytes, the limit is "
            + std::to_string(limits.maxBytes));
    dom::parser parser;
    if (parser.allocate(std::max<std::size_t>(text.size(), 32), limits.maxDepth + 1) != simdjson::SUCCESS)
        return fail(ErrorCode::OutOfHostMemory, "no memory to parse a JSON document");
    dom::element root;
    if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS)
        return invalid(simdjson::error_message(error));
    return convert(root, limits.maxDepth);
}

std::string writeJson(const Json& value, int indent)
{
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::vector<RecoveryStep> recoveryStepsFromJson(const Json& rows)
{
    std::vector<RecoveryStep> steps;
    if (!rows.is_array())
        return steps;
    for (const Json& row : rows)
        steps.push_back({actionNamed(textIn(row, "action")), bytesIn(row, "freed_bytes").value_or(Bytes{})});
    return steps;
}

Json toJson(std::span<const RecoveryStep> steps)
{
    Json rows = Json::array();
    for (const RecoveryStep& step : steps)
        rows.push_back({{"action", toText(step.action)}, {"freed_bytes", step.freed.value}});
    return rows;
}

Json toJson(const Error& error)
{
    const ErrorTraits& traits = traitsOf(error.code);
    Json document{
        {"code", traits.name},
        {"error_class", toText(traits.errorClass)},
        {"severity", toText(traits.severity)},
        {"recoverable", isRecoverable(error.code)},
        {"recovery", toText(traits.recovery)},
        {"message", toValidUtf8(error.detail)},
        {"help", traits.help},
    };
    const ErrorContext& context = error.context;
    add(document, "operation", context.operation);
    add(document, "model_id", context.modelId.text);
    add(document, "component_id", context.componentId.text);
    add(document, "device_id", context.deviceId.text);
    add(document, "field", context.field);
    add(document, "path", context.path);
    add(document, "holder", context.holder);
    add(document, "memory_type", context.memoryType);
    add(document, "feature", std::string{toText(context.feature)});
    if (context.required)
        document["required_bytes"] = context.required->value;
    if (context.available)
        document["available_bytes"] = context.available->value;
    if (context.systemCode)
        document["system_code"] = *context.systemCode;
    if (!context.tried.empty())
        document["tried"] = toJson(context.tried);
    return document;
}

Error errorFromJson(const Json& document)
{
    const auto traits = std::ranges::find(errorCatalogue(), textIn(document, "code"), &ErrorTraits::name);
    Error error{traits == errorCatalogue().end() ? ErrorCode::Unknown : traits->code, textIn(document, "message")};
    error.context = {.modelId = {textIn(document, "model_id")},
        .componentId = {textIn(document, "component_id")},
        .deviceId = {textIn(document, "device_id")},
        .operation = textIn(document, "operation"),
        .field = textIn(document, "field"),
        .path = textIn(document, "path"),
        .required = bytesIn(document, "required_bytes"),
        .available = bytesIn(document, "available_bytes"),
        .holder = textIn(document, "holder"),
        .memoryType = textIn(document, "memory_type")};
    if (const Json code = memberIn(document, "system_code"); code.is_number_integer())
        error.context.systemCode = code.get<std::int64_t>();
    error.context.tried = recoveryStepsFromJson(memberIn(document, "tried"));
    if (const FeatureSpec* spec = findFeature(textIn(document, "feature")))
        error.context.feature = spec->feature;
    return error;
}

} // namespace weightroom::engine
