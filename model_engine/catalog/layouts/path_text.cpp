// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/path_text.h"

#include "model_engine/catalog/metadata/value_readers.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace weightroom::engine {
namespace {

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// A "$NAME" or "${NAME}" at the beginning of a text.
struct Variable {
    std::string name;
    std::size_t length = 1; ///< in the text; with an empty name it is a dollar sign of its own
};

Variable variableAt(std::string_view text)
{
    const bool isBraced = text.size() > 1 && text[1] == '{';
    const std::size_t begin = isBraced ? 2 : 1;
    const auto behind = std::ranges::find_if_not(text.substr(begin), isNameCharacter);
    const std::size_t end = begin + static_cast<std::size_t>(behind - text.substr(begin).begin());
    if (end == begin || (isBraced && (end == text.size() || text[end] != '}')))
        return {};
    return {std::string{text.substr(begin, end - begin)}, isBraced ? end + 1 : end};
}

std::optional<std::string> environment(const std::string& name)
{
    const char* value = name.empty() ? nullptr : std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

std::string withVariables(std::string_view text)
{
    std::string expanded;
    while (!text.empty()) {
        if (text.front() != '$') {
            expanded.push_back(text.front());
            text.remove_prefix(1);
            continue;
        }
        const Variable variable = variableAt(text);
        expanded += environment(variable.name).value_or(std::string{text.substr(0, variable.length)});
        text.remove_prefix(variable.length);
    }
    return expanded;
}

std::string withHome(std::string text)
{
    const bool isHome = text == "~" || text.starts_with("~/");
    const auto home = isHome ? environment("HOME") : std::nullopt;
    return home ? *home + text.substr(1) : text;
}

/// Reads one text as a shell does.
class ShellReader {
public:
    explicit ShellReader(std::string_view text)
        : m_text(text)
    {
    }
    [[nodiscard]] std::vector<std::string> words()
    {
        while (skipToWord())
            m_words.push_back(word());
        return std::move(m_words);
    }

private:
    /// False at the end.
    bool skipToWord()
    {
        while (!m_text.empty() && (isSpace(m_text.front()) || m_text.front() == '#')) {
            const bool isComment = m_text.front() == '#';
            m_text.remove_prefix(isComment ? std::min(m_text.find('\n'), m_text.size()) : 1);
        }
        return !m_text.empty();
    }
    std::string word()
    {
        std::string word;
        while (!m_text.empty() && !isSpace(m_text.front())) {
            const char c = take();
            if (c == '\'' || c == '"')
                takeQuoted(c, word);
            else if (c != '\\')
                word.push_back(c);
            else if (!m_text.empty())
                takeEscaped(word);
        }
        return word;
    }
    void takeQuoted(char quote, std::string& word)
    {
        while (!m_text.empty()) {
            const char c = take();
            if (c == quote)
                return;
            const bool isEscape = c == '\\' && quote == '"' && !m_text.empty()
                && std::string_view{"\\\"$`\n"}.find(m_text.front()) != std::string_view::npos;
            if (isEscape)
                takeEscaped(word);
            else
                word.push_back(c);
        }
    }
    /// A line that ends with a backslash goes on in the next one.
    void takeEscaped(std::string& word)
    {
        if (const char c = take(); c != '\n')
            word.push_back(c);
    }
    char take()
    {
        const char c = m_text.front();
        m_text.remove_prefix(1);
        return c;
    }

    std::string_view m_text;
    std::vector<std::string> m_words;
};

} // namespace

std::filesystem::path configuredPath(std::string_view text, const std::filesystem::path& base)
{
    const std::filesystem::path path = (base / withHome(withVariables(trimmed(text)))).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

std::vector<std::string> splitText(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(separator));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (!trimmed(part).empty())
            parts.emplace_back(trimmed(part));
    }
    return parts;
}

std::vector<std::string> shellWords(std::string_view text) { return ShellReader{text}.words(); }

} // namespace weightroom::engine
