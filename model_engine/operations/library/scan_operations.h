// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/library/library_scan.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetAvailableModels (O15, D), and the same as a worker's: discover_available_models (O16). `services` must outlive
/// the registry.
void addScanOperations(OperationRegistry& registry, EngineServices& services);

/// Figures of each directory, and how changes in it are noticed.
[[nodiscard]] Json directoriesJson(const EngineServices& services, const ScanResult& result);

/// The options of a scan that the fields name.
[[nodiscard]] ScanRequest scanOptionsFrom(const Arguments& arguments);
/// Fields of a scan's options: include_subdirectories, maximum_depth, file_extensions.
[[nodiscard]] std::vector<FieldSpec> scanOptionFields();

/// A scan as the list of jobs shows it.
[[nodiscard]] JobDescription describeScan(std::string operation, std::string subject);

} // namespace weightroom::engine
