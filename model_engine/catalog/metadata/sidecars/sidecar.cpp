// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/sidecar.h"

#include <algorithm>
#include <system_error>

namespace weightroom::engine {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool isJson(SidecarDialect dialect)
{
    return dialect != SidecarDialect::Description && dialect != SidecarDialect::LdmConfig;
}

/// Where an open file really lies; asked of the descriptor, so that nobody can exchange the file meanwhile.
Result<> checkFolder(const InputFile& file, const std::vector<std::filesystem::path>& folders)
{
    std::error_code failed;
    const auto real = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file.descriptor()), failed);
    if (failed)
        return fail(systemError(failed.value(), "find the folder of", file.path()));
    if (std::ranges::find(folders, real.parent_path()) != folders.end())
        return {};
    return fail(ErrorCode::NotRegularFile,
        "'" + file.path().string() + "' is a link to '" + real.string()
            + "', which does not lie beside the model: it is not read",
        {.path = file.path().string()});
}

Result<std::string> readAll(const InputFile& file)
{
    auto text = readSmallFile(file, kLargestSidecar);
    if (auto unchanged = file.checkUnchanged(); text && !unchanged)
        return fail(std::move(unchanged).error());
    return text;
}

Result<Json> parseObject(const std::string& text)
{
    auto document = parseJson(text, {.maxBytes = kLargestSidecar.value});
    if (document && !document->is_object())
        return fail(ErrorCode::InvalidFormat, "the document is no JSON object");
    return document;
}

Result<> fill(Sidecar& sidecar, const std::vector<std::filesystem::path>& folders)
{
    const auto file = InputFile::open(sidecar.file.path);
    if (!file)
        return fail(file.error());
    sidecar.identity = file->identity();
    if (auto inside = checkFolder(*file, folders); !inside)
        return inside;
    auto text = readAll(*file);
    if (!text)
        return fail(std::move(text).error());
    if (text->starts_with(kByteOrderMark)) {
        sidecar.byteOrderMark = kByteOrderMark;
        text->erase(0, kByteOrderMark.size());
    }
    if (isJson(sidecar.file.dialect)) {
        auto document = parseObject(*text);
        if (!document)
            return fail(std::move(document).error());
        sidecar.document = std::move(*document);
    } else if (text->find('\0') != std::string::npos) {
        return fail(ErrorCode::InvalidFormat, "the file holds a NUL: it is no text, or one in UTF-16");
    }
    sidecar.text = std::move(*text);
    return {};
}

} // namespace

std::vector<std::filesystem::path> sidecarFolders(const std::filesystem::path& model)
{
    std::vector<std::filesystem::path> folders;
    std::error_code ignored; // a model that is gone has no folder for its sidecars either
    const auto besideModel =
        std::filesystem::canonical(model.has_parent_path() ? model.parent_path() : std::filesystem::path{"."}, ignored);
    if (!ignored)
        folders.push_back(besideModel);
    const auto real = std::filesystem::canonical(model, ignored);
    if (!ignored)
        folders.push_back(real.parent_path());
    return folders;
}

Sidecar readSidecar(const SidecarFile& file, const std::vector<std::filesystem::path>& folders)
{
    Sidecar sidecar{.file = file, .identity = {}, .text = {}, .byteOrderMark = {}, .document = {}, .problem = {}};
    if (auto filled = fill(sidecar, folders); !filled) {
        sidecar.problem = std::move(filled).error();
        if (sidecar.problem->context.path.empty())
            sidecar.problem->context.path = file.path.string();
    }
    return sidecar;
}

} // namespace weightroom::engine
