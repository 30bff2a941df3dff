// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/torch/zip_directory.h"

namespace weightroom::engine {

/// Checks the entries against the file and sets where their data lie. Every entry's own header must say what the
/// directory says; the entries and what belongs to them fill the file from its first byte to the directory, without
/// overlap and without a gap that could hide another one; all are stored as they are, none is encrypted; names are
/// plain relative paths and stay different when upper and lower case are not told apart.
///
/// Reads the local headers (and data descriptors) only, one or two small reads for each entry; no data.
/// Errors: InvalidFormat and Unsupported, naming the entry; those of the source.
[[nodiscard]] Result<> locateZipEntries(const ByteSource& source, ZipDirectory& directory);

/// Reads a located entry and verifies its checksum; the caller has looked at its size.
/// Errors: InvalidFormat, those of the source.
[[nodiscard]] Result<std::string> readZipEntry(const ByteSource& source, const ZipEntry& entry);

} // namespace weightroom::engine
