// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/sidecar_writer.h"

#include "model_engine/catalog/metadata/sidecars/json_text_edit.h"
#include "model_engine/core/files/new_file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace weightroom::engine {
namespace {

using Field = MetadataField;

/// What goes into the file for a value; nothing when the value has the wrong type.
using WriteValue = std::optional<Json> (*)(const Json&);

bool isText(const Json& value) { return value.is_string() && isValidUtf8(value.get_ref<const std::string&>()); }
bool isTexts(const Json& value) { return value.is_array() && std::ranges::all_of(value, isText); }

std::optional<Json> asText(const Json& value) { return isText(value) ? std::optional{value} : std::nullopt; }
std::optional<Json> asTexts(const Json& value) { return isTexts(value) ? std::optional{value} : std::nullopt; }
std::optional<Json> asBoolean(const Json& value) { return value.is_boolean() ? std::optional{value} : std::nullopt; }

std::optional<Json> asNumber(const Json& value)
{
    return value.is_number() && std::isfinite(value.get<double>()) ? std::optional{value} : std::nullopt;
}

/// Several texts as one, as a prompt has them.
std::optional<Json> asPrompt(const Json& value)
{
    if (!isTexts(value))
        return std::nullopt;
    std::string prompt;
    for (const Json& text : value)
        prompt.append(prompt.empty() ? "" : ", ").append(text.get_ref<const std::string&>());
    return prompt;
}

struct WritableRow {
    SidecarDialect dialect;
    Field field;
    std::string_view key;
    WriteValue write;
};

constexpr std::array kWritable{
    WritableRow{SidecarDialect::A1111, Field::Description, "description", asText},
    WritableRow{SidecarDialect::A1111, Field::Notes, "notes", asText},
    WritableRow{SidecarDialect::A1111, Field::TriggerWords, "activation text", asPrompt},
    WritableRow{SidecarDialect::A1111, Field::PreferredWeight, "preferred weight", asNumber},
    WritableRow{SidecarDialect::A1111, Field::NegativeText, "negative text", asText},
    WritableRow{SidecarDialect::A1111, Field::BaseModel, "sd version", asText},
    WritableRow{SidecarDialect::A1111, Field::Vae, "vae", asText},
    WritableRow{SidecarDialect::LoraManager, Field::Notes, "notes", asText},
    WritableRow{SidecarDialect::LoraManager, Field::Tags, "tags", asTexts},
    WritableRow{SidecarDialect::LoraManager, Field::Favorite, "favorite", asBoolean},
    WritableRow{SidecarDialect::StabilityMatrix, Field::Title, "UserTitle", asText},
};

Result<JsonMemberEdit> editOf(SidecarDialect dialect, const MetadataChange& change)
{
    const std::string name{toText(change.field)};
    const auto row = std::ranges::find_if(kWritable,
        [&](const WritableRow& candidate) { return candidate.dialect == dialect && candidate.field == change.field; });
    if (row == kWritable.end()) {
        return fail(ErrorCode::Unsupported,
            "'" + name + "' is not written to files of the dialect " + std::string{toText(dialect)}, {.field = name});
    }
    JsonMemberEdit edit{std::string{row->key}, std::nullopt};
    if (!change.value)
        return edit;
    edit.value = row->write(*change.value);
    if (!edit.value)
        return fail(ErrorCode::InvalidValue, "'" + name + "' has a value of another type", {.field = name});
    return edit;
}

Result<std::vector<JsonMemberEdit>> editsOf(SidecarDialect dialect, std::span<const MetadataChange> changes)
{
    std::vector<JsonMemberEdit> edits;
    for (const MetadataChange& change : changes) {
        auto edit = editOf(dialect, change);
        if (!edit)
            return fail(std::move(edit).error());
        edits.push_back(std::move(*edit));
    }
    return edits;
}

constexpr JsonLimits kLimits{.maxBytes = kLargestSidecar.value};

Result<> writeNew(const std::filesystem::path& path, const std::vector<JsonMemberEdit>& edits)
{
    const auto text = editJsonObject("{}", edits, kLimits);
    if (!text)
        return fail(text.error());
    auto file = NewFile::create(path);
    if (!file)
        return fail(std::move(file).error());
    if (auto written = file->append(std::as_bytes(std::span{*text})); !written)
        return written;
    return file->commit(IfExists::Refuse);
}

/// A file that was exchanged or written since it was read must not lose what is in it now.
Result<> expectUnchanged(const Sidecar& sidecar)
{
    const auto now = InputFile::open(sidecar.file.path);
    if (!now)
        return fail(now.error());
    if (now->identity() == sidecar.identity)
        return {};
    const std::string path = sidecar.file.path.string();
    return fail(ErrorCode::FileChanged, "'" + path + "' was changed by somebody else", {.path = path});
}

Result<> rewrite(const Sidecar& sidecar, const std::vector<JsonMemberEdit>& edits)
{
    if (sidecar.problem)
        return fail(*sidecar.problem);
    const auto text = editJsonObject(sidecar.text, edits, kLimits);
    if (!text)
        return fail(text.error());
    if (*text == sidecar.text)
        return {};
    if (auto unchanged = expectUnchanged(sidecar); !unchanged)
        return unchanged;
    return writeFileAtomically(sidecar.file.path, std::string{sidecar.byteOrderMark} + *text);
}

std::vector<MetadataField> fieldsOf(SidecarDialect dialect)
{
    std::vector<MetadataField> fields;
    for (const WritableRow& row : kWritable) {
        if (row.dialect == dialect)
            fields.push_back(row.field);
    }
    return fields;
}

/// Nothing for what changeSidecar() would refuse.
std::optional<WritableSidecar> writableSidecar(
    const std::filesystem::path& model, SidecarDialect dialect, std::span<const Sidecar> beside)
{
    const auto known = std::ranges::find(beside, dialect, [](const Sidecar& sidecar) { return sidecar.file.dialect; });
    const bool exists = known != beside.end();
    WritableSidecar writable{
        exists ? known->file : SidecarFile{sidecarPath(model, dialect), dialect}, exists, fieldsOf(dialect)};
    std::error_code ignored;
    if (std::filesystem::is_symlink(writable.file.path, ignored))
        return std::nullopt;
    const bool isPossible = exists ? !known->problem : dialect == SidecarDialect::A1111;
    return isPossible ? std::optional{std::move(writable)} : std::nullopt;
}

Result<> change(const std::filesystem::path& model, const SidecarFile& file, const std::vector<JsonMemberEdit>& edits)
{
    std::error_code ignored;
    if (std::filesystem::is_symlink(file.path, ignored)) {
        return fail(ErrorCode::NotRegularFile,
            "'" + file.path.string() + "' is a link: neither it nor its target is replaced",
            {.path = file.path.string()});
    }
    return rewrite(readSidecar(file, sidecarFolders(model)), edits);
}

} // namespace

