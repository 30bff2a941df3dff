// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/extra_model_paths.h"

#include "model_engine/catalog/layouts/configured_folders.h"
#include "model_engine/catalog/layouts/folder_finder.h"
#include "model_engine/catalog/layouts/folder_tables.h"
#include "model_engine/catalog/layouts/path_text.h"
#include "model_engine/catalog/layouts/yaml_tree.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <optional>
#include <set>

namespace weightroom::engine {
namespace {

using Kind = YamlTree::Kind;

constexpr Bytes kLargestFile = kMiB;
constexpr std::string_view kBasePath = "base_path";
constexpr std::string_view kIsDefault = "is_default";
constexpr std::string_view kModels = "models/";

const FolderRow* findKind(std::string_view kind)
{
    const auto rows = foldersOf(LibraryLayout::ComfyUi);
    const auto row = std::ranges::find_if(rows, [kind](const FolderRow& candidate) {
        return candidate.path.starts_with(kModels) && candidate.path.substr(kModels.size()) == kind;
    });
    return row == rows.end() ? nullptr : &*row;
}

bool isKnownKey(std::string_view key)
{
    return key == kBasePath || key == kIsDefault || key == "custom_nodes" || findKind(key) != nullptr;
}

/// "True", "yes", "on", …, as YAML 1.1 and Python have them.
std::optional<bool> truthOf(const std::string& text)
{
    const std::string lower = lowerCase(text);
    if (lower == "true" || lower == "yes" || lower == "on")
        return true;
    if (lower == "false" || lower == "no" || lower == "off")
        return false;
    return std::nullopt;
}

class ExtraPathsReader {
public:
    explicit ExtraPathsReader(const std::filesystem::path& file)
        : m_folder(file.parent_path())
    {
    }

    [[nodiscard]] ExtraModelPaths read(const YamlTree& root)
    {
        std::set<std::string> names;
        for (std::size_t i = 0; i < root.keys.size(); ++i) {
            if (!names.insert(root.keys[i].text).second)
                remark(root.keys[i], "a second section '" + root.keys[i].text + "' takes the place of the first");
            readSection(root.keys[i], root.values[i]);
        }
        std::ranges::stable_sort(m_read.remarks, {}, &ExtraPathsRemark::line);
        return std::move(m_read);
    }

private:
    void remark(const YamlTree& where, std::string reason, Severity severity = Severity::Warning)
    {
        m_read.remarks.push_back({where.line, severity, std::move(reason)});
    }

    void readSection(const YamlTree& name, const YamlTree& content)
    {
        if (content.kind == Kind::None && !isKnownKey(name.text))
            return; // an empty section
        if (content.kind != Kind::Map) {
            remark(name,
                isKnownKey(lowerCase(name.text))
                    ? "'" + name.text + "' stands at the left margin; it belongs indented, below the name of a section"
                    : "the section '" + name.text + "' has no folders below it");
            return;
        }
        ExtraPathsSection section{name.text, {}, false, name.line, {}};
        readBase(section, content);
        std::set<std::string> kinds;
        for (std::size_t i = 0; i < content.keys.size(); ++i) {
            if (!kinds.insert(content.keys[i].text).second)
                remark(content.keys[i], "a second '" + content.keys[i].text + "' takes the place of the first");
            readMember(section, content.keys[i], content.values[i]);
        }
        m_read.sections.push_back(std::move(section));
    }

    void readBase(ExtraPathsSection& section, const YamlTree& content)
    {
        if (const YamlTree* base = content.find(kBasePath); base != nullptr && base->kind == Kind::Text)
            section.basePath = configuredPath(base->text, m_folder);
    }

    void readMember(ExtraPathsSection& section, const YamlTree& key, const YamlTree& value)
    {
        if (!isKnownKey(key.text))
            remarkOnKind(key);
        if (key.text == kIsDefault)
            readIsDefault(section, value);
        else if (value.kind == Kind::List || value.kind == Kind::Map)
            remark(value,
                "'" + key.text + "' has a list or a map; ComfyUI takes one path, or a block (|) with one a line");
        else if (key.text != kBasePath)
            readFolders(section, key, value);
    }

    void remarkOnKind(const YamlTree& key)
    {
        const std::string lower = lowerCase(key.text);
        if (isKnownKey(lower))
            remark(key, "'" + key.text + "' is not known to ComfyUI; '" + lower + "' is");
        else
            remark(key, "'" + key.text + "' is no kind of folder of ComfyUI itself; an extension may know it",
                Severity::Info);
    }

