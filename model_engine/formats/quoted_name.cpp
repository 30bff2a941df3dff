// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/quoted_name.h"

#include "model_engine/core/utf8.h"

namespace weightroom::engine {
namespace {

/// The longest tensor names of real models have about 120 bytes.
constexpr std::size_t kLongestShown = 160;

} // namespace

std::string quotedName(std::string_view name)
{
    if (name.size() <= kLongestShown)
        return "'" + std::string{name} + "'";
    std::size_t cut = 0;
    for (std::size_t next = 0; next <= kLongestShown; next += decodeUtf8(name.substr(next)).length)
        cut = next;
    return "'" + std::string{name.substr(0, cut)} + "…'";
}

} // namespace weightroom::engine
