// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Who writes such a file beside a model, in the order in which they are believed among equals.
enum class SidecarDialect : std::uint8_t {
    None = 0,
    A1111, ///< x.json: what users of A1111 and Forge note
    LoraManager, ///< x.metadata.json: ComfyUI-Lora-Manager
    StabilityMatrix, ///< x.cm-info.json
    CivitaiInfo, ///< x.civitai.info: Civitai Helper, SD.Next and others
    SwarmUi, ///< x.swarm.json
    Description, ///< x.description.txt, x.txt, x.md
    LdmConfig, ///< x.yaml: the configuration of a checkpoint
};
/// "a1111", "lora_manager", "stability_matrix", "civitai_info", "swarm_ui", "description", "ldm_config"
[[nodiscard]] std::string_view toText(SidecarDialect dialect);

struct SidecarFile {
    std::filesystem::path path;
    SidecarDialect dialect = SidecarDialect::None;
};

enum class PreviewKind : std::uint8_t { None = 0, Image, Video };
[[nodiscard]] std::string_view toText(PreviewKind kind); ///< "image", "video"

struct PreviewFile {
    std::filesystem::path path;
    PreviewKind kind = PreviewKind::None;
};

/// The files that belong to a model: its name without the extension, and an ending of theirs. They move with it.
struct Companions {
    std::vector<SidecarFile> sidecars; ///< in the order of the dialects
    std::vector<PreviewFile> previews; ///< the first is the one to show
    std::vector<std::filesystem::path> pairedVaes; ///< x.vae.safetensors, x.vae.pt
};

/// Looks into the model's folder once. Only names are looked at; whether such a file can be read shows when it is read.
/// Endings are compared without regard to case. Errors: those of opening the folder, and IoError.
[[nodiscard]] Result<Companions> companionsOf(const std::filesystem::path& model);

/// Pure: what belongs to a model of this stem among the names in its folder.
[[nodiscard]] Companions companionsAmong(
    const std::filesystem::path& folder, std::string_view stem, std::span<const std::string> names);

/// The path beside a model under which a program of this dialect looks for its file.
[[nodiscard]] std::filesystem::path sidecarPath(const std::filesystem::path& model, SidecarDialect dialect);

} // namespace weightroom::engine
