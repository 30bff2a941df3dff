// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/folder_tables.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace weightroom::engine {
namespace {

using enum ModelKind;

constexpr KindSet kMain{Checkpoint, DiffusionModel};
constexpr KindSet kControl{Controlnet, T2iAdapter};
constexpr KindSet kAnyControl{Controlnet, T2iAdapter, IpAdapter, ClipVision};

constexpr std::array kWeightroom{
    FolderRow{"base-models", kMain},
    FolderRow{"loras", {Lora}},
    FolderRow{"controlnet", kAnyControl},
    FolderRow{"vaes", {Vae}},
    FolderRow{"textual-inversions", {TextualInversion}},
    FolderRow{"text-encoders", {TextEncoder}},
};

constexpr std::array kComfyUi{
    FolderRow{"models/checkpoints", {Checkpoint}},
    FolderRow{"models/diffusion_models", {DiffusionModel}},
    FolderRow{"models/unet", {DiffusionModel}},
    FolderRow{"models/loras", {Lora}},
    FolderRow{"models/vae", {Vae}},
    FolderRow{"models/vae_approx", {Vae}},
    FolderRow{"models/text_encoders", {TextEncoder}},
    FolderRow{"models/clip", {TextEncoder}},
    FolderRow{"models/clip_vision", {ClipVision}},
    FolderRow{"models/controlnet", kControl},
    FolderRow{"models/t2i_adapter", kControl},
    FolderRow{"models/diff_controlnet", kControl},
    FolderRow{"models/model_patches", {Controlnet}},
    FolderRow{"models/ipadapter", {IpAdapter}},
    FolderRow{"models/style_models", {IpAdapter}},
    FolderRow{"models/embeddings", {TextualInversion}},
    FolderRow{"models/hypernetworks", {Hypernetwork}},
    FolderRow{"models/upscale_models", {Upscaler}},
    FolderRow{"models/latent_upscale_models", {Upscaler}},
    FolderRow{"models/animatediff_models", {MotionModule}},
    FolderRow{"models/animatediff_motion_lora", {Lora, MotionModule}},
    FolderRow{"models/diffusers", kMain},
    FolderRow{"models/gligen", {}},
    FolderRow{"models/photomaker", {}},
    FolderRow{"models/classifiers", {}},
    FolderRow{"models/audio_encoders", {}},
    FolderRow{"models/configs", {}},
    // Where its nodes that save models put them, and where it looks for them.
    FolderRow{"output/checkpoints", {Checkpoint}},
    FolderRow{"output/diffusion_models", {DiffusionModel}},
    FolderRow{"output/loras", {Lora}},
    FolderRow{"output/clip", {TextEncoder}},
    FolderRow{"output/vae", {Vae}},
};

constexpr std::array kA1111{
    FolderRow{"models/Stable-diffusion", kMain},
    FolderRow{"models/Lora", {Lora}},
    FolderRow{"models/LyCORIS", {Lora}},
    FolderRow{"models/VAE", {Vae}},
    FolderRow{"models/VAE-approx", {Vae}},
    FolderRow{"models/text_encoder", {TextEncoder}},
    FolderRow{"models/ControlNet", kAnyControl},
    FolderRow{"models/ControlNetPreprocessor", {}},
    FolderRow{"models/ipadapter", {IpAdapter}},
    FolderRow{"models/hypernetworks", {Hypernetwork}},
    FolderRow{"models/ESRGAN", {Upscaler}},
    FolderRow{"models/RealESRGAN", {Upscaler}},
    FolderRow{"models/BSRGAN", {Upscaler}},
    FolderRow{"models/SwinIR", {Upscaler}},
    FolderRow{"models/ScuNET", {Upscaler}},
    FolderRow{"models/DAT", {Upscaler}},
    FolderRow{"models/HAT", {Upscaler}},
    FolderRow{"models/diffusers", kMain},
    FolderRow{"models/LDSR", {}},
    FolderRow{"models/GFPGAN", {}},
    FolderRow{"models/Codeformer", {}},
    FolderRow{"models/adetailer", {}},
    FolderRow{"embeddings", {TextualInversion}},
    FolderRow{"extensions/sd-webui-controlnet/models", kAnyControl},
    FolderRow{"extensions/sd-webui-animatediff/model", {MotionModule}},
    FolderRow{"extensions/*/models", {}},
};

constexpr std::array kSdNext{
    FolderRow{"models/Stable-diffusion", kMain},
    FolderRow{"models/Diffusers", {}}, // repositories as in the Hugging Face cache, of any kind
    FolderRow{"models/UNET", {DiffusionModel}},
    FolderRow{"models/Lora", {Lora}},
    FolderRow{"models/VAE", {Vae}},
    FolderRow{"models/TAESD", {Vae}},
    FolderRow{"models/Text-encoder", {TextEncoder}},
    FolderRow{"models/control", kAnyControl},
    FolderRow{"models/embeddings", {TextualInversion}},
    FolderRow{"models/hypernetworks", {Hypernetwork}},
    FolderRow{"models/ESRGAN", {Upscaler}},
    FolderRow{"models/RealESRGAN", {Upscaler}},
    FolderRow{"models/SwinIR", {Upscaler}},
    FolderRow{"models/huggingface", {}},
    FolderRow{"models/yolo", {}},
    FolderRow{"embeddings", {TextualInversion}},
};

constexpr std::array kStabilityMatrix{
    FolderRow{"Models/StableDiffusion", kMain},
    FolderRow{"Models/DiffusionModels", {DiffusionModel}},
    FolderRow{"Models/Lora", {Lora}},
    FolderRow{"Models/LyCORIS", {Lora}},
    FolderRow{"Models/VAE", {Vae}},
    FolderRow{"Models/ApproxVAE", {Vae}},
    FolderRow{"Models/TextEncoders", {TextEncoder}},
    FolderRow{"Models/ClipVision", {ClipVision}},
    FolderRow{"Models/ControlNet", kControl},
    FolderRow{"Models/T2IAdapter", kControl},
    FolderRow{"Models/ModelPatches", {Controlnet}},
    FolderRow{"Models/IpAdapter", {IpAdapter}},
    FolderRow{"Models/IpAdapters15", {IpAdapter}},
    FolderRow{"Models/IpAdaptersXl", {IpAdapter}},
    FolderRow{"Models/StyleModels", {IpAdapter}},
    FolderRow{"Models/Embeddings", {TextualInversion}},
    FolderRow{"Models/Hypernetwork", {Hypernetwork}},
    FolderRow{"Models/ESRGAN", {Upscaler}},
    FolderRow{"Models/RealESRGAN", {Upscaler}},
    FolderRow{"Models/SwinIR", {Upscaler}},
    FolderRow{"Models/BSRGAN", {Upscaler}},
    FolderRow{"Models/ScuNET", {Upscaler}},
    FolderRow{"Models/Diffusers", kMain},
    FolderRow{"Models/SVD", kMain},
    FolderRow{"Models/LDSR", {}},
    FolderRow{"Models/GLIGEN", {}},
    FolderRow{"Models/Sams", {}},
    FolderRow{"Models/Ultralytics", {}},
    FolderRow{"Models/AudioEncoders", {}},
    FolderRow{"Models/BackgroundRemoval", {}},
    FolderRow{"Models/PromptExpansion", {}},
};

constexpr std::array kSwarmUi{
    FolderRow{"Models/Stable-Diffusion", kMain},
    FolderRow{"Models/checkpoints", kMain},
    FolderRow{"Models/diffusion_models", {DiffusionModel}},
    FolderRow{"Models/unet", {DiffusionModel}},
    FolderRow{"Models/Lora", {Lora}},
    FolderRow{"Models/VAE", {Vae}},
    FolderRow{"Models/text_encoders", {TextEncoder}},
    FolderRow{"Models/clip", {TextEncoder}},
    FolderRow{"Models/clip_vision", {ClipVision}},
    FolderRow{"Models/controlnet", kControl},
    FolderRow{"Models/model_patches", {Controlnet}},
    FolderRow{"Models/ipadapter", {IpAdapter}},
    FolderRow{"Models/style_models", {IpAdapter}},
    FolderRow{"Models/Embeddings", {TextualInversion}},
    FolderRow{"Models/upscale_models", {Upscaler}},
};

constexpr std::array kFooocus{
    FolderRow{"models/checkpoints", {Checkpoint}},
    FolderRow{"models/loras", {Lora}},
    FolderRow{"models/vae", {Vae}},
    FolderRow{"models/vae_approx", {Vae}},
    FolderRow{"models/clip", {TextEncoder}},
    FolderRow{"models/clip_vision", {ClipVision}},
    FolderRow{"models/controlnet", {Controlnet, T2iAdapter, IpAdapter, Lora}},
    FolderRow{"models/embeddings", {TextualInversion}},
    FolderRow{"models/hypernetworks", {Hypernetwork}},
    FolderRow{"models/upscale_models", {Upscaler}},
    FolderRow{"models/diffusers", kMain},
    FolderRow{"models/inpaint", {}},
    FolderRow{"models/prompt_expansion", {}},
};

/// Before version 4: models/<base>/<type>. Since then models/<id of the model>, which says nothing.
constexpr std::array kInvokeAi{
    FolderRow{"models/*/main", kMain},
    FolderRow{"models/*/unet", {DiffusionModel}},
    FolderRow{"models/*/lora", {Lora}},
    FolderRow{"models/*/vae", {Vae}},
    FolderRow{"models/*/controlnet", {Controlnet}},
    FolderRow{"models/*/control_lora", {Controlnet, Lora}},
    FolderRow{"models/*/t2i_adapter", {T2iAdapter}},
    FolderRow{"models/*/ip_adapter", {IpAdapter}},
    FolderRow{"models/*/embedding", {TextualInversion}},
    FolderRow{"models/*/clip_vision", {ClipVision}},
    FolderRow{"models/*/clip_embed", {TextEncoder}},
    FolderRow{"models/*/t5_encoder", {TextEncoder}},
    FolderRow{"autoimport/main", kMain},
    FolderRow{"autoimport/lora", {Lora}},
    FolderRow{"autoimport/controlnet", {Controlnet}},
    FolderRow{"autoimport/embedding", {TextualInversion}},
};

/// A folder for each publisher, and in it one for each repository.
constexpr std::array kLmStudio{FolderRow{"models/*/*", {}}};

/// What these programs have beside their models; each name in lower case.
constexpr std::array<std::string_view, 44> kProgramFolders{"__pycache__", "api_server", "assets", "backends", "bin",
    "cli", "configs", "custom_nodes", "databases", "dist", "docs", "download_cache", "env", "extensions",
    "extensions-builtin", "extensions-disabled", "html", "images", "input", "javascript", "log", "logs", "node_modules",
    "nodes", "obj", "output", "outputs", "python", "python_embedded", "python_embeded", "repositories",
    "script_examples", "scripts", "site-packages", "src", "style_presets", "temp", "tests", "tmp", "user", "venv",
    "web", "wildcards", "workflow_thumbnails"};
static_assert(std::ranges::is_sorted(kProgramFolders));

/// The name of a folder that lies directly where a layout has its models; empty for one of an extension.
std::string nameAmongModels(std::string_view path)
{
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos)
        return lowerCase(std::string{path});
    const std::string_view name = path.substr(slash + 1);
    return name.find('/') == std::string_view::npos ? lowerCase(std::string{name}) : std::string{};
}

