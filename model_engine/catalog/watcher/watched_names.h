// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/configuration_names.h"
#include "model_engine/catalog/layouts/ollama_library.h"
#include "model_engine/catalog/scan/folder_listing.h"
#include "model_engine/catalog/scan/scanner.h"

#include <string_view>

namespace weightroom::engine {

/// Whether a change of a file of this name may change what a scan finds.
[[nodiscard]] inline bool isWatchedName(std::string_view name)
{
    // Never destroyed: a watching thread that hung may come back while the program ends (watch_worker.h).
    static const NameFilter& filter = *new NameFilter{ScanRequest{}.extensions};
    return filter.isModel(name) || NameFilter::isIndex(name) || isConfigurationName(name) || isOllamaBlobName(name);
}

[[nodiscard]] inline bool isSkippedName(std::string_view name) { return NameFilter::isSkipped(name); }

/// A folder that a scan could not read either: no reason to watch otherwise.
[[nodiscard]] inline bool isErrorOfFolder(const Error& error)
{
    return error.code == ErrorCode::NotFound || error.code == ErrorCode::PermissionDenied
        || error.code == ErrorCode::NotRegularFile;
}

} // namespace weightroom::engine
