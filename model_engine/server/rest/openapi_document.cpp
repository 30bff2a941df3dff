// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/openapi_document.h"

#include "model_engine/core/naming.h"
#include "model_engine/server/rest/rest_names.h"
#include "model_engine/server/rest/rest_status.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr const char* kErrorSchema = "#/components/schemas/Error";

/// Statuses that every request can get, whatever it asks: it is no HTTP, it is not let in, it comes too slowly, its
/// head is too large, its fields are wrong; the program is broken, or has no room for it.
constexpr std::array<unsigned, 9> kOfAll{200, 400, 401, 403, 408, 431, 500, 503, 507};

Json textOf(std::string_view text) { return std::string{text}; }

Json content(Json schema) { return {{std::string{kJsonType}, {{"schema", std::move(schema)}}}}; }

/// Limits of an integer; its own type's where it has none, because a larger one is refused too.
Json integerSchema(std::int64_t minimum, std::int64_t maximum)
{
    return {{"type", "integer"}, {"format", "int64"}, {"minimum", minimum}, {"maximum", maximum}};
}

Json textSchema(const FieldSpec& field)
{
    if (field.allowed.empty())
        return {{"type", "string"}, {"minLength", 1}, {"pattern", "^[^\\u0000]+$"}};
    Json values = Json::array();
    for (const std::string_view value : field.allowed)
        values.push_back(textOf(value));
    return {{"type", "string"}, {"enum", std::move(values)}};
}

Json pathSchema() { return {{"type", "string"}, {"format", "absolute-path"}, {"pattern", "^/[^\\u0000]*$"}}; }

Json listSchema(const FieldSpec& field, Json items)
{
    Json schema{{"type", "array"}, {"items", std::move(items)}};
    if (field.minimum > 0)
        schema["minItems"] = field.minimum;
    if (field.maximum < std::numeric_limits<std::int64_t>::max())
        schema["maxItems"] = field.maximum;
    return schema;
}

Json plainSchemaOf(const FieldSpec& field)
{
    switch (field.type) {
    case FieldType::Text:
        return textSchema(field);
    case FieldType::Path:
        return pathSchema();
    case FieldType::Integer:
        return integerSchema(field.minimum, field.maximum);
    case FieldType::Boolean:
        return {{"type", "boolean"}};
    case FieldType::TextList:
        return listSchema(field, textSchema(field));
    case FieldType::PathList:
        return listSchema(field, pathSchema());
    case FieldType::IntegerList:
        return listSchema(field, integerSchema(0, std::numeric_limits<std::int64_t>::max()));
    case FieldType::Number:
        return {{"type", "number"}, {"format", "double"}};
    case FieldType::None:
        break;
    }
    return false; // nothing is valid
}

/// Makes the document for one naming.
class OpenApiWriter {
public:
    OpenApiWriter(const RestRoutes& routes, RestNaming naming)
        : m_routes(routes)
        , m_naming(naming)
    {
    }

