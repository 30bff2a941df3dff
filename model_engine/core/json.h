// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A JSON value in the order in which it was built: answers of operations, settings, error documents.
using Json = nlohmann::ordered_json;

/// Limits of the reader. The defaults are those of a request.
struct JsonLimits {
    std::size_t maxBytes = kMiB.value;
    std::size_t maxDepth = 64;
};

/// Reads untrusted JSON: strict RFC 8259 (simdjson's DOM, which visits everything), bounded depth, duplicate keys
/// refused, integers exact (an integer beyond 64 bits is refused), nothing behind the document. Errors: InvalidJson,
/// with what and where.
[[nodiscard]] Result<Json> parseJson(std::string_view text, JsonLimits limits = {});

/// Writes JSON; bytes that are not UTF-8 become U+FFFD, it never throws for content. `indent` < 0: one line.
[[nodiscard]] std::string writeJson(const Json& value, int indent = -1);

/// The typed error as a document (E1): code, class, severity, recovery, message, and the context that is known; tried,
/// where something was tried to help.
[[nodiscard]] Json toJson(const Error& error);
/// Steps of a recovery, each with action and freed_bytes.
[[nodiscard]] Json toJson(std::span<const RecoveryStep> steps);
/// What that has written; empty for what is no list. An action that is not known here becomes None.
[[nodiscard]] std::vector<RecoveryStep> recoveryStepsFromJson(const Json& rows);
/// What toJson() has written of an error, perhaps in another process: a code that is not known here becomes Unknown,
/// and what is missing stays empty.
[[nodiscard]] Error errorFromJson(const Json& document);

} // namespace weightroom::engine