Result<> changeSidecar(
    const std::filesystem::path& model, SidecarDialect dialect, std::span<const MetadataChange> changes)
{
    const auto edits = editsOf(dialect, changes);
    if (!edits)
        return fail(edits.error());
    const auto file = InputFile::open(model);
    if (!file)
        return fail(file.error());
    const auto companions = companionsOf(model);
    if (!companions)
        return fail(companions.error());
    const auto known = std::ranges::find(companions->sidecars, dialect, &SidecarFile::dialect);
    if (known != companions->sidecars.end())
        return change(model, *known, *edits);
    const std::filesystem::path path = sidecarPath(model, dialect);
    // The others need fields that only their programs know, such as where their server keeps the model.
    if (dialect != SidecarDialect::A1111)
        return fail(ErrorCode::NotFound, "there is no '" + path.string() + "'", {.path = path.string()});
    return writeNew(path, *edits);
}

std::vector<WritableSidecar> writableSidecars(const std::filesystem::path& model, std::span<const Sidecar> beside)
{
    std::vector<WritableSidecar> all;
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(model, unknown))
        return all;
    for (const SidecarDialect dialect :
        {SidecarDialect::A1111, SidecarDialect::LoraManager, SidecarDialect::StabilityMatrix}) {
        if (auto writable = writableSidecar(model, dialect, beside))
            all.push_back(std::move(*writable));
    }
    return all;
}

} // namespace weightroom::engine
