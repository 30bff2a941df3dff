// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/invokeai_library.h"

#include "model_engine/catalog/layouts/path_text.h"
#include "model_engine/catalog/layouts/yaml_tree.h"
#include "model_engine/core/database/database_file.h"
#include "model_engine/core/files/file.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

/// A row holds the answer of a website at times.
constexpr Bytes kLargestConfig = kMiB * 4;
constexpr Bytes kLargestConfiguration = kMiB;
/// Version 4 and later; before it.
constexpr std::array<std::string_view, 2> kQueries{"SELECT config FROM models", "SELECT config FROM model_config"};

/// A value of invokeai.yaml; before version 4 it stands below "InvokeAI" and "Paths".
std::string settingOf(const fs::path& root, std::string_view name)
{
    const fs::path file = root / "invokeai.yaml";
    const auto text = readSmallFile(file, kLargestConfiguration);
    const auto yaml = text ? readYaml(*text, file) : Result<YamlTree>{YamlTree{}};
    if (!yaml)
        return {};
    const YamlTree* value = yaml->find(name);
    const YamlTree* section = yaml->find("InvokeAI");
    const YamlTree* paths = section == nullptr ? nullptr : section->find("Paths");
    if (value == nullptr && paths != nullptr)
        value = paths->find(name);
    return value == nullptr ? std::string{} : value->text;
}

fs::path folderOf(const fs::path& root, std::string_view setting, std::string_view otherwise)
{
    const std::string chosen = settingOf(root, setting);
    return configuredPath(chosen.empty() ? otherwise : std::string_view{chosen}, root);
}

std::optional<InvokeModel> modelFrom(const std::string& text, const fs::path& models)
{
    auto config = parseJson(text, {.maxBytes = kLargestConfig.value});
    if (!config || !config->is_object())
        return std::nullopt;
    const auto textAt = [&](const char* key) {
        const auto value = config->find(key);
        return value != config->end() && value->is_string() ? value->get<std::string>() : std::string{};
    };
    const std::string path = textAt("path");
    if (path.empty())
        return std::nullopt;
    std::string name = textAt("name");
    fs::path absolute = (models / path).lexically_normal();
    return InvokeModel{
        absolute.has_filename() ? absolute : absolute.parent_path(), std::move(name), std::move(*config)};
}

/// The table has columns that SQLite makes of its JSON, with functions that it otherwise refuses to a file of somebody
/// else. None of its functions has an effect, and no extension is loaded.
Result<Statement> prepareQuery(const Database& database)
{
    if (auto trusted = database.execute("PRAGMA trusted_schema = ON"); !trusted)
        return fail(std::move(trusted).error());
    auto statement = database.prepare(kQueries.front());
    if (statement || statement.error().code != ErrorCode::Unsupported)
        return statement;
    return database.prepare(kQueries.back());
}

} // namespace

fs::path invokeDatabaseOf(const fs::path& root)
{
    const fs::path file = folderOf(root, "db_dir", "databases") / "invokeai.db";
    std::error_code unknown;
    return fs::is_regular_file(file, unknown) ? file : fs::path{};
}

std::optional<fs::path> invokeRootOf(const fs::path& path)
{
    for (fs::path folder = path.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
        std::error_code unknown;
        if (fs::exists(folder / "invokeai.yaml", unknown) || fs::exists(folder / "databases/invokeai.db", unknown))
            return folder;
    }
    return std::nullopt;
}

Result<InvokeLibrary> readInvokeLibrary(const fs::path& root)
{
    const fs::path file = invokeDatabaseOf(root);
    if (file.empty())
        return fail(
            ErrorCode::NotFound, "'" + root.string() + "' has no databases/invokeai.db", {.path = root.string()});
    const auto database = openForeignDatabase(file);
    if (!database)
        return fail(database.error());
    auto rows = prepareQuery(*database);
    if (!rows)
        return fail(std::move(rows).error());
    const fs::path models = folderOf(root, "models_dir", "models");
    InvokeLibrary library;
    auto row = rows->step();
    for (; row && *row; row = rows->step()) {
        if (auto model = modelFrom(rows->text(0), models))
            library.models.push_back(std::move(*model));
        else
            ++library.unreadable;
    }
    if (!row)
        return fail(std::move(row).error());
    std::ranges::sort(library.models, {}, &InvokeModel::path);
    return library;
}

} // namespace weightroom::engine
