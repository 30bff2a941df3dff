// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

struct Lead {
    std::size_t length;
    std::uint32_t bits;
    std::uint32_t smallest; ///< below it the form is overlong
};

constexpr Lead leadOf(unsigned char byte)
{
    if (byte < 0x80)
        return {1, byte, 0};
    if ((byte & 0xE0) == 0xC0)
        return {2, byte & 0x1FU, 0x80};
    if ((byte & 0xF0) == 0xE0)
        return {3, byte & 0x0FU, 0x800};
    if ((byte & 0xF8) == 0xF0)
        return {4, byte & 0x07U, 0x10000};
    return {0, 0, 0};
}

struct CodePointRange {
    std::uint32_t first;
    std::uint32_t last;
};

constexpr std::array<CodePointRange, 7> kControlOrBidi{{
    {0x00, 0x1F}, // C0 controls
    {0x7F, 0x9F}, // delete, C1 controls
    {0x061C, 0x061C}, // Arabic letter mark
    {0x200E, 0x200F}, // left-to-right mark, right-to-left mark
    {0x2028, 0x2029}, // line and paragraph separator
    {0x202A, 0x202E}, // embeddings and overrides
    {0x2066, 0x2069}, // isolates
}};

constexpr bool isScalar(std::uint32_t codePoint)
{
    return codePoint <= 0x10FFFF && (codePoint < 0xD800 || codePoint > 0xDFFF);
}

} // namespace

Utf8Character decodeUtf8(std::string_view text)
{
    const Lead lead = leadOf(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size())
        return {};
    std::uint32_t codePoint = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80)
            return {};
        codePoint = (codePoint << 6) | (byte & 0x3FU);
    }
    if (codePoint < lead.smallest || !isScalar(codePoint))
        return {};
    return {codePoint, lead.length, true};
}

bool isControlOrBidi(std::uint32_t codePoint)
{
    return std::ranges::any_of(kControlOrBidi,
        [codePoint](const CodePointRange& range) { return codePoint >= range.first && codePoint <= range.last; });
}

bool isValidUtf8(std::string_view text)
{
    while (!text.empty()) {
        const Utf8Character next = decodeUtf8(text);
        if (!next.isValid)
            return false;
        text.remove_prefix(next.length);
    }
    return true;
}

std::string toValidUtf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Character next = decodeUtf8(text);
        out += next.isValid ? text.substr(0, next.length) : std::string_view{"\xEF\xBF\xBD"};
        text.remove_prefix(next.length);
    }
    return out;
}

std::string lowerCase(std::string text)
{
    std::ranges::transform(
        text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

} // namespace weightroom::engine
