// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// Whose names tensors have: those of the authors of latent diffusion, in single files, or those of diffusers and
/// transformers, in folders.
enum class Naming : std::uint8_t { None = 0, SingleFile, Diffusers };

/// A module under both its names.
struct NamePair {
    std::string_view single;
    std::string_view diffusers;

    [[nodiscard]] constexpr std::string_view in(Naming naming) const
    {
        return naming == Naming::Diffusers ? diffusers : single;
    }
};

/// `name` with the module's other name, when it is one of these modules or lies in one: "norm1.bias" for
/// "in_layers.0.bias".
[[nodiscard]] std::optional<std::string> renamed(std::string_view name, std::span<const NamePair> modules, Naming to);

/// Reads a name from its beginning to its end.
class NameReader {
public:
    explicit NameReader(std::string_view name)
        : m_rest(name)
    {
    }
    /// Goes behind `beginning` when it comes next.
    [[nodiscard]] bool take(std::string_view beginning);
    /// A number of at most three digits with a dot behind it, which is taken too.
    [[nodiscard]] std::optional<std::uint32_t> takeNumber();
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

/// `beginning` and, where there is a name, the name behind it.
[[nodiscard]] std::optional<std::string> joined(std::string beginning, std::optional<std::string> name);

} // namespace weightroom::engine
