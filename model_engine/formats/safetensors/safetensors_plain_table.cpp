// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_plain_table.h"

#include "model_engine/formats/safetensors/seen_keys.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weightroom::engine {
namespace {

/// A character in each of the eight bytes.
constexpr std::uint64_t repeated(unsigned char character) { return 0x0101010101010101U * character; }

/// Bytes of ASCII that are no control characters.
bool isPlain(std::string_view text)
{
    const auto isWrong = [](std::uint64_t bytes) {
        // The highest bit of each byte: that of the byte itself, or the borrow of one below the space.
        return (bytes | (bytes - repeated(' '))) & repeated(0x80);
    };
    std::uint64_t wrong = 0;
    std::size_t at = 0;
    for (; text.size() - at >= sizeof wrong; at += sizeof wrong) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        wrong |= isWrong(bytes);
    }
    std::uint64_t last = repeated(' ');
    std::memcpy(&last, text.data() + at, text.size() - at);
    return (wrong | isWrong(last)) == 0;
}

constexpr bool isDigit(char c) { return c >= '0' && c <= '9'; }

class PlainTable {
public:
    /// The text ends with a brace: the loops over digits end before it.
    explicit PlainTable(std::string_view text)
        : m_rest(text)
    {
    }

    /// Overwrites the entries that are there.
    [[nodiscard]] bool read(std::vector<TensorEntry>& entries)
    {
        std::size_t count = 0;
        do {
            if (!readEntry(count < entries.size() ? entries[count] : entries.emplace_back()))
                return false;
            ++count;
        } while (skip(","));
        entries.resize(count);
        return skip("}") && m_rest.empty();
    }

private:
    bool skip(std::string_view text)
    {
        if (!m_rest.starts_with(text))
            return false;
        m_rest.remove_prefix(text.size());
        return true;
    }

    /// Up to the next quote, which is skipped.
    bool readText(std::string_view& text)
    {
        const std::size_t end = m_rest.find('"');
        if (end == std::string_view::npos)
            return false;
        text = m_rest.substr(0, end);
        m_rest.remove_prefix(end + 1);
        return true;
    }

    bool readNumber(std::uint64_t& number)
    {
        constexpr std::size_t kMostDigits = 18;
        std::size_t digits = 0;
        for (number = 0; isDigit(m_rest[digits]) && digits < kMostDigits; ++digits)
            number = number * 10 + static_cast<std::uint64_t>(m_rest[digits] - '0');
        const bool isNumber = digits > 0 && !isDigit(m_rest[digits]) && (digits == 1 || m_rest.front() != '0');
        m_rest.remove_prefix(digits);
        return isNumber;
    }

    bool readDtype(Dtype& dtype)
    {
        std::string_view name;
        if (!readText(name))
            return false;
        if (name.empty() || name != m_lastDtypeName) {
            const auto known = dtypeFromSafetensors(name);
            if (!known)
                return false;
            m_lastDtypeName = name;
            m_lastDtype = *known;
        }
        dtype = m_lastDtype;
        return true;
    }

    bool readShape(Shape& shape)
    {
        shape.dimensions.clear();
        if (skip("]"))
            return true;
        do {
            if (!readNumber(shape.dimensions.emplace_back()))
                return false;
        } while (skip(", ") || skip(",")); // our own writer puts a space
        return skip("]");
    }

    bool readRange(ByteRange& range)
    {
        std::uint64_t end = 0;
        if (!readNumber(range.begin) || !skip(",") || !readNumber(end) || end < range.begin)
            return false;
        range.size = Bytes{end - range.begin};
        return skip("]");
    }

    bool readEntry(TensorEntry& entry)
    {
        std::string_view name;
        if (!skip("\"") || !readText(name) || name == "__metadata__")
            return false;
        entry.name = name;
        entry.file = 0;
        entry.strides.clear();
        const bool isRead = skip(":{\"dtype\":\"") && readDtype(entry.dtype) && skip(",\"shape\":[")
            && readShape(entry.shape) && skip(",\"data_offsets\":[") && readRange(entry.range) && skip("}");
        const auto elements = isRead ? entry.shape.elements() : std::nullopt;
        return elements && bytesOf(entry.dtype, *elements) == entry.range.size;
    }

    std::string_view m_rest;
    std::string_view m_lastDtypeName; ///< of the tensor before: most have the same
    Dtype m_lastDtype = Dtype::Unknown;
};

bool areUnique(const std::vector<TensorEntry>& entries)
{
    // The reference library writes all tensors of one type in the order of their names.
    const auto isNotBefore = [](const TensorEntry& a, const TensorEntry& b) { return a.name >= b.name; };
    if (std::ranges::adjacent_find(entries, isNotBefore) == entries.end())
        return true;
    SeenKeys seen{entries.size()};
    return std::ranges::all_of(entries, [&seen](const TensorEntry& entry) { return seen.insert(entry.name); });
}

} // namespace

std::optional<std::vector<TensorEntry>> readPlainTable(std::string_view tensors, std::vector<TensorEntry> used)
{
    // Writers fill up with spaces, so that the data begin at a round place.
    tensors = tensors.substr(0, tensors.find_last_not_of(' ') + 1);
    const bool isOther = !tensors.ends_with('}') || tensors.find('\\') != std::string_view::npos || !isPlain(tensors);
    constexpr std::size_t kUsualLength = 128; // of an entry's text
    used.reserve(tensors.size() / kUsualLength);
    if (isOther || !PlainTable{tensors}.read(used) || !areUnique(used))
        return std::nullopt;
    return used;
}

} // namespace weightroom::engine
