// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/library_export.h"

#include "model_engine/catalog/layouts/folder_tables.h"
#include "model_engine/catalog/layouts/recognition.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

struct KindRow {
    ModelKind kind;
    std::string_view name; ///< of ComfyUI's kind of folder
};

constexpr std::array kKindNames{
    KindRow{ModelKind::Checkpoint, "checkpoints"},
    KindRow{ModelKind::DiffusionModel, "diffusion_models"},
    KindRow{ModelKind::Lora, "loras"},
    KindRow{ModelKind::Controlnet, "controlnet"},
    KindRow{ModelKind::T2iAdapter, "controlnet"},
    KindRow{ModelKind::Vae, "vae"},
    KindRow{ModelKind::TextEncoder, "text_encoders"},
    KindRow{ModelKind::IpAdapter, "ipadapter"},
    KindRow{ModelKind::ClipVision, "clip_vision"},
    KindRow{ModelKind::TextualInversion, "embeddings"},
    KindRow{ModelKind::Upscaler, "upscale_models"},
    KindRow{ModelKind::Hypernetwork, "hypernetworks"},
    KindRow{ModelKind::MotionModule, "animatediff_models"},
};

/// ComfyUI keeps VAEs for previews apart.
constexpr std::array<std::string_view, 4> kPreviewFolders{"approxvae", "taesd", "vae-approx", "vae_approx"};

bool isBelow(const path& inner, const path& outer)
{
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

class Exporter {
public:
    explicit Exporter(const path& file)
        : m_own(file.parent_path())
    {
    }

    [[nodiscard]] LibraryExport run(std::span<const path> libraryFolders)
    {
        for (const path& folder : libraryFolders)
            addLibrary(normalFolder(folder));
        std::ranges::sort(m_export.folders, {}, key);
        const auto rest = std::ranges::unique(m_export.folders, {}, key);
        m_export.folders.erase(rest.begin(), rest.end());
        return std::move(m_export);
    }

private:
    static std::pair<std::string, path> key(const ExportedFolder& folder) { return {folder.kind, folder.path}; }

    void addLibrary(const path& folder)
    {
        const RecognizedLayout layout = recognizeLayout(folder);
        std::size_t told = 0;
        for (const ModelDirectory& directory : layout.directories)
            told += add(directory.path, directory.expected);
        if (layout.layout == LibraryLayout::None)
            told += add(folder, kindsOfFolderName(folder.filename().string()));
        const bool isOwn = isBelow(folder, m_own);
        if (told == 0)
            m_export.leftOut.push_back(
                {folder, isOwn ? "ComfyUI finds it by itself" : "its layout is none of those that are known"});
    }

    /// The number of entries.
    std::size_t add(const path& folder, KindSet kinds)
    {
        if (kinds.isEmpty() || isBelow(folder, m_own))
            return 0;
        if (!isWritablePath(folder)) {
            m_export.leftOut.push_back({folder, "its name cannot be written into YAML"});
            return 0;
        }
        const std::string name = lowerCase(folder.filename().string());
        if (std::ranges::find(kPreviewFolders, name) != kPreviewFolders.end()) {
            m_export.folders.push_back({"vae_approx", folder});
            return 1;
        }
        std::size_t added = 0;
        for (const KindRow& row : kKindNames) {
            if (!kinds.contains(row.kind))
                continue;
            m_export.folders.push_back({std::string{row.name}, folder});
            ++added;
        }
        return added;
    }

    path m_own;
    LibraryExport m_export;
};

} // namespace

LibraryExport exportOf(std::span<const path> libraryFolders, const path& file)
{
    return Exporter{file}.run(libraryFolders);
}

} // namespace weightroom::engine
