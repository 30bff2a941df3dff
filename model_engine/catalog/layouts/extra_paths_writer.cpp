// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/extra_paths_writer.h"

#include "model_engine/catalog/layouts/extra_model_paths.h"
#include "model_engine/catalog/layouts/yaml_tree.h"
#include "model_engine/catalog/metadata/value_readers.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/files/new_file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <map>
#include <vector>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

constexpr Bytes kLargestFile = kMiB;

Error refused(const fs::path& file, std::size_t line, std::string_view reason)
{
    return {
        ErrorCode::InvalidFormat, "line " + std::to_string(line) + ": " + std::string{reason}, {.path = file.string()}};
}

/// The lines of a text with their ends.
std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
        lines.push_back(line);
        text.remove_prefix(line.size());
    }
    return lines;
}

bool isIndentedContent(std::string_view line)
{
    const std::string_view content = trimmed(line);
    return !content.empty() && content.front() != '#' && (line.front() == ' ' || line.front() == '\t');
}

bool belongsToNobody(std::string_view line)
{
    const std::string_view content = trimmed(line);
    return content.empty() || content.front() == '#';
}

/// The lines of our section, as a half-open range: from its name to the last indented line below it. What follows, such
/// as a comment on the next section, is not ours.
struct LineRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

LineRange sectionAt(const std::vector<std::string_view>& lines, std::size_t begin)
{
    LineRange range{begin, begin + 1};
    for (std::size_t i = begin + 1; i < lines.size(); ++i) {
        if (isIndentedContent(lines[i]))
            range.end = i + 1;
        else if (!belongsToNobody(lines[i]))
            break;
    }
    return range;
}

std::string sectionText(std::span<const ExportedFolder> folders, std::string_view lineEnd)
{
    std::map<std::string, std::vector<std::string>> byKind;
    for (const ExportedFolder& folder : folders)
        byKind[folder.kind].push_back(folder.path.string());
    std::string text{kOwnSection};
    text.append(":").append(lineEnd);
    for (auto& [kind, paths] : byKind) {
        std::ranges::sort(paths);
        const auto rest = std::ranges::unique(paths);
        paths.erase(rest.begin(), rest.end());
        text.append("    ").append(kind).append(": |").append(lineEnd);
        for (const std::string& path : paths)
            text.append("        ").append(path).append(lineEnd);
    }
    return text;
}

/// The sections of others, each with its name.
std::vector<std::pair<const YamlTree*, const YamlTree*>> othersIn(const YamlTree& root)
{
    std::vector<std::pair<const YamlTree*, const YamlTree*>> others;
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
        if (root.keys[i].text != kOwnSection)
            others.emplace_back(&root.keys[i], &root.values[i]);
    }
    return others;
}

bool haveSameOthers(const YamlTree& before, const YamlTree& after)
{
    return std::ranges::equal(othersIn(before), othersIn(after),
        [](const auto& a, const auto& b) { return *a.first == *b.first && *a.second == *b.second; });
}

/// What a reader makes of our section has to be what was meant.
bool saysWhatIsMeant(const std::string& text, std::span<const ExportedFolder> folders, const fs::path& file)
{
    const auto read = parseExtraModelPaths(text, file);
    if (!read)
        return false;
    const auto ours = std::ranges::find(read->sections, kOwnSection, &ExtraPathsSection::name);
    return ours != read->sections.end() && std::ranges::all_of(folders, [&](const ExportedFolder& folder) {
        return std::ranges::any_of(ours->folders,
            [&](const ExtraFolder& found) { return found.kind == folder.kind && found.path == folder.path; });
    });
}

/// Puts the section where it belongs; whether the result is right is for the caller to see.
std::string edited(std::string_view text, const YamlTree* ours, std::span<const ExportedFolder> folders)
{
    const std::string_view lineEnd = text.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
    const std::string section = sectionText(folders, lineEnd);
    if (ours == nullptr) {
        std::string appended{text};
        if (!text.empty())
            appended.append(text.ends_with('\n') ? "" : lineEnd).append(lineEnd);
        return appended + section;
    }
    const std::vector<std::string_view> lines = linesOf(text);
    const LineRange range = sectionAt(lines, ours->line - 1);
    std::string replaced;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == range.begin)
            replaced += section;
        if (i < range.begin || i >= range.end)
            replaced += lines[i];
    }
    return replaced;
}

