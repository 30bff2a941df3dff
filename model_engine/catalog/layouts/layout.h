// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace weightroom::engine {

/// Whose way of laying out folders a library follows (D1). The text form is that of the answers: "comfyui", "a1111", …
enum class LibraryLayout : std::uint8_t {
    None = 0,
    Weightroom, ///< base-models, loras, controlnet, vaes, textual-inversions
    ComfyUi,
    A1111, ///< and Forge
    SdNext,
    StabilityMatrix,
    SwarmUi,
    Fooocus,
    InvokeAi,
    HuggingFaceCache, ///< folders "models--org--name"
    ModelScopeCache, ///< folders "org/name", each with a hidden index
    LmStudio, ///< folders "publisher/repository"
    Ollama, ///< blobs, and manifests that name them
};
inline constexpr LibraryLayout kLastLibraryLayout = LibraryLayout::Ollama;

/// Whether the configuration files of programs are read, for the folders that they name.
enum class LayoutConfiguration : std::uint8_t { Ignored = 0, Followed };

[[nodiscard]] std::string_view toText(LibraryLayout layout);
/// As its users write it: "ComfyUI", "AUTOMATIC1111 / Forge".
[[nodiscard]] std::string_view titleOf(LibraryLayout layout);

} // namespace weightroom::engine
