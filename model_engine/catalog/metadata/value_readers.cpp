// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/value_readers.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace weightroom::engine {
namespace {

/// How Python programs write that there is nothing.
constexpr std::string_view kPythonNone = "None";
/// SHA-256 of no bytes.
constexpr std::string_view kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The text without white space; nothing when it is none or too long, empty when it says nothing.
std::optional<std::string_view> textOf(const Json& value)
{
    if (value.is_null())
        return std::string_view{};
    if (!value.is_string() || value.get_ref<const std::string&>().size() > kLongestMetadataText)
        return std::nullopt;
    const std::string_view text = trimmed(value.get_ref<const std::string&>());
    return text == kPythonNone ? std::string_view{} : text;
}

/// All of the text as a number.
template <class Number>
std::optional<Number> numberIn(std::string_view text)
{
    Number number{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

/// Null for an empty text, otherwise what `read` makes of it.
template <class Read>
std::optional<Json> fromText(const Json& value, Read read)
{
    const auto text = textOf(value);
    if (!text)
        return std::nullopt;
    return text->empty() ? Json(nullptr) : read(*text);
}

/// A JSON document inside a text; nothing when it is none.
std::optional<Json> embedded(std::string_view text)
{
    auto document = parseJson(text, {.maxBytes = kLongestMetadataText, .maxDepth = 16});
    return document ? std::optional{std::move(*document)} : std::nullopt;
}

/// Each text once, without those that say nothing.
class TextList {
public:
    void add(std::string_view text)
    {
        text = trimmed(text);
        if (!text.empty() && m_seen.insert(std::string{text}).second)
            m_texts.push_back(std::string{text});
    }
    [[nodiscard]] std::optional<Json> take()
    {
        if (m_texts.size() > kMostMetadataTexts)
            return std::nullopt;
        return m_texts.empty() ? Json(nullptr) : std::move(m_texts);
    }

private:
    std::set<std::string> m_seen;
    Json m_texts = Json::array();
};

std::optional<Json> listOf(const Json& value)
{
    TextList texts;
    for (const Json& entry : value) {
        const auto text = textOf(entry);
        if (!text)
            return std::nullopt;
        texts.add(*text);
    }
    return texts.take();
}

Json splitAtCommas(std::string_view text)
{
    TextList texts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        texts.add(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return texts.take().value_or(nullptr);
}

bool isHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

} // namespace

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kWhiteSpace = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kWhiteSpace);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

std::optional<Json> readText(const Json& value)
{
    return fromText(value, [](std::string_view text) { return std::optional<Json>{std::string{text}}; });
}

std::optional<Json> readInteger(const Json& value)
{
    if (value.is_number_integer())
        return value;
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        const auto number = numberIn<std::int64_t>(text);
        return number ? std::optional<Json>{*number} : std::nullopt;
    });
}

std::optional<Json> readNumber(const Json& value)
{
    if (value.is_number())
        return value;
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        const auto number = numberIn<double>(text); // takes "nan" and "inf" too
        return number && std::isfinite(*number) ? std::optional<Json>{*number} : std::nullopt;
    });
}

std::optional<Json> readWeight(const Json& value)
{
    auto weight = readNumber(value);
    if (weight && weight->is_number() && weight->get<double>() == 0.0)
        return Json(nullptr);
    return weight;
}

std::optional<Json> readBoolean(const Json& value)
{
    if (value.is_boolean())
        return value;
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        const std::string word = lowerCase(std::string{text});
        if (word != "true" && word != "false")
            return std::nullopt;
        return Json(word == "true");
    });
}

std::optional<Json> readTexts(const Json& value)
{
    if (value.is_array())
        return listOf(value);
    return fromText(value, [](std::string_view text) { return std::optional<Json>{Json::array({std::string{text}})}; });
}

std::optional<Json> readCommaTexts(const Json& value)
{
    if (value.is_array())
        return listOf(value);
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        if (const auto list = embedded(text); list && list->is_array())
            return listOf(*list);
        return splitAtCommas(text);
    });
}

std::optional<Json> readWebAddress(const Json& value)
{
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        const bool isWeb = text.starts_with("https://") || text.starts_with("http://");
        const bool isOneWord = std::ranges::none_of(text, [](char c) { return c >= '\0' && c <= ' '; });
        return isWeb && isOneWord ? std::optional<Json>{std::string{text}} : std::nullopt;
    });
}

std::optional<Json> readObject(const Json& value)
{
    if (value.is_object())
        return value.empty() ? Json(nullptr) : value;
    return fromText(value, [](std::string_view text) -> std::optional<Json> {
        auto document = embedded(text);
        return document && document->is_object() ? readObject(*document) : std::nullopt;
    });
}

std::optional<Json> readNothing(const Json&) { return Json(nullptr); }

std::optional<Json> readHashOf(const Json& value, std::size_t digits, HashLength length)
{
    return fromText(value, [=](std::string_view text) -> std::optional<Json> {
        std::string hash = lowerCase(std::string{text});
        if (hash.starts_with("0x"))
            hash.erase(0, 2);
        const bool fits = length == HashLength::Exact ? hash.size() == digits : hash.size() >= digits;
        if (!fits || !std::ranges::all_of(hash, isHexDigit))
            return std::nullopt;
        hash.resize(digits);
        return kHashOfNothing.starts_with(hash) ? Json(nullptr) : Json(std::move(hash));
    });
}

} // namespace weightroom::engine
