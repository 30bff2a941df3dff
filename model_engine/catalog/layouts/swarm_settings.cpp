// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/configured_folders.h"

#include "model_engine/catalog/layouts/path_text.h"
#include "model_engine/catalog/metadata/value_readers.h"
#include "model_engine/core/files/file.h"

#include <algorithm>
#include <array>
#include <map>

namespace weightroom::engine {
namespace {

constexpr std::string_view kSettings = "Data/Settings.fds";
constexpr Bytes kLargestSettings = kMiB * 4;
constexpr std::string_view kSection = "Paths";
constexpr std::string_view kModelRoot = "ModelRoot";

struct SettingRow {
    std::string_view name;
    KindSet kinds;
};

using enum ModelKind;
constexpr std::array kFolderSettings{
    SettingRow{"SDModelFolder", {Checkpoint, DiffusionModel}},
    SettingRow{"SDLoraFolder", {Lora}},
    SettingRow{"SDVAEFolder", {Vae}},
    SettingRow{"SDEmbeddingFolder", {TextualInversion}},
    SettingRow{"SDControlNetsFolder", {Controlnet, T2iAdapter}},
    SettingRow{"SDClipFolder", {TextEncoder}},
    SettingRow{"SDClipVisionFolder", {ClipVision}},
};

/// Values are written with the letters s, t, n, r behind a backslash for what would break a line, and x for nothing.
std::string unescaped(std::string_view value)
{
    constexpr std::string_view kLetters = "stnr";
    constexpr std::string_view kMeanings = "\\\t\n\r";
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool isEscape = value[i] == '\\' && i + 1 < value.size();
        if (!isEscape) {
            text.push_back(value[i]);
            continue;
        }
        const std::size_t letter = kLetters.find(value[++i]);
        if (letter != std::string_view::npos)
            text.push_back(kMeanings[letter]);
    }
    return text;
}

/// The settings of one section: lines "Name: value" that are indented below "Paths:".
std::map<std::string, std::string> sectionIn(std::string_view text, std::string_view section)
{
    std::map<std::string, std::string> values;
    bool isInside = false;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#')
            continue;
        const std::size_t colon = std::min(content.find(':'), content.size());
        const std::string_view name = trimmed(content.substr(0, colon));
        const bool isIndented = line.front() == ' ' || line.front() == '\t';
        if (!isIndented)
            isInside = name == section;
        else if (isInside && colon < content.size())
            values.emplace(name, unescaped(trimmed(content.substr(colon + 1))));
    }
    return values;
}

std::string sourceOf(std::string_view setting) { return std::string{kSettings} + " " + std::string{setting}; }

} // namespace

ConfiguredFolders readSwarmSettings(const std::filesystem::path& root)
{
    ConfiguredFolders folders;
    const auto text = readSmallFile(root / kSettings, kLargestSettings);
    if (!text) {
        if (text.error().code != ErrorCode::NotFound)
            folders.problems.push_back({root / kSettings, text.error()});
        return folders;
    }
    std::map<std::string, std::string> settings = sectionIn(*text, kSection);
    if (settings[std::string{kModelRoot}].empty())
        settings[std::string{kModelRoot}] = "Models";
    for (const std::string& part : splitText(settings[std::string{kModelRoot}], ';'))
        folders.modelRoots.push_back({configuredPath(part, root), {}, sourceOf(kModelRoot)});
    for (const SettingRow& row : kFolderSettings) {
        for (const std::string& part : splitText(settings[std::string{row.name}], ';')) {
            for (const ConfiguredFolder& models : folders.modelRoots)
                folders.folders.push_back({configuredPath(part, models.path), row.kinds, sourceOf(row.name)});
        }
    }
    return folders;
}

} // namespace weightroom::engine
