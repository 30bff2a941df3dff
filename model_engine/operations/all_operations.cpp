// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/all_operations.h"

#include "model_engine/operations/benchmark/benchmark_operations.h"
#include "model_engine/operations/cache/cache_operations.h"
#include "model_engine/operations/jobs/job_operations.h"
#include "model_engine/operations/jobs/worker_operations.h"
#include "model_engine/operations/library/file_lookup_operations.h"
#include "model_engine/operations/library/layout_operations.h"
#include "model_engine/operations/library/library_operations.h"
#include "model_engine/operations/library/scan_operations.h"
#include "model_engine/operations/loading/load_operations.h"
#include "model_engine/operations/loading/load_preview_operations.h"
#include "model_engine/operations/loading/load_record_operations.h"
#include "model_engine/operations/loading/unload_operations.h"
#include "model_engine/operations/memory/memory_contents_operations.h"
#include "model_engine/operations/memory/optimization_operations.h"
#include "model_engine/operations/memory/vram_operations.h"
#include "model_engine/operations/models/catalog_operations.h"
#include "model_engine/operations/models/compatibility_operations.h"
#include "model_engine/operations/models/component_operations.h"
#include "model_engine/operations/models/conversion_operations.h"
#include "model_engine/operations/models/deletion_operations.h"
#include "model_engine/operations/models/metadata_operations.h"
#include "model_engine/operations/models/model_config_operations.h"
#include "model_engine/operations/models/validation_operations.h"
#include "model_engine/operations/monitor/history_export_operations.h"
#include "model_engine/operations/monitor/monitor_operations.h"
#include "model_engine/operations/monitor/performance_operations.h"
#include "model_engine/operations/preload/preload_operations.h"
#include "model_engine/operations/settings/settings_operations.h"
#include "model_engine/operations/sharing/lease_operations.h"
#include "model_engine/operations/sharing/share_operations.h"
#include "model_engine/operations/sharing/sharing_operations.h"

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
    addMemoryContentsOperations(registry, services);
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
