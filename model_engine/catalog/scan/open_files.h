// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"

#include <vector>

namespace weightroom::engine {

/// The files of a model, open for reading. Movable; reading is thread-safe.
class OpenFiles {
public:
    /// Opens them and notes in `files` in which state they are. Errors: those of InputFile::open().
    [[nodiscard]] static Result<OpenFiles> open(std::vector<ModelFile>& files);

    /// Errors: those of readModelFiles().
    [[nodiscard]] Result<TensorIndex> readHeaders() const;
    /// Of a tensor: that of TensorEntry::file.
    [[nodiscard]] const ByteSource& source(std::size_t file) const { return m_sources[file]; }
    /// Errors: FileChanged, when one of them is no longer what was opened.
    [[nodiscard]] Result<> checkUnchanged() const;

private:
    std::vector<InputFile> m_files;
    std::vector<FileSource> m_sources; ///< borrow from m_files, whose elements stay in place when both are moved
    std::vector<std::string> m_prefixes; ///< of the tensors' names
};

/// A model that can be read from.
struct OpenedModel {
    OpenFiles files;
    TensorIndex index;
};

/// Opens a model that was looked at before, and reads its headers once more. Errors: those of OpenFiles; FileChanged,
/// when a file is not the one that the record tells of.
[[nodiscard]] Result<OpenedModel> openModel(const ModelRecord& record);

} // namespace weightroom::engine
