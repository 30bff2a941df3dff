// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/safetensors_builder.h"

#include <array>
#include <cstdio>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace weightroom::test {
namespace {

struct DtypeSize {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array kSizes{
    DtypeSize{"BOOL", 1},
    DtypeSize{"U8", 1},
    DtypeSize{"I8", 1},
    DtypeSize{"F8_E4M3", 1},
    DtypeSize{"F8_E5M2", 1},
    DtypeSize{"F8_E8M0", 1},
    DtypeSize{"I16", 2},
    DtypeSize{"U16", 2},
    DtypeSize{"F16", 2},
    DtypeSize{"BF16", 2},
    DtypeSize{"I32", 4},
    DtypeSize{"U32", 4},
    DtypeSize{"F32", 4},
    DtypeSize{"I64", 8},
    DtypeSize{"U64", 8},
    DtypeSize{"F64", 8},
    DtypeSize{"C64", 8},
};

std::uint64_t bytesPerElement(std::string_view dtype)
{
    for (const DtypeSize& row : kSizes) {
        if (row.name == dtype)
            return row.bytes;
    }
    throw std::invalid_argument("the builder does not know the size of " + std::string{dtype} + ": use entry()");
}

std::string shapeText(const std::vector<std::uint64_t>& shape)
{
    std::string text;
    for (const std::uint64_t dimension : shape)
        text += (text.empty() ? "" : ",") + std::to_string(dimension);
    return "[" + text + "]";
}

std::string join(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts)
        text.append(text.empty() ? "" : ",").append(part);
    return text;
}

/// FNV-1a: any spread will do, but it must be the same on every machine.
std::uint64_t seedOf(std::string_view name)
{
    return std::accumulate(name.begin(), name.end(), std::uint64_t{14695981039346656037U},
        [](std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 1099511628211U; });
}

} // namespace

SafetensorsBuilder& SafetensorsBuilder::tensor(
    std::string_view name, std::string_view dtype, const std::vector<std::uint64_t>& shape)
{
    const std::uint64_t size =
        std::accumulate(shape.begin(), shape.end(), bytesPerElement(dtype), std::multiplies<std::uint64_t>{});
    entry(name, dtype, shape, m_data.size(), m_data.size() + size);
    m_data += tensorPattern(name, size);
    return *this;
}

SafetensorsBuilder& SafetensorsBuilder::entry(std::string_view name, std::string_view dtype,
    const std::vector<std::uint64_t>& shape, std::uint64_t begin, std::uint64_t end)
{
    return rawMember(jsonString(name) + ":{\"dtype\":" + jsonString(dtype) + ",\"shape\":" + shapeText(shape)
        + ",\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}");
}

SafetensorsBuilder& SafetensorsBuilder::rawMember(std::string_view json)
{
    m_members.emplace_back(json);
    return *this;
}

SafetensorsBuilder& SafetensorsBuilder::metadata(std::string_view key, std::string_view value)
{
    m_metadata.append(m_metadata.empty() ? "" : ",").append(jsonString(key)).append(":").append(jsonString(value));
    return *this;
}

SafetensorsBuilder& SafetensorsBuilder::data(std::string_view bytes)
{
    m_data += bytes;
    return *this;
}

std::string SafetensorsBuilder::header() const
{
    std::vector<std::string> members = m_members;
    if (!m_metadata.empty())
        members.insert(members.begin(), "\"__metadata__\":{" + m_metadata + "}");
    return "{" + join(members) + "}";
}

std::string SafetensorsBuilder::build() const { return safetensorsFile(header(), m_data); }

std::string safetensorsFile(std::string_view header, std::string_view data)
{
    return safetensorsFile(header.size(), header, data);
}

std::string safetensorsFile(std::uint64_t claimedLength, std::string_view header, std::string_view data)
{
    std::string file;
    for (unsigned shift = 0; shift < 64; shift += 8)
        file.push_back(static_cast<char>((claimedLength >> shift) & 0xFFU));
    return file.append(header).append(data);
}

std::string tensorPattern(std::string_view name, std::size_t size)
{
    std::string bytes(size, '\0');
    std::uint64_t state = seedOf(name) | 1U;
    for (char& byte : bytes) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        byte = static_cast<char>(state >> 56U);
    }
    return bytes;
}

std::string jsonString(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.append("\\").push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escaped{};
            std::snprintf(
                escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escaped.data();
        } else {
            out.push_back(c);
        }
    }
    return out + "\"";
}

std::string smallSafetensorsFile()
{
    return SafetensorsBuilder()
        .metadata("format", "pt")
        .tensor("first.weight", "F16", {2, 3})
        .tensor("first.bias", "F32", {3})
        .tensor("empty", "BF16", {0, 4})
        .tensor("scale", "F64", {})
        .build();
}

} // namespace weightroom::test
