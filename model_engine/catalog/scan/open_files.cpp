// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/open_files.h"

#include "model_engine/formats/model_files.h"

namespace weightroom::engine {

Result<OpenFiles> OpenFiles::open(std::vector<ModelFile>& files)
{
    OpenFiles opened;
    for (ModelFile& known : files) {
        auto file = InputFile::open(known.path);
        if (!file)
            return fail(std::move(file).error());
        known.identity = file->identity();
        opened.m_files.push_back(std::move(*file));
        opened.m_prefixes.push_back(known.namePrefix);
    }
    opened.m_sources = std::vector<FileSource>(opened.m_files.begin(), opened.m_files.end());
    return opened;
}

Result<TensorIndex> OpenFiles::readHeaders() const
{
    std::vector<ModelSource> named;
    for (std::size_t i = 0; i < m_sources.size(); ++i)
        named.push_back({m_sources[i], m_prefixes[i]});
    return readModelFiles(named);
}

Result<> OpenFiles::checkUnchanged() const
{
    for (const InputFile& file : m_files) {
        if (auto unchanged = file.checkUnchanged(); !unchanged)
            return unchanged;
    }
    return {};
}

Result<OpenedModel> openModel(const ModelRecord& record)
{
    std::vector<ModelFile> now = record.files;
    auto files = OpenFiles::open(now);
    if (!files)
        return fail(std::move(files).error());
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i].identity != record.files[i].identity)
            return fail(ErrorCode::FileChanged, "'" + now[i].path.string() + "' was changed since it was looked at",
                {.modelId = record.id, .path = now[i].path.string()});
    }
    auto index = files->readHeaders();
    if (!index)
        return fail(std::move(index).error());
    return OpenedModel{std::move(*files), std::move(*index)};
}

} // namespace weightroom::engine