Result<> checkRoot(const YamlTree& root, const fs::path& file)
{
    if (root.kind == YamlTree::Kind::None)
        return {};
    if (root.kind != YamlTree::Kind::Map)
        return fail(refused(file, root.line, "there are no sections, which are names with a colon"));
    if (root.isFlow)
        return fail(refused(file, root.line, "the sections stand in braces; a section cannot be put between them"));
    const auto isOurs = [](const YamlTree& key) { return key.text == kOwnSection; };
    const auto first = std::ranges::find_if(root.keys, isOurs);
    if (first == root.keys.end())
        return {};
    if (const auto second = std::find_if(first + 1, root.keys.end(), isOurs); second != root.keys.end())
        return fail(refused(file, second->line, "a second section 'weightroom'"));
    return {};
}

Result<> checkPaths(std::span<const ExportedFolder> folders)
{
    for (const ExportedFolder& folder : folders) {
        if (!isWritablePath(folder.path))
            return fail(ErrorCode::InvalidValue, "'" + folder.path.string() + "' cannot be written into YAML",
                {.path = folder.path.string()});
    }
    return {};
}

Result<> expectUnchanged(const InputFile& before)
{
    const auto now = InputFile::open(before.path());
    if (!now)
        return fail(now.error());
    if (now->identity() == before.identity())
        return {};
    return fail(ErrorCode::FileChanged, "'" + before.path().string() + "' was changed by somebody else",
        {.path = before.path().string()});
}

Result<> writeNew(const fs::path& path, std::string_view text)
{
    auto file = NewFile::create(path);
    if (!file)
        return fail(std::move(file).error());
    if (auto written = file->append(std::as_bytes(std::span{text})); !written)
        return written;
    return file->commit(IfExists::Refuse);
}

/// Keeps what is there, then replaces it; both with the permissions that it had.
Result<fs::path> replace(const InputFile& before, std::string_view oldText, std::string_view newText)
{
    std::error_code unknown;
    const fs::perms permissions = fs::status(before.path(), unknown).permissions();
    fs::path backup = before.path();
    backup += ".weightroom.bak";
    if (auto kept = writeFileAtomically(backup, oldText); !kept)
        return fail(std::move(kept).error());
    if (auto unchanged = expectUnchanged(before); !unchanged)
        return fail(std::move(unchanged).error());
    if (auto written = writeFileAtomically(before.path(), newText); !written)
        return fail(std::move(written).error());
    if (!unknown) {
        fs::permissions(backup, permissions, unknown);
        fs::permissions(before.path(), permissions, unknown);
    }
    return backup;
}

} // namespace

bool isWritablePath(const fs::path& path)
{
    const std::string text = path.string();
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    return path.is_absolute() && isValidUtf8(text) && trimmed(text) == text && std::ranges::none_of(text, isControl);
}

Result<std::string> withOwnSection(std::string_view text, std::span<const ExportedFolder> folders, const fs::path& file)
{
    if (auto paths = checkPaths(folders); !paths)
        return fail(std::move(paths).error());
    const auto before = readYaml(text, file);
    if (!before)
        return fail(before.error());
    if (auto root = checkRoot(*before, file); !root)
        return fail(std::move(root).error());
    const auto ours = std::ranges::find(before->keys, kOwnSection, &YamlTree::text);
    std::string result = edited(text, ours == before->keys.end() ? nullptr : &*ours, folders);
    const auto after = readYaml(result, file);
    if (!after || !haveSameOthers(*before, *after) || !saysWhatIsMeant(result, folders, file))
        return fail(refused(file, ours == before->keys.end() ? linesOf(text).size() : ours->line,
            "the section cannot be written here without a change to another one"));
    return result;
}

Result<ExtraPathsExport> exportExtraPaths(const fs::path& file, std::span<const ExportedFolder> folders)
{
    std::error_code unknown;
    if (fs::is_symlink(file, unknown)) {
        return fail(ErrorCode::NotRegularFile,
            "'" + file.string() + "' is a link: neither it nor its target is replaced", {.path = file.string()});
    }
    const auto opened = InputFile::open(file);
    if (!opened && opened.error().code != ErrorCode::NotFound)
        return fail(opened.error());
    const auto text = opened ? readSmallFile(*opened, kLargestFile) : Result<std::string>{};
    if (!text)
        return fail(text.error());
    const auto result = withOwnSection(*text, folders, file);
    if (!result)
        return fail(result.error());
    if (!opened) {
        if (auto written = writeNew(file, *result); !written)
            return fail(std::move(written).error());
        return ExtraPathsExport{ExtraPathsExport::Outcome::Created, {}};
    }
    if (*result == *text)
        return ExtraPathsExport{ExtraPathsExport::Outcome::Unchanged, {}};
    auto backup = replace(*opened, *text, *result);
    if (!backup)
        return fail(std::move(backup).error());
    return ExtraPathsExport{ExtraPathsExport::Outcome::Replaced, std::move(*backup)};
}

} // namespace weightroom::engine
