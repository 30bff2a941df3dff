// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"

#include <cmath>
#include <limits>
#include <vector>

namespace weightroom::test {

/// A value that a field of a type may have, whatever its limits and closed sets say.
[[nodiscard]] inline engine::Json goodValue(const engine::FieldSpec& field)
{
    using engine::FieldType;
    using engine::Json;
    const std::string text{field.allowed.empty() ? std::string_view{"text"} : field.allowed.front()};
    const std::int64_t number = std::max<std::int64_t>(field.minimum, 0);
    switch (field.type) {
    case FieldType::Text:
        return text;
    case FieldType::Path:
        return "/folder";
    case FieldType::Integer:
        return number;
    case FieldType::Boolean:
        return true;
    case FieldType::TextList:
        return Json::array({text});
    case FieldType::PathList:
        return Json::array({"/folder"});
    case FieldType::IntegerList:
        return Json::array({1048576});
    case FieldType::Number:
        return 0.5;
    case FieldType::None:
        break;
    }
    return nullptr;
}

/// Twenty values of which a field takes only those of its type: the others must be refused, each of them.
[[nodiscard]] inline std::vector<engine::Json> strangeValues()
{
    using engine::Json;
    return {nullptr, true, 0, -1, 1.5, -0.0, 1e300, std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(), "", "../relative",
        std::string{"/nul\0byte", 9}, std::string(10'240, 'x'), Json::array(), Json::array({nullptr}),
        Json::array({Json::array()}), Json::array({"relative", 5}), Json::object(), Json{{"text", "/folder"}}};
}

/// Whether a value is one that a field of this type could have, its limits and closed set aside.
[[nodiscard]] inline bool isOfType(const engine::Json& value, engine::FieldType type)
{
    using engine::FieldType;
    const auto isText = [](const engine::Json& text) {
        return text.is_string() && !text.get_ref<const std::string&>().empty()
            && text.get_ref<const std::string&>().find('\0') == std::string::npos;
    };
    const auto isPath = [&](const engine::Json& path) {
        return isText(path) && path.get_ref<const std::string&>().front() == '/';
    };
    const auto isListOf = [&](const auto& isItem) { return value.is_array() && std::ranges::all_of(value, isItem); };
    switch (type) {
    case FieldType::Text:
        return isText(value);
    case FieldType::Path:
        return isPath(value);
    case FieldType::Integer:
        return value.is_number_integer();
    case FieldType::Boolean:
        return value.is_boolean();
    case FieldType::TextList:
        return isListOf(isText);
    case FieldType::PathList:
        return isListOf(isPath);
    case FieldType::IntegerList:
        return isListOf([](const engine::Json& item) { return item.is_number_integer(); });
    case FieldType::Number:
        return value.is_number() && std::isfinite(value.get<double>());
    case FieldType::None:
        break;
    }
    return false;
}

} // namespace weightroom::test
