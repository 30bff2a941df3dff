// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Names of empty tensors by which programs know, in a single file, what a model predicts and how its schedule ends:
/// ComfyUI, Forge and A1111 look for them.
inline constexpr std::string_view kPredictsVMark = "v_pred";
inline constexpr std::string_view kZeroSnrMark = "ztsnr";

/// The marks that say in a single file what the configuration of the scheduler says in a diffusers folder. None for a
/// folder without one, or with one that cannot be read: it then says nothing.
[[nodiscard]] std::vector<std::string_view> marksOfScheduler(const std::filesystem::path& folder);

} // namespace weightroom::engine
