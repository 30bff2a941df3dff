// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

namespace weightroom::engine {

/// As examineFile() in catalog/scanner.h, for a caller that has looked at the file before: a file that cannot be opened
/// has the identity that was seen then. A file that is changed while it is read is read once more.
[[nodiscard]] ModelRecordPtr examineFile(const std::filesystem::path& path, const FileIdentity& seen);

/// The row of a file that cannot be a model, without opening it.
[[nodiscard]] ModelRecordPtr unusableFile(const std::filesystem::path& path, const FileIdentity& seen, Error problem);

} // namespace weightroom::engine
