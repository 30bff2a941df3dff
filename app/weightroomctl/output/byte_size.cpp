// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/byte_size.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace weightroom::ctl {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array<Unit, 10> kUnits{{
    {"", 1},
    {"b", 1},
    {"kib", 1ULL << 10},
    {"mib", 1ULL << 20},
    {"gib", 1ULL << 30},
    {"tib", 1ULL << 40},
    {"kb", 1'000},
    {"mb", 1'000'000},
    {"gb", 1'000'000'000},
    {"tb", 1'000'000'000'000},
}};

} // namespace

std::optional<engine::Bytes> parseByteSize(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{})
        return std::nullopt;
    std::string unit = engine::lowerCase({rest, text.data() + text.size()});
    std::erase(unit, ' ');
    const auto known = std::ranges::find(kUnits, std::string_view{unit}, &Unit::name);
    if (known == kUnits.end())
        return std::nullopt;
    const auto bytes = engine::checkedMultiply(number, known->bytes);
    return bytes ? std::optional{engine::Bytes{*bytes}} : std::nullopt;
}

} // namespace weightroom::ctl
