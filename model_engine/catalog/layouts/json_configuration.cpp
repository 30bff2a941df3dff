// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/configured_folders.h"

#include "model_engine/catalog/layouts/path_text.h"
#include "model_engine/catalog/metadata/value_readers.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <array>
#include <span>

namespace weightroom::engine {
namespace {

constexpr Bytes kLargestConfiguration = kMiB * 4;

struct KeyRow {
    std::string_view key; ///< its value is a path, or a list of them
    KindSet kinds;
};

using enum ModelKind;
constexpr std::array kSdNextKeys{
    KeyRow{"ckpt_dir", {Checkpoint, DiffusionModel}},
    KeyRow{"diffusers_dir", {}},
    KeyRow{"hfcache_dir", {}},
    KeyRow{"unet_dir", {DiffusionModel}},
    KeyRow{"vae_dir", {Vae}},
    KeyRow{"te_dir", {TextEncoder}},
    KeyRow{"lora_dir", {Lora}},
    KeyRow{"embeddings_dir", {TextualInversion}},
    KeyRow{"hypernetwork_dir", {Hypernetwork}},
    KeyRow{"control_dir", {Controlnet, T2iAdapter, IpAdapter, ClipVision}},
    KeyRow{"esrgan_models_path", {Upscaler}},
    KeyRow{"realesrgan_models_path", {Upscaler}},
    KeyRow{"swinir_models_path", {Upscaler}},
};
constexpr std::array kFooocusKeys{
    KeyRow{"path_checkpoints", {Checkpoint}},
    KeyRow{"path_loras", {Lora}},
    KeyRow{"path_embeddings", {TextualInversion}},
    KeyRow{"path_vae", {Vae}},
    KeyRow{"path_vae_approx", {Vae}},
    KeyRow{"path_upscale_models", {Upscaler}},
    KeyRow{"path_controlnet", {Controlnet, T2iAdapter, IpAdapter, Lora}},
    KeyRow{"path_clip_vision", {ClipVision}},
    KeyRow{"path_inpaint", {}},
};

ConfiguredFolders readKeys(const std::filesystem::path& root, std::string_view file, std::span<const KeyRow> keys)
{
    ConfiguredFolders folders;
    const auto text = readSmallFile(root / file, kLargestConfiguration);
    if (!text && text.error().code == ErrorCode::NotFound)
        return folders;
    const auto document = text ? parseJson(*text, {.maxBytes = kLargestConfiguration.value}) : fail(text.error());
    if (!document) {
        folders.problems.push_back({root / file, document.error()});
        return folders;
    }
    for (const KeyRow& row : keys) {
        const auto value = document->is_object() ? document->find(row.key) : document->end();
        const auto paths = value == document->end() ? std::nullopt : readTexts(*value);
        if (!paths || !paths->is_array())
            continue;
        for (const Json& path : *paths)
            folders.folders.push_back({configuredPath(path.get<std::string>(), root), row.kinds,
                std::string{file} + " " + std::string{row.key}});
    }
    return folders;
}

} // namespace

ConfiguredFolders readSdNextConfig(const std::filesystem::path& root)
{
    return readKeys(root, "config.json", kSdNextKeys);
}

ConfiguredFolders readFooocusConfig(const std::filesystem::path& root)
{
    return readKeys(root, "config.txt", kFooocusKeys);
}

} // namespace weightroom::engine
