// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

// One converter for every name that crosses a boundary (N1). The rules:
//   - the name inside the program and on the wire is snake_case: words of [a-z][a-z0-9]*, joined by single underscores;
//   - PascalCase and camelCase begin each word with a capital (camelCase not the first one);
//   - an acronym is a word like any other: vram_usage <-> vramUsage <-> VramUsage;
//   - digits belong to the word before them: sha256, fp16, sd15_base <-> Sd15Base;
//   - a name never begins with the word "id" followed by another word: it is model_id, never id_model (N3).

/// True for a name that can be registered: valid snake_case that survives the way to PascalCase and camelCase and back.
[[nodiscard]] constexpr bool isRegistrableName(std::string_view snake);

namespace detail {

constexpr bool isLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }
constexpr char toLower(char c) { return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char toUpper(char c) { return isLower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool isSnakeCase(std::string_view name)
{
    bool atWordStart = true;
    for (const char c : name) {
        if (atWordStart ? !isLower(c) : !(isLower(c) || isDigit(c) || c == '_'))
            return false;
        atWordStart = c == '_';
    }
    return !atWordStart;
}

constexpr bool hasIdFirst(std::string_view snake) { return snake.starts_with("id_"); }

enum class FirstWord : std::uint8_t { Small, Capital };

constexpr std::string capitalizeWords(std::string_view snake, FirstWord firstWord)
{
    std::string out;
    bool atWordStart = firstWord == FirstWord::Capital;
    for (const char c : snake) {
        if (c == '_') {
            atWordStart = true;
            continue;
        }
        out.push_back(atWordStart ? toUpper(c) : c);
        atWordStart = false;
    }
    return out;
}

} // namespace detail

/// get_model -> GetModel; nothing when the name is not registrable.
[[nodiscard]] constexpr std::optional<std::string> toPascalCase(std::string_view snake)
{
    if (!detail::isSnakeCase(snake) || detail::hasIdFirst(snake))
        return std::nullopt;
    return detail::capitalizeWords(snake, detail::FirstWord::Capital);
}

/// model_id -> modelId; nothing when the name is not registrable.
[[nodiscard]] constexpr std::optional<std::string> toCamelCase(std::string_view snake)
{
    if (!detail::isSnakeCase(snake) || detail::hasIdFirst(snake))
        return std::nullopt;
    return detail::capitalizeWords(snake, detail::FirstWord::Small);
}

/// GetModel, getModel -> get_model; nothing for anything that is not PascalCase or camelCase, or that puts "id" first.
[[nodiscard]] constexpr std::optional<std::string> toSnakeCase(std::string_view pascalOrCamel)
{
    std::string out;
    for (const char c : pascalOrCamel) {
        if (detail::isUpper(c) && !out.empty())
            out.push_back('_');
        out.push_back(detail::toLower(c));
        if (!detail::isUpper(c) && !detail::isLower(c) && !detail::isDigit(c))
            return std::nullopt;
    }
    if (!detail::isSnakeCase(out) || detail::hasIdFirst(out))
        return std::nullopt;
    return out;
}

constexpr bool isRegistrableName(std::string_view snake)
{
    const auto pascal = toPascalCase(snake);
    const auto camel = toCamelCase(snake);
    return pascal && camel && toSnakeCase(*pascal) == snake && toSnakeCase(*camel) == snake;
}

/// A name that is proved at compile time to survive the round trip (N2): a name that does not is a compile error.
class Name {
public:
    /// Not explicit: a literal is a name wherever one is asked for.
    consteval Name(const char* snake)
        : m_text(snake)
    {
        if (!isRegistrableName(m_text))
            throw "not a registrable name: snake_case, no word 'id' in front";
    }
    /// As it was given: snake_case.
    [[nodiscard]] constexpr std::string_view text() const { return m_text; }
    friend constexpr bool operator==(Name, Name) = default;

private:
    std::string_view m_text;
};

} // namespace weightroom::engine
