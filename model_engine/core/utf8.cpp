// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/utf8.h"

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
        return { 1, byte, 0 };
    if ((byte & 0xE0) == 0xC0)
        return { 2, byte & 0x1FU, 0x80 };
    if ((byte & 0xF0) == 0xE0)
        return { 3, byte & 0x0FU, 0x800 };
    if ((byte & 0xF8) == 0xF0)
        return { 4, byte & 0x07U, 0x10000 };
    return { 0, 0, 0 };
}

constexpr bool isScalar(std::uint32_t codePoint) { return codePoint <= 0x10FFFF && (codePoint < 0xD800 || codePoint > 0xDFFF); }

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
    return { codePoint, lead.length, true };
}

bool isControlOrBidi(std::uint32_t codePoint)
{
    const bool isControl = codePoint < 0x20 || (codePoint >= 0x7F && codePoint <= 0x9F) || codePoint == 0x2028 || codePoint == 0x2029;
    const bool isBidi = codePoint == 0x200E || codePoint == 0x200F || codePoint == 0x061C || (codePoint >= 0x202A && codePoint <= 0x202E)
        || (codePoint >= 0x2066 && codePoint <= 0x2069);
    return isControl || isBidi;
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
        out += next.isValid ? text.substr(0, next.length) : std::string_view { "\xEF\xBF\xBD" };
        text.remove_prefix(next.length);
    }
    return out;
}

} // namespace weightroom::engine
