// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/names.h"

#include <charconv>

namespace weightroom::engine {

std::optional<std::string> renamed(std::string_view name, std::span<const NamePair> modules, Naming to)
{
    const Naming from = to == Naming::Diffusers ? Naming::SingleFile : Naming::Diffusers;
    for (const NamePair& module : modules) {
        const std::string_view own = module.in(from);
        if (!name.starts_with(own))
            continue;
        const std::string_view rest = name.substr(own.size());
        if (rest.empty() || rest.starts_with('.'))
            return std::string{module.in(to)}.append(rest);
    }
    return std::nullopt;
}

bool NameReader::take(std::string_view beginning)
{
    if (!m_rest.starts_with(beginning))
        return false;
    m_rest.remove_prefix(beginning.size());
    return true;
}

std::optional<std::uint32_t> NameReader::takeNumber()
{
    constexpr std::size_t kMostDigits = 3;
    const std::size_t digits = m_rest.find('.');
    if (digits == std::string_view::npos || digits > kMostDigits)
        return std::nullopt;
    std::uint32_t number = 0;
    const char* end = m_rest.data() + digits;
    const auto [stop, error] = std::from_chars(m_rest.data(), end, number);
    const bool isPadded = digits > 1 && m_rest.front() == '0'; // would be another name when it is written again
    if (error != std::errc{} || stop != end || isPadded)
        return std::nullopt;
    m_rest.remove_prefix(digits + 1);
    return number;
}

std::optional<std::string> joined(std::string beginning, std::optional<std::string> name)
{
    if (!name)
        return std::nullopt;
    return std::move(beginning) + *name;
}

} // namespace weightroom::engine
