// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/operation.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <filesystem>

namespace weightroom::engine {
namespace {

ErrorContext contextOf(const OperationSpec& spec, std::string_view field)
{
    return {.operation = std::string{spec.name.text()}, .field = std::string{field}};
}

tl::unexpected<Error> invalid(const OperationSpec& spec, const FieldSpec& field, std::string reason)
{
    const std::string name{field.name.text()};
    return fail(ErrorCode::InvalidValue, "field '" + name + "' " + std::move(reason), contextOf(spec, name));
}

bool isInLimits(const FieldSpec& field, std::int64_t value) { return value >= field.minimum && value <= field.maximum; }

std::string limitsText(const FieldSpec& field)
{
    return "from " + std::to_string(field.minimum) + " to " + std::to_string(field.maximum);
}

Result<> checkInteger(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (!value.is_number_integer())
        return invalid(spec, field, "must be a whole number");
    // An unsigned value beyond the signed range would wrap in get<std::int64_t>().
    const bool isTooLarge = value.is_number_unsigned()
        && value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (isTooLarge || !isInLimits(field, value.get<std::int64_t>()))
        return invalid(spec, field, "must be " + limitsText(field));
    return {};
}

Result<> checkAllowed(const OperationSpec& spec, const FieldSpec& field, const std::string& text)
{
    if (field.allowed.empty() || std::ranges::find(field.allowed, text) != field.allowed.end())
        return {};
    std::string values;
    for (const std::string_view allowed : field.allowed)
        values.append(values.empty() ? "" : ", ").append(allowed);
    return invalid(spec, field, "is '" + text + "', allowed are " + values);
}

Result<> checkText(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (!value.is_string())
        return invalid(spec, field, "must be a text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty() || text.find('\0') != std::string::npos)
        return invalid(spec, field, "must not be empty and must not hold a NUL");
    return checkAllowed(spec, field, text);
}

Result<> checkPath(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (auto checked = checkText(spec, field, value); !checked)
        return checked;
    if (!std::filesystem::path{value.get_ref<const std::string&>()}.is_absolute())
        return invalid(spec, field, "must be an absolute path, not '" + value.get<std::string>() + "'");
    return {};
}

Result<> checkBoolean(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (!value.is_boolean())
        return invalid(spec, field, "must be true or false");
    return {};
}

Result<> checkNumber(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        return invalid(spec, field, "must be a number");
    return {};
}

/// The empty value of the field's own type, or null.
bool clears(const FieldSpec& field, const Json& value)
{
    if (field.clearing == Clearing::No)
        return false;
    if (field.type == FieldType::Text && value.is_string())
        return value.get_ref<const std::string&>().empty();
    return value.is_null() || (field.type == FieldType::TextList && value.is_array() && value.empty());
}

using Check = Result<> (*)(const OperationSpec&, const FieldSpec&, const Json&);

template <Check checkItem>
Result<> checkList(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    if (!value.is_array())
        return invalid(spec, field, "must be a list");
    if (!isInLimits(field, static_cast<std::int64_t>(value.size())))
        return invalid(spec, field, "has " + std::to_string(value.size()) + " entries, must be " + limitsText(field));
    FieldSpec item = field; // the limits of a list are those of its length
    item.minimum = 0;
    item.maximum = std::numeric_limits<std::int64_t>::max();
    for (const Json& entry : value) {
        if (auto checked = checkItem(spec, item, entry); !checked)
            return checked;
    }
    return {};
}

Result<> checkNothing(const OperationSpec& spec, const FieldSpec& field, const Json&)
{
    return fail(ErrorCode::Internal, "a field was declared without a type", contextOf(spec, field.name.text()));
}

Result<> checkValue(const OperationSpec& spec, const FieldSpec& field, const Json& value)
{
    // In the order of FieldType.
    static constexpr std::array<Check, 9> kChecks{checkNothing, checkText, checkPath, checkInteger, checkBoolean,
        checkList<checkText>, checkList<checkPath>, checkList<checkInteger>, checkNumber};
    if (clears(field, value))
        return {};
    return kChecks[static_cast<std::size_t>(field.type)](spec, field, value);
}

} // namespace

std::string Arguments::text(std::string_view field, std::string_view otherwise) const
{
    return has(field) ? m_values.at(std::string{field}).get<std::string>() : std::string{otherwise};
}

std::int64_t Arguments::integer(std::string_view field, std::int64_t otherwise) const
{
    return has(field) ? m_values.at(std::string{field}).get<std::int64_t>() : otherwise;
}

bool Arguments::boolean(std::string_view field, bool otherwise) const
{
    return has(field) ? m_values.at(std::string{field}).get<bool>() : otherwise;
}

std::vector<std::string> Arguments::texts(std::string_view field) const
{
    return has(field) ? m_values.at(std::string{field}).get<std::vector<std::string>>() : std::vector<std::string>{};
}

std::string OperationSpec::fullName() const { return std::string{family.text()} + "." + std::string{name.text()}; }

void OperationRegistry::add(OperationSpec spec)
{
    assert(!find(spec.fullName()) && "an operation is declared once");
    m_operations.push_back(std::move(spec));
}

const OperationSpec* OperationRegistry::find(std::string_view fullName) const
{
    const auto found =
        std::ranges::find_if(m_operations, [&](const OperationSpec& spec) { return spec.fullName() == fullName; });
    return found == m_operations.end() ? nullptr : &*found;
}

Result<Arguments> validate(const OperationSpec& spec, const Json& request)
{
    if (!request.is_object())
        return fail(ErrorCode::InvalidValue, "the fields of a request must be a JSON object", contextOf(spec, {}));
    for (const auto& [name, value] : request.items()) {
        const auto field =
            std::ranges::find_if(spec.fields, [&name = name](const FieldSpec& f) { return f.name.text() == name; });
        if (field == spec.fields.end())
            return fail(
                ErrorCode::UnknownField, spec.fullName() + " has no field '" + name + "'", contextOf(spec, name));
        if (auto checked = checkValue(spec, *field, value); !checked)
            return fail(std::move(checked).error());
    }
    for (const FieldSpec& field : spec.fields) {
        const std::string name{field.name.text()};
        if (field.presence == Presence::Required && !request.contains(name))
            return fail(
                ErrorCode::MissingField, spec.fullName() + " needs the field '" + name + "'", contextOf(spec, name));
    }
    return Arguments{request};
}

} // namespace weightroom::engine
