// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/invokeai_library.h"
#include "model_engine/catalog/metadata/claim_reader.h"

#include <filesystem>

namespace weightroom::engine {

/// The source of what InvokeAI's database says.
inline constexpr std::string_view kInvokeSource = "databases/invokeai.db";

/// What InvokeAI says about a model: the name, the description and the trigger phrases that its user sees, base, type
/// and hash as InvokeAI found them.
[[nodiscard]] SourceClaims claimsFromInvoke(const InvokeModel& model);

/// What the database of the installation says in whose folders a model lies; no claims when it lies in none, or when
/// InvokeAI does not know it. Errors: those of readInvokeLibrary().
[[nodiscard]] Result<SourceClaims> claimsFromInvokeDatabase(const std::filesystem::path& model);

} // namespace weightroom::engine
