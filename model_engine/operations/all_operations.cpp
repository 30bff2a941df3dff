// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/all_operations.h"

#include "model_engine/operations/benchmark_operations.h"
#include "model_engine/operations/cache_operations.h"
#include "model_engine/operations/catalog_operations.h"
#include "model_engine/operations/compatibility_operations.h"
#include "model_engine/operations/component_operations.h"
#include "model_engine/operations/conversion_operations.h"
#include "model_engine/operations/deletion_operations.h"
#include "model_engine/operations/file_lookup_operations.h"
#include "model_engine/operations/history_export_operations.h"
#include "model_engine/operations/job_operations.h"
#include "model_engine/operations/layout_operations.h"
#include "model_engine/operations/lease_operations.h"
#include "model_engine/operations/library_operations.h"
#include "model_engine/operations/load_operations.h"
#include "model_engine/operations/load_preview_operations.h"
#include "model_engine/operations/load_record_operations.h"
#include "model_engine/operations/metadata_operations.h"
#include "model_engine/operations/model_config_operations.h"
#include "model_engine/operations/monitor_operations.h"
#include "model_engine/operations/optimization_operations.h"
#include "model_engine/operations/performance_operations.h"
#include "model_engine/operations/preload_operations.h"
#include "model_engine/operations/scan_operations.h"
#include "model_engine/operations/settings_operations.h"
#include "model_engine/operations/share_operations.h"
#include "model_engine/operations/sharing_operations.h"
#include "model_engine/operations/unload_operations.h"
#include "model_engine/operations/validation_operations.h"
#include "model_engine/operations/vram_operations.h"
#include "model_engine/operations/worker_operations.h"

namespace weightroom::engine {

void addAllOperations(OperationRegistry& registry, EngineServices& services)
{
    addCatalogOperations(registry, services);
    addScanOperations(registry, services);
    addDeletionOperations(registry, services);
    addComponentOperations(registry, services);
    addConversionOperations(registry, services);
    addLoadOperations(registry, services);
    addCacheOperations(registry, services);
    addLoadPreviewOperations(registry, services);
    addLoadRecordOperations(registry, services);
    addCompatibilityOperations(registry, services);
    addFileLookupOperations(registry, services);
    addLibraryOperations(registry, services);
    addModelConfigOperations(registry, services);
    addLayoutOperations(registry, services);
    addMetadataOperations(registry, services);
    addPreloadOperations(registry, services);
    addSettingsOperations(registry, services);
    addSharingOperations(registry, services);
    addShareOperations(registry, services);
    addLeaseOperations(registry, services);
    addMonitorOperations(registry, services);
    addHistoryExportOperations(registry, services);
    addOptimizationOperations(registry, services);
    addPerformanceOperations(registry, services);
    addUnloadOperations(registry, services);
    addBenchmarkOperations(registry, services);
    addVramOperations(registry, services);
    addValidationOperations(registry, services);
    addWorkerOperations(registry, services);
    addJobOperations(registry, services); // last: they answer with what the others have answered
}

} // namespace weightroom::engine
