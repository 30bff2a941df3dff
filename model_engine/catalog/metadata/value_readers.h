// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// Turns what stands in a header or a sidecar into the value of a field. Nothing: it is not of this kind, or beyond the
/// limits below. Null: it is, and says nothing (an empty text, Python's "None", a weight of 0).
///
/// Headers hold texts only, and programs disagree about types: a text that reads as a number, a truth value or a list
/// is one.
using ReadValue = std::optional<Json> (*)(const Json&);

/// The longest description on Civitai has about 100 KB; a header may have 100 MB.
inline constexpr std::size_t kLongestMetadataText = (kKiB * 256).value;
inline constexpr std::size_t kMostMetadataTexts = 1024;

[[nodiscard]] std::optional<Json> readText(const Json& value); ///< without the white space around it
[[nodiscard]] std::optional<Json> readInteger(const Json& value);
[[nodiscard]] std::optional<Json> readNumber(const Json& value); ///< finite
[[nodiscard]] std::optional<Json> readWeight(const Json& value); ///< a number; 0 says nothing
[[nodiscard]] std::optional<Json> readBoolean(const Json& value);
[[nodiscard]] std::optional<Json> readTexts(const Json& value); ///< a list; one text is a list of one
[[nodiscard]] std::optional<Json> readCommaTexts(const Json& value); ///< the same; one text is split at its commas
[[nodiscard]] std::optional<Json> readWebAddress(const Json& value); ///< http or https only
[[nodiscard]] std::optional<Json> readObject(const Json& value); ///< or the JSON text of one
/// Known and of no interest here: says nothing, whatever it is.
[[nodiscard]] std::optional<Json> readNothing(const Json& value);

/// So many hexadecimal digits, in lower case, without "0x"; longer ones are cut when a hash of this kind is the
/// beginning of a longer one (AutoV3). The hash of nothing says nothing: it comes of a program that hashed past the end
/// of the file.
enum class HashLength : std::uint8_t { None = 0, Exact, Beginning };
[[nodiscard]] std::optional<Json> readHashOf(const Json& value, std::size_t digits, HashLength length);

template <std::size_t digits>
[[nodiscard]] std::optional<Json> readHash(const Json& value)
{
    return readHashOf(value, digits, HashLength::Exact);
}
template <std::size_t digits>
[[nodiscard]] std::optional<Json> readHashBeginning(const Json& value)
{
    return readHashOf(value, digits, HashLength::Beginning);
}

/// Without the white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

} // namespace weightroom::engine
