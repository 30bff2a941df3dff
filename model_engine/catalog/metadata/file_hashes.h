// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/block_reader.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The hashes by which programs and websites name model files; all in hexadecimal digits in lower case.
enum class HashAlgorithm : std::uint8_t {
    None = 0,
    Sha256, ///< of the whole file
    TensorSha256, ///< of the bytes behind a safetensors header: kohya's sshs_model_hash, modelspec.hash_sha256
    AutoV1, ///< A1111's old one: SHA-256 of 64 KiB from 1 MiB on, 8 digits
    AutoV2, ///< the first 10 digits of Sha256
    AutoV3, ///< the first 12 digits of TensorSha256
    Crc32
};
[[nodiscard]] std::span<const HashAlgorithm> hashAlgorithms(); ///< all
[[nodiscard]] std::string_view toText(HashAlgorithm algorithm); ///< "sha256", "tensor_sha256", "autov1", …
[[nodiscard]] std::optional<HashAlgorithm> hashAlgorithmFromText(std::string_view text);

struct HashRequest {
    std::filesystem::path file;
    std::set<HashAlgorithm> algorithms;
    PageCacheUse pages = PageCacheUse::Fill;
};

struct FileHashes {
    FileIdentity identity; ///< of the file that was hashed: the hashes hold as long as it stays the same
    /// Without those that the file does not have: of tensors, when it is no valid safetensors file or holds no data;
    /// AutoV1, when it ends before 1 MiB. (Other programs give the hash of nothing then, which says nothing.)
    std::map<HashAlgorithm, std::string> values;
};

/// Bytes that were read and bytes that will be; called after every block, on the caller's thread.
using HashProgress = std::function<void(Bytes done, Bytes total)>;

/// Reads a file once and takes all hashes on the way, in 1 MiB of memory; AutoV1 alone reads only its 64 KiB. It takes
/// minutes for a large model on a hard disk, so never during a scan. Errors: Cancelled; FileChanged, when the file is
/// written meanwhile; those of opening and reading.
[[nodiscard]] Result<FileHashes> hashFile(
    const HashRequest& request, const std::stop_token& stop, const HashProgress& progress);

} // namespace weightroom::engine