    [[nodiscard]] Json document() const
    {
        Json paths = Json::object();
        for (const RestRoute& route : m_routes.all()) {
            std::string method{route.method};
            std::ranges::transform(method, method.begin(), detail::toLower);
            paths[route.path()][method] = operation(route);
        }
        return {{"openapi", "3.1.0"}, {"info", info()}, {"servers", Json::array({{{"url", "/"}}})},
            {"security", Json::array({{{"token", Json::array()}}})}, {"paths", std::move(paths)},
            {"components",
                {{"schemas", {{"Error", errorSchema()}}},
                    {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
    }

private:
    [[nodiscard]] std::string name(std::string_view snake) const { return nameFor(snake, m_naming); }

    static Json info()
    {
        return {{"title", "Weightroom"}, {"version", WEIGHTROOM_VERSION},
            {"license", {{"name", "GPL-3.0-or-later"}, {"identifier", "GPL-3.0-or-later"}}},
            {"description",
                "The operations of the engine that runs for a user of this machine. A long operation is a job: its "
                "answer comes when it has ended, and a client that goes before that takes the job with it. With "
                "'Prefer: respond-async' a POST or DELETE is answered at once, with the job's number and place. "
                "With ?naming=pascal or the header 'X-Naming: pascal' names are in PascalCase; "
                "this document is too, when it is asked for so."}};
    }

    /// The typed error, as every door gives it.
    [[nodiscard]] Json errorSchema() const
    {
        Json codes = Json::array();
        for (const ErrorTraits& traits : errorCatalogue())
            codes.push_back(textOf(traits.name));
        const Json text{{"type", "string"}};
        Json error{{"type", "object"}, {"required", Json::array()},
            {"properties",
                {{name("code"), {{"type", "string"}, {"enum", std::move(codes)}}}, {name("error_class"), text},
                    {name("severity"), text}, {name("recoverable"), {{"type", "boolean"}}}, {name("recovery"), text},
                    {name("message"), text}, {name("help"), text}}}};
        for (const auto& [property, schema] : error["properties"].items())
            error["required"].push_back(property);
        for (const char* known :
            {"operation", "model_id", "component_id", "device_id", "field", "path", "holder", "memory_type", "feature"})
            error["properties"][name(known)] = text;
        for (const char* known : {"required_bytes", "available_bytes", "system_code"})
            error["properties"][name(known)] = {{"type", "integer"}};
        const Json step{
            {"type", "object"}, {"properties", {{name("action"), text}, {name("freed_bytes"), {{"type", "integer"}}}}}};
        error["properties"][name("tried")] = {{"type", "array"}, {"items", step}};
        return {{"type", "object"}, {"required", Json::array({name("error")})},
            {"properties", {{name("error"), std::move(error)}}}};
    }

    [[nodiscard]] Json operation(const RestRoute& route) const
    {
        const OperationSpec& spec = *route.operation;
        Json operation{{"operationId", operationId(route)}, {"tags", Json::array({textOf(spec.family.text())})},
            {"summary", textOf(spec.summary)}, {"parameters", parameters(route)}};
        if (route.method == "POST")
            operation["requestBody"] = {{"required", true}, {"content", content(bodySchema(route))}};
        operation["responses"] = responses(route);
        return operation;
    }

    /// The full name; in PascalCase with the underscore at which generators make a class of each family.
    [[nodiscard]] std::string operationId(const RestRoute& route) const
    {
        const OperationSpec& spec = *route.operation;
        const bool isPascal = m_naming == RestNaming::Pascal;
        std::string id = name(spec.family.text()) + (isPascal ? "_" : ".") + name(spec.name.text());
        if (isWithoutItem(route))
            id += name((isPascal ? "without_" : "_without_") + std::string{spec.family.text()} + "_id");
        return id;
    }

    /// The second route of an operation.
    static bool isWithoutItem(const RestRoute& route)
    {
        return !route.item && std::ranges::any_of(route.operation->fields, [&](const FieldSpec& field) {
            return isItem(route, field);
        });
    }

    /// What stands in the path, or is left out with it.
    static bool isItem(const RestRoute& route, const FieldSpec& field)
    {
        return field.name.text() == std::string{route.operation->family.text()} + "_id";
    }

    [[nodiscard]] Json parameters(const RestRoute& route) const
    {
        Json parameters = Json::array();
        if (m_naming == RestNaming::Pascal)
            parameters.push_back({{"name", "X-Naming"}, {"in", "header"}, {"required", true},
                {"schema", {{"type", "string"}, {"enum", Json::array({"pascal"})}}}});
        if (route.item)
            parameters.push_back({{"name", toCamelCase(route.item->name.text()).value_or("")}, {"in", "path"},
                {"required", true}, {"description", textOf(route.item->help)}, {"schema", schemaOf(*route.item)}});
        for (const FieldSpec& field : route.operation->fields) {
            if (route.method == "POST" || isItem(route, field))
                continue;
            parameters.push_back(
                {{"name", name(field.name.text())}, {"in", "query"}, {"required", field.presence == Presence::Required},
                    {"description", textOf(field.help)}, {"schema", schemaOf(field)}});
        }
        return parameters;
    }

    [[nodiscard]] Json bodySchema(const RestRoute& route) const
    {
        Json properties = Json::object();
        Json required = Json::array();
        for (const FieldSpec& field : route.operation->fields) {
            if (isItem(route, field))
                continue;
            Json schema = schemaOf(field);
            schema["description"] = textOf(field.help);
            properties[name(field.name.text())] = std::move(schema);
            if (field.presence == Presence::Required)
                required.push_back(name(field.name.text()));
        }
        Json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
        if (!required.empty())
            schema["required"] = std::move(required);
        return schema;
    }

    [[nodiscard]] Json responses(const RestRoute& route) const
    {
        Json responses = Json::object();
        for (const unsigned status : statusesOf(route)) {
            Json response{{"description", textOf(reasonOf(status))},
                {"content", content(status >= 400 ? Json{{"$ref", kErrorSchema}} : successSchema(route, status))}};
            responses[std::to_string(status)] = std::move(response);
        }
        return responses;
    }

    [[nodiscard]] Json successSchema(const RestRoute& route, unsigned status) const
    {
        if (status == 202) {
            return {{"type", "object"}, {"required", Json::array({name("job_id")})},
                {"properties", {{name("job_id"), integerSchema(1, std::numeric_limits<std::int64_t>::max())}}}};
        }
        return {{"type", "object"}, {"description", textOf(route.operation->answer)}};
    }

    const RestRoutes& m_routes;
    const RestNaming m_naming;
};

} // namespace

Json schemaOf(const FieldSpec& field)
{
    Json schema = plainSchemaOf(field);
    if (field.clearing == Clearing::No)
        return schema;
    // What the field is about goes with null, an empty text or an empty list.
    Json either = Json::array({std::move(schema), {{"type", "null"}}});
    if (field.type == FieldType::Text)
        either.push_back({{"const", ""}});
    if (field.type == FieldType::TextList)
        either.push_back({{"type", "array"}, {"maxItems", 0}});
    return {{"anyOf", std::move(either)}};
}

std::vector<unsigned> statusesOf(const RestRoute& route)
{
    const OperationSpec& spec = *route.operation;
    std::set<unsigned> statuses{kOfAll.begin(), kOfAll.end()};
    for (const ErrorCode code : spec.errors)
        statuses.insert(statusOf(code));
    if (route.method == "POST")
        statuses.insert({413, 415});
    if (spec.duration == Duration::Long)
        statuses.insert(statusOf(ErrorCode::Cancelled));
    if (spec.duration == Duration::Long && route.method != "GET")
        statuses.insert(202);
    return {statuses.begin(), statuses.end()};
}

Json openApiDocument(const RestRoutes& routes, RestNaming naming) { return OpenApiWriter{routes, naming}.document(); }

} // namespace weightroom::engine
