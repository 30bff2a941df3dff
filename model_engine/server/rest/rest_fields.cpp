// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_fields.h"

#include "model_engine/server/rest/rest_names.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

template <class Number>
std::optional<Number> numberFrom(const std::string& text)
{
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stopped == end ? std::optional{number} : std::nullopt;
}

Json oneFrom(FieldType type, const std::string& text)
{
    if (type == FieldType::Integer || type == FieldType::IntegerList) {
        if (const auto number = numberFrom<std::int64_t>(text))
            return *number;
    }
    if (type == FieldType::Number) {
        if (const auto number = numberFrom<double>(text); number && std::isfinite(*number))
            return *number;
    }
    if (type == FieldType::Boolean && (text == "true" || text == "false"))
        return text == "true";
    return text;
}

bool isList(FieldType type)
{
    return type == FieldType::TextList || type == FieldType::PathList || type == FieldType::IntegerList;
}

tl::unexpected<RestRefusal> refuseField(const OperationSpec& spec, std::string_view name, std::string_view why)
{
    const std::string text{name};
    return refuse(400, ErrorCode::UnknownField, spec.fullName() + " has no field '" + text + "'" + std::string{why},
        {.operation = std::string{spec.name.text()}, .field = text});
}

/// The field that a client means by a name. Unknown ones are refused here and not by validate(), which would get a
/// document of them: a body may have a hundred thousand.
RestResult<const FieldSpec*> fieldNamed(const OperationSpec& spec, std::string_view name, RestNaming naming)
{
    const auto meant = fieldFrom(name, naming);
    if (!meant)
        return refuseField(spec, name, ": names are asked for in PascalCase");
    // Also where the path has none: there is one place for it.
    if (*meant == std::string{spec.family.text()} + "_id")
        return refuseField(spec, name, " here: it stands in the path");
    const auto field =
        std::ranges::find(spec.fields, std::string_view{*meant}, [](const FieldSpec& one) { return one.name.text(); });
    if (field == spec.fields.end())
        return refuseField(spec, *meant, "");
    return &*field;
}

/// With the item of the path.
Json withItem(const RestRoutes::Match& match, Json fields)
{
    if (const FieldSpec* item = match.route->item)
        fields[std::string{item->name.text()}] = valueFrom(*item, std::span{&match.item, 1});
    return fields;
}

} // namespace

Json valueFrom(const FieldSpec& field, std::span<const std::string> texts)
{
    if (!isList(field.type) && texts.size() == 1)
        return oneFrom(field.type, texts.front());
    Json list = Json::array(); // said more than once: for what is no list, validate() refuses that
    for (const std::string& text : texts)
        list.push_back(oneFrom(field.type, text));
    return list;
}

RestResult<Json> fieldsFromQuery(
    const RestRoutes::Match& match, std::span<const RestTarget::Parameter> query, RestNaming naming)
{
    const OperationSpec& spec = *match.route->operation;
    Json fields = Json::object();
    for (const RestTarget::Parameter& parameter : query) {
        const auto field = fieldNamed(spec, parameter.name, naming);
        if (!field)
            return tl::unexpected(field.error());
        fields[std::string{(*field)->name.text()}] = valueFrom(**field, parameter.values);
    }
    return withItem(match, std::move(fields));
}

RestResult<Json> fieldsFromBody(const RestRoutes::Match& match, std::string_view body, RestNaming naming)
{
    const OperationSpec& spec = *match.route->operation;
    Json fields = Json::object();
    auto document = parseJson(body);
    if (!document)
        return tl::unexpected(RestRefusal{400, std::move(document).error()});
    if (!document->is_object()) {
        return refuse(400, ErrorCode::InvalidValue, "the fields of a request must be a JSON object",
            {.operation = std::string{spec.name.text()}});
    }
    for (auto& [key, value] : document->get_ref<Json::object_t&>()) {
        const auto field = fieldNamed(spec, key, naming);
        if (!field)
            return tl::unexpected(field.error());
        fields[std::string{(*field)->name.text()}] = std::move(value);
    }
    return withItem(match, std::move(fields));
}

} // namespace weightroom::engine
