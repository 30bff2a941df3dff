// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/pickle_builder.h"
#include "tests/support/zip_builder.h"

#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// A storage: its key and its bytes.
using StorageBytes = std::pair<std::string, std::string>;

/// The entries of an archive as torch.save writes them, in a builder that more can be added to.
[[nodiscard]] ZipBuilder torchZipBuilder(
    std::string_view pickle, const std::vector<StorageBytes>& storages, std::string_view root = "archive");

/// The archive.
[[nodiscard]] std::string torchZip(std::string_view pickle, const std::vector<StorageBytes>& storages);

/// A storage of the old format: the number of elements that it says to have, and its bytes.
struct LegacyStorage {
    std::string key;
    std::uint64_t count = 0;
    std::string bytes;
};

/// The three pickles in front of the one that matters.
[[nodiscard]] std::string legacyBeginning();
/// A file of the old format.
[[nodiscard]] std::string torchLegacy(std::string_view pickle, const std::vector<LegacyStorage>& storages);

/// A pickle of {"x": tensor}.
[[nodiscard]] std::string pickleOf(const PickledTensor& tensor);

/// A pickle of a few hundred bytes with two to the 64 ways to what lies in its innermost list: a = [`inside`],
/// b = [a, a], c = [b, b], … `inside` appends to the list.
[[nodiscard]] std::string manyWaysTo(std::string_view inside);

/// Small files of both forms with several types, a shared storage, views, an empty tensor, a scalar and metadata: what
/// truncation and mutation tests work on. The bytes of the storages are tensorPattern(key, size).
[[nodiscard]] std::string smallTorchZip();
[[nodiscard]] std::string smallTorchLegacy();

} // namespace weightroom::test
