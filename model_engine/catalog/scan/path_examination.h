// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <filesystem>

namespace weightroom::engine {

/// As examineFile() in catalog/scan/scanner.h, for a path that a person named: the folder of a diffusers pipeline is one
/// model, and so are all shards of the set that the named one belongs to, as a scan would list them. Never fails, the
/// reason stands in the record's problem. Lists the folder, and for a pipeline those right below. `wantedVariant`: of
/// the weights of a pipeline; empty: those that are preferred.
[[nodiscard]] ModelRecordPtr examinePath(const std::filesystem::path& path, const std::string& wantedVariant = {});

} // namespace weightroom::engine
