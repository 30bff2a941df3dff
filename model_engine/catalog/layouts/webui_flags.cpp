// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/configured_folders.h"

#include "model_engine/catalog/layouts/path_text.h"
#include "model_engine/core/files/file.h"

#include <algorithm>
#include <array>
#include <optional>

namespace weightroom::engine {
namespace {

constexpr std::string_view kScript = "webui-user.sh";
constexpr Bytes kLargestScript = kMiB;
constexpr std::string_view kVariable = "COMMANDLINE_ARGS";

enum class FlagMeaning : std::uint8_t {
    None = 0,
    Folder, ///< of models of some kinds
    ModelsFolder, ///< in the place of "models"
    Data, ///< everything but the program: "models" and "embeddings" lie in it
    OtherTool ///< the root of another program, whose models are used too
};

struct FlagRow {
    std::string_view flag;
    FlagMeaning meaning = FlagMeaning::None;
    KindSet kinds;
};

using enum ModelKind;
constexpr std::array kFlags{
    FlagRow{"--ckpt-dir", FlagMeaning::Folder, {Checkpoint, DiffusionModel}},
    FlagRow{"--vae-dir", FlagMeaning::Folder, {Vae}},
    FlagRow{"--lora-dir", FlagMeaning::Folder, {Lora}},
    FlagRow{"--lyco-dir", FlagMeaning::Folder, {Lora}},
    FlagRow{"--embeddings-dir", FlagMeaning::Folder, {TextualInversion}},
    FlagRow{"--hypernetwork-dir", FlagMeaning::Folder, {Hypernetwork}},
    FlagRow{"--text-encoder-dir", FlagMeaning::Folder, {TextEncoder}},
    FlagRow{"--clip-models-path", FlagMeaning::Folder, {TextEncoder}},
    FlagRow{"--controlnet-dir", FlagMeaning::Folder, {Controlnet, T2iAdapter, IpAdapter, ClipVision}},
    FlagRow{"--esrgan-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--realesrgan-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--bsrgan-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--swinir-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--scunet-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--dat-models-path", FlagMeaning::Folder, {Upscaler}},
    FlagRow{"--gfpgan-models-path", FlagMeaning::Folder, {}},
    FlagRow{"--codeformer-models-path", FlagMeaning::Folder, {}},
    FlagRow{"--ldsr-models-path", FlagMeaning::Folder, {}},
    FlagRow{"--models-dir", FlagMeaning::ModelsFolder, {}},
    FlagRow{"--data-dir", FlagMeaning::Data, {}},
    FlagRow{"--forge-ref-a1111-home", FlagMeaning::OtherTool, {}},
    FlagRow{"--forge-ref-comfy-home", FlagMeaning::OtherTool, {}},
};

/// What the script assigns to COMMANDLINE_ARGS in the end, where it may take up what it assigned before.
std::string argumentsIn(std::string_view script)
{
    const std::string assignment = std::string{kVariable} + "=";
    const std::string addition = std::string{kVariable} + "+=";
    std::string value;
    for (const std::string& word : shellWords(script)) {
        if (word.starts_with(addition)) {
            value += word.substr(addition.size());
        } else if (word.starts_with(assignment)) {
            const bool keeps = word.find("$" + std::string{kVariable}) != std::string::npos
                || word.find("${" + std::string{kVariable}) != std::string::npos;
            value = (keeps ? value + " " : std::string{}) + word.substr(assignment.size());
        }
    }
    return value;
}

void take(ConfiguredFolders& folders, const FlagRow& row, const std::filesystem::path& path)
{
    const std::string source = std::string{kScript} + " " + std::string{row.flag};
    switch (row.meaning) {
    case FlagMeaning::Folder:
    case FlagMeaning::OtherTool:
        folders.folders.push_back({path, row.kinds, source});
        break;
    case FlagMeaning::ModelsFolder:
        folders.modelRoots.push_back({path, {}, source});
        break;
    case FlagMeaning::Data:
        folders.modelRoots.push_back({path / "models", {}, source});
        folders.folders.push_back({path / "embeddings", {TextualInversion}, source});
        break;
    case FlagMeaning::None:
        break;
    }
}

} // namespace

ConfiguredFolders readWebuiFlags(const std::filesystem::path& root)
{
    ConfiguredFolders folders;
    const auto script = readSmallFile(root / kScript, kLargestScript);
    if (!script) {
        if (script.error().code != ErrorCode::NotFound)
            folders.problems.push_back({root / kScript, script.error()});
        return folders;
    }
    const std::vector<std::string> words = shellWords(argumentsIn(*script));
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string flag = words[i].substr(0, words[i].find('='));
        const auto row = std::ranges::find(kFlags, flag, &FlagRow::flag);
        if (row == kFlags.end())
            continue;
        if (flag.size() < words[i].size())
            take(folders, *row, configuredPath(words[i].substr(flag.size() + 1), root));
        else if (i + 1 < words.size())
            take(folders, *row, configuredPath(words[++i], root));
    }
    return folders;
}

} // namespace weightroom::engine