/// InvokeAI's names stand below the name of a base, and mean nothing elsewhere.
std::map<std::string, KindSet> kindsByName()
{
    std::map<std::string, KindSet> kinds;
    for (auto layout = LibraryLayout::Weightroom; layout < LibraryLayout::InvokeAi;
         layout = static_cast<LibraryLayout>(static_cast<unsigned>(layout) + 1)) {
        for (const FolderRow& row : foldersOf(layout))
            kinds[nameAmongModels(row.path)] |= row.kinds;
    }
    return kinds;
}

} // namespace

std::span<const FolderRow> foldersOf(LibraryLayout layout)
{
    switch (layout) {
    case LibraryLayout::Weightroom:
        return kWeightroom;
    case LibraryLayout::ComfyUi:
        return kComfyUi;
    case LibraryLayout::A1111:
        return kA1111;
    case LibraryLayout::SdNext:
        return kSdNext;
    case LibraryLayout::StabilityMatrix:
        return kStabilityMatrix;
    case LibraryLayout::SwarmUi:
        return kSwarmUi;
    case LibraryLayout::Fooocus:
        return kFooocus;
    case LibraryLayout::InvokeAi:
        return kInvokeAi;
    case LibraryLayout::LmStudio:
        return kLmStudio;
    case LibraryLayout::None:
    case LibraryLayout::HuggingFaceCache:
    case LibraryLayout::ModelScopeCache:
    case LibraryLayout::Ollama:
        break;
    }
    return {};
}

std::string_view modelsFolderOf(LibraryLayout layout)
{
    const std::span<const FolderRow> rows = foldersOf(layout);
    if (rows.empty() || rows.front().path.find('/') == std::string_view::npos)
        return {};
    return rows.front().path.substr(0, rows.front().path.find('/'));
}

bool isProgramFolder(std::string_view name)
{
    return std::ranges::binary_search(kProgramFolders, lowerCase(std::string{name}));
}

KindSet kindsOfFolderName(std::string_view name)
{
    static const std::map<std::string, KindSet> kKinds = kindsByName();
    const auto row = kKinds.find(lowerCase(std::string{name}));
    return name.empty() || row == kKinds.end() ? KindSet{} : row->second;
}

} // namespace weightroom::engine