    void readIsDefault(ExtraPathsSection& section, const YamlTree& value)
    {
        const auto truth = truthOf(value.text);
        if (!truth)
            remark(value, "'" + std::string{kIsDefault} + "' is neither true nor false");
        section.isDefault = truth.value_or(false);
    }

    void readFolders(ExtraPathsSection& section, const YamlTree& key, const YamlTree& value)
    {
        if (value.kind == Kind::None)
            remark(key, "'" + key.text + "' has no path");
        const std::filesystem::path& base = section.basePath.empty() ? m_folder : section.basePath;
        // The lines of a block stand below its key.
        std::size_t line = value.text.find('\n') == std::string::npos ? value.line : value.line + 1;
        std::string_view rest = value.text;
        while (!rest.empty()) {
            const std::string_view path = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), path.size() + 1));
            if (!path.empty())
                section.folders.push_back({key.text, configuredPath(path, base), line});
            ++line;
        }
    }

    std::filesystem::path m_folder;
    ExtraModelPaths m_read;
};

/// The part of a path that is there under another spelling of its letters; nothing when none is.
std::optional<std::filesystem::path> otherCaseOf(const std::filesystem::path& path, FolderFinder& finder)
{
    std::vector<std::filesystem::path> found = finder.find(path.root_path(), path.relative_path().string());
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

void remarkOnMissing(ExtraModelPaths& paths)
{
    FolderFinder finder;
    for (const ExtraPathsSection& section : paths.sections) {
        for (const ExtraFolder& folder : section.folders) {
            std::error_code unknown;
            if (std::filesystem::is_directory(folder.path, unknown))
                continue;
            const auto other = otherCaseOf(folder.path, finder);
            paths.remarks.push_back({folder.line, Severity::Warning,
                "'" + folder.path.string() + "' is not a folder"
                    + (other ? "; '" + other->string() + "' is" : std::string{})});
        }
    }
    std::ranges::stable_sort(paths.remarks, {}, &ExtraPathsRemark::line);
}

Error asError(const ExtraPathsRemark& remark, const std::filesystem::path& file)
{
    return {ErrorCode::InvalidFormat, "line " + std::to_string(remark.line) + ": " + remark.reason,
        {.path = file.string()}};
}

} // namespace

Result<ExtraModelPaths> parseExtraModelPaths(std::string_view text, const std::filesystem::path& file)
{
    const auto root = readYaml(text, file);
    if (!root)
        return fail(root.error());
    if (root->kind != Kind::Map && root->kind != Kind::None) {
        return fail(ErrorCode::InvalidFormat,
            "line " + std::to_string(root->line) + ": there are no sections, which are names with a colon",
            {.path = file.string()});
    }
    return ExtraPathsReader{file}.read(*root);
}

Result<ExtraModelPaths> readExtraModelPaths(const std::filesystem::path& file)
{
    const auto text = readSmallFile(file, kLargestFile);
    if (!text)
        return fail(text.error());
    auto paths = parseExtraModelPaths(*text, file);
    if (paths)
        remarkOnMissing(*paths);
    return paths;
}

KindSet kindsOfComfyUiFolder(std::string_view kind)
{
    const FolderRow* row = findKind(kind);
    return row == nullptr ? KindSet{} : row->kinds;
}

ConfiguredFolders readExtraPathsOf(const std::filesystem::path& root)
{
    ConfiguredFolders folders;
    const std::filesystem::path file = root / kExtraModelPathsName;
    const auto paths = readExtraModelPaths(file);
    if (!paths) {
        if (paths.error().code != ErrorCode::NotFound)
            folders.problems.push_back({file, paths.error()});
        return folders;
    }
    for (const ExtraPathsSection& section : paths->sections) {
        for (const ExtraFolder& folder : section.folders) {
            std::error_code unknown;
            if (folder.kind != "custom_nodes" && std::filesystem::is_directory(folder.path, unknown))
                folders.folders.push_back({folder.path, kindsOfComfyUiFolder(folder.kind),
                    std::string{kExtraModelPathsName} + " " + section.name + "." + folder.kind});
        }
    }
    for (const ExtraPathsRemark& remark : paths->remarks) {
        if (remark.severity != Severity::Info)
            folders.problems.push_back({file, asError(remark, file)});
    }
    return folders;
}

} // namespace weightroom::engine
