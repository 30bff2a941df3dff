// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/companions.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/files/open_folder.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

namespace weightroom::engine {
namespace {

struct DialectRow {
    SidecarDialect dialect;
    std::string_view ending;
};

/// In the order of the dialects; the first ending of a dialect is the one that is written.
constexpr std::array kDialects{
    DialectRow{SidecarDialect::A1111, ".json"},
    DialectRow{SidecarDialect::LoraManager, ".metadata.json"},
    DialectRow{SidecarDialect::StabilityMatrix, ".cm-info.json"},
    DialectRow{SidecarDialect::CivitaiInfo, ".civitai.info"},
    DialectRow{SidecarDialect::SwarmUi, ".swarm.json"},
    DialectRow{SidecarDialect::Description, ".description.txt"},
    DialectRow{SidecarDialect::Description, ".txt"},
    DialectRow{SidecarDialect::Description, ".md"},
    DialectRow{SidecarDialect::LdmConfig, ".yaml"},
};

constexpr std::array<std::string_view, 8> kDialectTexts{
    "none", "a1111", "lora_manager", "stability_matrix", "civitai_info", "swarm_ui", "description", "ldm_config"};

struct PreviewRow {
    std::string_view ending;
    PreviewKind kind;
};

/// The order that all programs agree with: what was made to be a preview, then a picture of the model's name, then
/// SwarmUI's thumbnails.
constexpr std::array kPreviews{
    PreviewRow{".preview.png", PreviewKind::Image},
    PreviewRow{".preview.jpg", PreviewKind::Image},
    PreviewRow{".preview.jpeg", PreviewKind::Image},
    PreviewRow{".preview.webp", PreviewKind::Image},
    PreviewRow{".preview.gif", PreviewKind::Image},
    PreviewRow{".preview.avif", PreviewKind::Image},
    PreviewRow{".preview.jxl", PreviewKind::Image},
    PreviewRow{".preview.mp4", PreviewKind::Video},
    PreviewRow{".preview.webm", PreviewKind::Video},
    PreviewRow{".png", PreviewKind::Image},
    PreviewRow{".jpg", PreviewKind::Image},
    PreviewRow{".jpeg", PreviewKind::Image},
    PreviewRow{".webp", PreviewKind::Image},
    PreviewRow{".gif", PreviewKind::Image},
    PreviewRow{".avif", PreviewKind::Image},
    PreviewRow{".jxl", PreviewKind::Image},
    PreviewRow{".mp4", PreviewKind::Video},
    PreviewRow{".webm", PreviewKind::Video},
    PreviewRow{".thumb.jpg", PreviewKind::Image},
    PreviewRow{".thumb.png", PreviewKind::Image},
};

constexpr std::array<std::string_view, 2> kPairedVaes{".vae.safetensors", ".vae.pt"};

/// The names in a folder that begin with a stem and a dot: a folder may hold 30,000 models.
Result<std::vector<std::string>> namesBeginning(const std::filesystem::path& folder, const std::string& stem)
{
    const OpenFolder open{::opendir(folder.c_str())};
    if (open == nullptr)
        return fail(systemError(errno, "open the folder", folder));
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(open.get())) {
        const std::string_view name{entry->d_name};
        const bool canBeFile = entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
        if (canBeFile && name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] == '.')
            names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0)
        return fail(systemError(errno, "read the folder", folder));
    return names;
}

/// Names by their ending in lower case. Of two that differ in case only, the one in lower case stands.
std::map<std::string, std::string, std::less<>> byEnding(std::string_view stem, std::span<const std::string> names)
{
    std::map<std::string, std::string, std::less<>> found;
    for (const std::string& name : names) {
        if (!name.starts_with(stem))
            continue;
        std::string& known = found[lowerCase(name.substr(stem.size()))];
        known = std::max(known, name);
    }
    return found;
}

} // namespace

std::string_view toText(SidecarDialect dialect) { return kDialectTexts.at(static_cast<std::size_t>(dialect)); }

std::string_view toText(PreviewKind kind)
{
    static constexpr std::array<std::string_view, 3> kTexts{"none", "image", "video"};
    return kTexts.at(static_cast<std::size_t>(kind));
}

Result<Companions> companionsOf(const std::filesystem::path& model)
{
    const std::filesystem::path folder = model.has_parent_path() ? model.parent_path() : std::filesystem::path{"."};
    const std::string stem = model.stem().string();
    const auto names = namesBeginning(folder, stem);
    if (!names)
        return fail(names.error());
    return companionsAmong(folder, stem, *names);
}

Companions companionsAmong(
    const std::filesystem::path& folder, std::string_view stem, std::span<const std::string> names)
{
    const auto found = byEnding(stem, names);
    const auto pathOf = [&](std::string_view ending) {
        const auto name = found.find(ending);
        return name == found.end() ? std::filesystem::path{} : folder / name->second;
    };
    Companions companions;
    for (const DialectRow& row : kDialects) {
        if (auto path = pathOf(row.ending); !path.empty())
            companions.sidecars.push_back({std::move(path), row.dialect});
    }
    for (const PreviewRow& row : kPreviews) {
        if (auto path = pathOf(row.ending); !path.empty())
            companions.previews.push_back({std::move(path), row.kind});
    }
    for (const std::string_view ending : kPairedVaes) {
        if (auto path = pathOf(ending); !path.empty())
            companions.pairedVaes.push_back(std::move(path));
    }
    return companions;
}

std::filesystem::path sidecarPath(const std::filesystem::path& model, SidecarDialect dialect)
{
    const auto row = std::ranges::find(kDialects, dialect, &DialectRow::dialect);
    std::filesystem::path path = model;
    path.replace_filename(model.stem().string() + std::string{row == kDialects.end() ? "" : row->ending});
    return path;
}

} // namespace weightroom::engine
