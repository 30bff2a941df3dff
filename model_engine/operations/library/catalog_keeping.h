// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

namespace weightroom::engine {

struct EngineServices;

/// The order in which the catalogue is loaded and kept.
struct CatalogKeeping {
    std::mutex mutex; ///< held over the work with the store and over invoke(), never by the engine thread
    bool isLoaded = false;
};

// Both may wait for the disk and are for the threads of jobs. A store that cannot be used is no error: it is told in
// EngineTables::catalogProblem, and the engine goes on without.

/// Brings the catalogue that the last run has left into the tables, once per engine. Who comes while another thread is
/// at it waits for the end. Models outside the configured folders are remembered and not listed.
void loadKeptCatalog(EngineServices& services);

/// Keeps the catalogue for the next run, as it is now.
void keepCatalog(EngineServices& services);

} // namespace weightroom::engine
