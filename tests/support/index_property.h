// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <filesystem>
#include <string>

namespace weightroom::test {

/// What every accepted file must keep, checked in a way of its own: every range lies in the file, names are unique,
/// type × shape (or the strides) = bytes, the sums are right; and in formats that promise it, no range overlaps another
/// and no byte of the data belongs to nobody (but for the padding of GGUF). Gives what is wrong, or nothing.
[[nodiscard]] std::string brokenPromise(const engine::TensorIndex& index, engine::Bytes fileSize);

/// Whatever the bytes are, the door to all formats answers: with an index that keeps every promise, or with an error
/// that says something. Gives what is wrong, or nothing.
[[nodiscard]] std::string wrongAnswer(const std::string& content);

/// The same for the file with each of its bits turned over, one at a time.
[[nodiscard]] std::string wrongAnswerToFlippedBits(const std::string& content);

/// The same for every file of a folder, the corpus of a fuzzer; a folder without files is wrong too.
[[nodiscard]] std::string wrongAnswerToCorpus(const std::filesystem::path& folder);

} // namespace weightroom::test
