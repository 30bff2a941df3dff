// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/catalog/validation/finding.h"
#include "model_engine/core/result.h"

#include <chrono>
#include <functional>
#include <stop_token>

namespace weightroom::engine {

enum class CheckStatus : std::uint8_t {
    None = 0,
    Passed,
    Warning, ///< the model works, and somebody wants to know all the same
    Failed,
    Skipped, ///< not asked for, or not possible after another check has failed
    NotApplicable ///< there is nothing of the kind to be checked
};
[[nodiscard]] std::string_view toText(CheckStatus status); ///< "passed", "not_applicable", …

/// One check and its outcome.
struct ValidationCheck {
    std::string_view name; ///< "structure", "completeness", "values", "checksums", "hashes"
    CheckStatus status = CheckStatus::None;
    CheckFinding finding;
    std::string detail; ///< the same in one English sentence, for people and for the log
    std::optional<Error> error{}; ///< of the reader, when it refused the file
};

/// A tensor whose elements are not what elements of a model are.
struct TensorProblem {
    std::string name;
    std::uint64_t nan = 0;
    std::uint64_t infinite = 0;
    bool isAllZero = false;
};
/// Of more tensors only the number is kept.
inline constexpr std::size_t kMostTensorProblems = 100;

/// A hash that somebody claims for the file, and the one that it has.
struct HashComparison {
    std::filesystem::path file;
    std::string algorithm; ///< "sha256", "tensor_sha256", …
    std::string source; ///< who claims it: "header sshs_model_hash", "x.civitai.info", "hub blob name"
    std::string claimed;
    std::string computed; ///< empty: this program does not compute it
};

struct ValidationRequest {
    bool checkValues = false; ///< read every element
    bool checkHashes = false; ///< compute what header, sidecars and archive claim
};

struct ValidationReport {
    std::vector<ValidationCheck> checks; ///< in the order of their names above, all of them always
    std::vector<TensorProblem> tensors; ///< kMostTensorProblems at most
    std::uint64_t tensorsWithProblems = 0;
    std::vector<HashComparison> hashes;
    Bytes read; ///< without headers

    /// No check has failed.
    [[nodiscard]] bool isValid() const;
};

/// Where the work is told of: bytes that will be read as far as it is known, and bytes that were read since.
struct ByteProgress {
    std::function<void(Bytes)> expect; ///< more than was expected so far
    std::function<void(Bytes)> advance;
};

/// Checks a model from its headers, and on request from all of its bytes (O6). A file that a reader refuses is a report
/// with a failed structure and not an error. Reads in blocks of 1 MiB; but a strided view, which only PyTorch's formats
/// have, is held whole. `record` is what examinePath() has just given.
/// Errors: Cancelled; those of opening and reading, when the model is not there or may not be read; FileChanged.
[[nodiscard]] Result<ValidationReport> validateModel(const ModelRecord& record, const ValidationRequest& request,
    const ByteProgress& progress, const std::stop_token& stop);

} // namespace weightroom::engine
