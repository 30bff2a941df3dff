// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/script.h"

#include <iterator>

using weightroom::engine::Json;

namespace weightroom::test {
namespace {

using Steps = std::vector<Step>;

Json list(std::initializer_list<const char*> texts)
{
    Json entries = Json::array();
    for (const char* text : texts)
        entries.push_back(text);
    return entries;
}

const Json kAllScanFields{{"scan_directories", list({"@models", "@models/loras"})},
    {"files", list({"@models/vaes/sample-sdxl-vae.safetensors"})}, {"refresh", "always"},
    {"include_subdirectories", true}, {"maximum_depth", 3}, {"file_extensions", list({".safetensors", ".ckpt"})},
    {"model_types", list({"lora", "sdxl"})}};

Steps librarySteps()
{
    return {
        {"library.post_sample_library",
            {{"directory", "@models"}, {"size", "small"}, {"model_types", list({"checkpoint", "lora", "vae"})}}},
        {"library.post_sample_library", {{"directory", "@models"}}, "already_exists"},
        {"library.get_library_folders"},
        {"library.get_library_layout", {{"path", "@models"}}},
        {"library.get_library_layout", {{"path", "@folder/nowhere"}}, "not_found"},
        {"worker.discover_available_models", kAllScanFields},
        {"model.get_available_models", kAllScanFields},
        {"model.get_available_models"},
        {"model.get_available_models", {{"model_types", list({"no such type"})}}, "invalid_value"},
        {"worker.scan_model_directory",
            {{"directory", "@models/vaes"}, {"include_subdirectories", false}, {"maximum_depth", 1},
                {"file_extensions", list({".safetensors"})}}},
        {"worker.comprehensive_model_scan"},
        {"library.post_library_export_paths", {{"file", "@folder/desktop/extra_model_paths.yaml"}}},
    };
}

Steps modelSteps()
{
    const char* path = "@models/vaes/sample-sdxl-vae.safetensors";
    return {
        {"model.get_model", {{"model_id", "@sample-sdxl"}}},
        {"model.get_model", {{"model_id", "no such model"}}, "model_not_found"},
        {"model.get_model_status", {{"model_id", "@sample-sd15"}}},
        {"model.get_model_status"},
        {"model.get_model_components",
            {{"model_id", "@sample-sdxl-vae"}, {"include_tensors", true}, {"include_hashes", true}}},
        {"model.get_model_components", {{"path", path}}},
        {"model.get_model_components", Json::object(), "missing_field"},
        {"model.get_model_of_file", {{"path", path}}},
        {"model.get_model_compatibility",
            {{"model_id", "@sample-sdxl-lora"}, {"verdicts", list({"compatible", "incompatible"})}}},
        {"model.get_model_hashes", {{"model_id", "@sample-sdxl-vae"}, {"algorithms", list({"sha256", "autov1"})}}},
        {"model.get_model_hashes", {{"path", path}}},
        {"model.post_model_validate",
            {{"model_id", "@sample-sdxl-vae"}, {"check_values", true}, {"check_hashes", true}}},
        {"model.post_model_validate", {{"path", path}}},
    };
}

Steps noteSteps()
{
    const char* path = "@models/loras/sample-sdxl-lora.safetensors";
    return {
        {"model.post_model_metadata_update",
            {{"model_id", "@sample-sdxl-lora"}, {"sidecar", "a1111"}, {"description", "\xE2\x80\x9E quoted \" \\ \n"},
                {"notes", "it's & <b>"}, {"trigger_words", list({"a word", "\xF0\x9F\x8E\xA8"})},
                {"preferred_weight", 0.7}, {"negative_text", "blurry"}, {"base_model", "SDXL"}}},
        {"model.post_model_metadata_update",
            {{"model_id", "@sample-sdxl"}, {"sidecar", "a1111"}, {"vae", "sample-sdxl-vae.safetensors"}}},
        {"model.post_model_metadata_update",
            {{"path", path}, {"sidecar", "lora_manager"}, {"notes", "one"}, {"tags", list({"style"})},
                {"favorite", true}}},
        {"model.post_model_metadata_update", {{"path", path}, {"sidecar", "stability_matrix"}, {"title", "a title"}}},
        {"model.post_model_metadata_update",
            {{"model_id", "@sample-sdxl-lora"}, {"sidecar", "a1111"}, {"description", nullptr}, {"notes", ""},
                {"trigger_words", Json::array()}}},
        {"model.get_model_metadata", {{"model_id", "@sample-sdxl-lora"}, {"include_raw", true}}},
        {"model.get_model_metadata", {{"path", path}}},
        {"model.post_model_config_update",
            {{"model_id", "@sample-sdxl"}, {"tags", list({"one", "two & three"})}, {"notes", "a note"},
                {"is_favorite", true}, {"is_pinned", false}, {"keep_alive_seconds", 600}, {"model_type", "checkpoint"},
                {"architecture", "sdxl"}, {"prediction_type", "epsilon"}, {"preferred_precision", "by_level"},
                {"weights_variant", "default"}}},
        {"model.get_model_config", {{"model_id", "@sample-sdxl"}}},
        {"model.post_model_config_update", {{"model_id", "@sample-sdxl"}, {"tags", Json::array()}, {"notes", ""}}},
    };
}

Steps settingsSteps()
{
    return {
        {"settings.get_settings"},
        {"settings.post_settings_update",
            {{"model_folders", list({"@models"})}, {"cache_budget_bytes", 201326592},
                {"memory_reserve_bytes", 1073741824}, {"host_device_bytes", {268435456, 16777216}}, {"use_cuda", false},
                {"pool_ready_bytes", 0}, {"pool_keep_seconds", 0}, {"hash_when_idle", false},
                {"eviction_policy", "lru"}, {"optimization_level", "none"}, {"rest_enabled", true}, {"rest_port", 9999},
                {"alert_memory_percent", 95}, {"alert_load_seconds", 60}, {"alert_error_percent", 10},
                {"alert_hold_seconds", 0}, {"alert_hysteresis_percent", 10}, {"history_minutes_days", 14},
                {"history_hours_days", 730}, {"direct_io", true}, {"share_contents", true},
                {"predictive_caching", true}, {"precision_conversion", true}, {"share_with_processes", true}}},
        {"settings.post_settings_update", {{"rest_port", 1}}, "invalid_value"},
        {"settings.post_feature_flag_update", {{"name", "predictive_caching"}, {"value", false}}},
        {"settings.get_feature_flags"},
    };
}

/// Of both loads: the other name does the same.
Json loadFields(const char* model, std::initializer_list<const char*> components)
{
    return {{"model_id", model}, {"device_id", "HOST_0"}, {"component_ids", list(components)},
        {"optimization_level", "none"}, {"precision", "by_level"}, {"verify", true}, {"keep_alive_seconds", 3600}};
}

Steps memorySteps()
{
    return {
        {"model.get_model_load_preview",
            {{"model_id", "@sample-sdxl"}, {"device_id", "HOST_0"}, {"component_ids", list({"vae_kl_f8"})},
                {"optimization_level", "none"}, {"precision", "by_level"}}},
        {"model.get_model_load_preview", {{"model_id", "@sample-sdxl"}, {"device_id", "cache"}}},
        {"model.post_model_cache", {{"model_id", "@sample-sdxl"}, {"component_ids", list({"vae_kl_f8"})}}},
        {"model.post_model_cache", {{"model_id", "@sample-sdxl"}, {"component_ids", list({"none"})}},
            "component_not_found"},
        {"worker.cache_model_components",
            {{"model_id", "@sample-sdxl"}, {"component_ids", list({"encoder_clip_l", "encoder_clip_g"})}}},
        {"model.get_model_cache", {{"model_id", "@sample-sdxl"}}},
        {"model.post_model_load", loadFields("@sample-sdxl-vae", {"vae_kl_f8"})},
        {"model.post_model_load", {{"model_id", "@sample-sdxl-vae"}, {"device_id", "GPU_7"}}, "device_not_found"},
        {"model.post_model_vram_load", loadFields("@sample-sdxl", {"vae_kl_f8"})},
        {"worker.load_components_to_vram", loadFields("@sample-sdxl", {"unet_sdxl", "encoder_clip_l"})},
        {"worker.get_cache_status"},
        {"model.get_model_load_records", {{"model_id", "@sample-sdxl"}, {"limit", 2}}},
        {"model.get_model_load_records"},
        {"worker.analyze_cache_patterns", {{"period_hours", 2}, {"include_trace", true}}},
        {"model.get_model_status", {{"model_id", "@sample-sdxl"}}},
        {"worker.optimize_component_sharing", {{"device_id", "HOST_0"}}},
        {"worker.optimize_component_sharing"},
        {"model.post_model_optimize",
            {{"model_id", "@sample-sdxl"}, {"device_id", "HOST_0"}, {"optimization_level", "none"},
                {"precision", "by_level"}}},
        {"worker.optimize_cache", {{"wanted_free_bytes", 150000000}}},
    };
}

Steps monitorSteps()
{
    return {
        {"monitor.get_memory_contents",
            {{"device_id", "HOST_0"}, {"model_id", "@sample-sdxl-vae"}, {"component_id", "vae_kl_f8"},
                {"sharing", "exclusive"}}},
        {"monitor.get_memory_contents", {{"device_id", "HOST_0"}, {"sharing", "shared"}}},
        {"monitor.get_memory_contents", {{"device_id", "cache"}, {"model_id", "none"}}, "not_loaded"},
        {"monitor.get_memory_contents", {{"device_id", "HOST_0"}, {"component_id", "vae_kl_f8"}}, "missing_field"},
        {"settings.post_settings_update", {{"alert_memory_percent", 1}}},
        {"monitor.get_monitor_state"}, // raises the alert: there is more than that on HOST_0
        {"monitor.get_alerts", {{"limit", 5}}},
        {"monitor.get_alerts", {{"limit", 5}, {"before_alert_id", 1'767'225'600'000'001}}},
        {"monitor.post_alert_acknowledge", {{"alert_id", 1'767'225'600'000'000}}}, // when the clock stands
        {"monitor.post_alert_acknowledge", {{"alert_id", 4711}}, "alert_not_found"},
        {"monitor.get_metric_history",
            {{"metrics", list({"memory_held", "ram_used"})}, {"device_id", "HOST_0"}, {"period_seconds", 60},
                {"end_time", 1767225600}, {"most_points", 10}, {"step", "minute"}}},
        {"monitor.get_metric_history", {{"metrics", list({"memory_held"})}, {"device_id", "GPU_7"}},
            "device_not_found"},
        {"monitor.post_history_export",
            {{"file", "@folder/history.csv"}, {"format", "csv"}, {"metrics", list({"memory_held"})},
                {"device_id", "HOST_0"}, {"period_seconds", 60}, {"end_time", 1767225600}, {"step", "minute"},
                {"if_exists", "refuse"}}},
        {"monitor.post_history_export", {{"file", "@folder/history.csv"}, {"format", "json"}}, "already_exists"},
        {"worker.collect_performance_metrics",
            {{"device_id", "HOST_0"}, {"period_seconds", 3600}, {"end_time", 1767225600}}},
        {"worker.collect_performance_metrics"},
    };
}

Steps sharingSteps()
{
    return {
        {"model.post_model_share",
            {{"model_id", "@sample-sdxl-vae"}, {"device_id", "HOST_0"}, {"component_ids", list({"vae_kl_f8"})},
                {"domains", list({"inference", "processing"})}}},
        {"sharing.get_leases", {{"model_id", "@sample-sdxl-vae"}}},
        {"sharing.get_leases"},
        {"model.post_model_unload", {{"model_id", "@sample-sdxl-vae"}}, "lease_held"},
        {"model.post_model_unload",
            {{"model_id", "@sample-sdxl-vae"}, {"device_id", "HOST_0"}, {"component_ids", list({"vae_kl_f8"})},
                {"force", true}}},
        {"worker.unload_components_from_vram",
            {{"model_id", "@sample-sdxl"}, {"device_id", "HOST_0"}, {"component_ids", list({"encoder_clip_l"})},
                {"force", false}}},
        {"model.post_model_vram_unload",
            {{"model_id", "@sample-sdxl"}, {"device_id", "HOST_0"}, {"component_ids", list({"unet_sdxl", "vae_kl_f8"})},
                {"force", false}}},
        {"model.post_model_unload", {{"model_id", "@sample-sdxl"}}, "not_loaded"},
        {"model.delete_model_cache", {{"model_id", "@sample-sdxl-vae"}}},
        {"model.delete_model_cache"},
    };
}

Steps benchmarkSteps()
{
    const char* id = "20260101T000000000Z-1"; // the clock stands still
    return {
        {"model.get_model_benchmark_progress"},
        {"model.post_model_benchmark",
            {{"model_ids", list({"@sample-sdxl-vae"})}, {"component_ids", list({"vae_kl_f8"})}, {"device_id", "HOST_0"},
                {"optimization_level", "none"}, {"precision", "as_stored"}, {"temperature", "page_cache"},
                {"iterations", 1}, {"verify", true}, {"compare_peer", false}, {"check_compute", true}}},
        {"model.post_model_benchmark", {{"model_ids", list({"none"})}}, "model_not_found"},
        {"model.get_model_benchmark_results", {{"benchmark_id", id}}},
        {"model.get_model_benchmark_results", {{"model_id", "@sample-sdxl-vae"}, {"limit", 2}}},
        {"model.get_model_benchmark_comparison", {{"before", id}, {"after", id}}},
        {"model.post_model_benchmark_export",
            {{"benchmark_id", id}, {"file", "@folder/benchmark.csv"}, {"format", "csv"}, {"if_exists", "refuse"}}},
        {"model.post_model_benchmark_export", {{"benchmark_id", id}, {"file", "@folder/benchmark.csv"}},
            "already_exists"},
        {"model.delete_model_benchmark", {{"benchmark_id", id}}},
        {"model.delete_model_benchmark", {{"benchmark_id", id}}, "benchmark_not_found"},
    };
}

Steps preloadSteps()
{
    const char* name = "every night: M\xC3\xA4x & 50% + 1?";
    return {
        {"model.post_model_preload",
            {{"model_id", "@sample-sdxl-vae"}, {"device_id", "HOST_0"}, {"deadline_seconds", 60},
                {"priority", "urgent"}}},
        {"preload.post_preload_plan",
            {{"name", name}, {"model_ids", list({"@sample-sdxl-vae", "@sample-sdxl-lora"})},
                {"device_ids", list({"HOST_0", "cache"})}, {"run_at_start", false}}},
        {"preload.get_preload_plans"},
        {"preload.post_preload_run", {{"name", name}, {"deadline_seconds", 60}, {"priority", "normal"}}},
        {"preload.post_restart_plan"},
        {"preload.delete_preload_plan", {{"name", name}}},
        {"preload.delete_preload_plan", {{"name", name}}, "preload_plan_not_found"},
    };
}

Steps fileSteps()
{
    return {
        {"model.post_model_convert",
            {{"model_id", "@sample-sdxl-vae"}, {"output_path", "@folder/converted.safetensors"},
                {"target_format", "safetensors"}, {"precision", "keep"}, {"drop_ema", true}, {"if_exists", "refuse"},
                {"resume", true}}},
        {"model.post_model_convert",
            {{"path", "@models/vaes/sample-sdxl-vae.safetensors"}, {"output_path", "@folder/converted.safetensors"}},
            "already_exists"},
        {"model.post_model_convert",
            {{"path", "@models/vaes/sample-sdxl-vae.safetensors"}, {"output_path", "@folder/converted.safetensors"},
                {"if_exists", "replace"}, {"resume", false}}},
        {"model.delete_model", {{"model_id", "@sample-sdxl-vae"}, {"dry_run", true}}},
        {"model.delete_model", {{"model_id", "@sample-sdxl-vae"}}, "model_in_use"},
        {"model.delete_model", {{"model_id", "@sample-sdxl-vae"}, {"when_in_memory", "release"}, {"dry_run", false}}},
        {"model.post_model_restore", {{"deletion_id", 1}}},
        {"model.post_model_restore", {{"deletion_id", 1}}, "invalid_value"},
    };
}

Steps jobSteps()
{
    return {
        {"job.post_job_cancel", {{"job_id", "@job"}}, {}, Around::HeldJob},
        {"job.get_jobs"},
        {"job.get_job", {{"job_id", 1}}},
        {"job.get_job", {{"job_id", 4711}}, "job_not_found"},
    };
}

Steps all(std::initializer_list<Steps> parts)
{
    Steps steps;
    for (const Steps& part : parts)
        steps.insert(steps.end(), part.begin(), part.end());
    return steps;
}

} // namespace

const std::vector<Step>& script()
{
    static const Steps steps = all({librarySteps(), modelSteps(), noteSteps(), settingsSteps(), memorySteps(),
        monitorSteps(), sharingSteps(), benchmarkSteps(), preloadSteps(), fileSteps(), jobSteps()});
    return steps;
}

const std::vector<Step>& connectedScript()
{
    static const Json vae{{"model_id", "@sample-sdxl-vae"}};
    static const Steps steps{
        {"library.post_sample_library", {{"directory", "@models"}, {"model_types", list({"vae"})}}},
        {"model.get_available_models"},
        {"model.post_model_load", vae},
        {"server.get_server_info"},
        {"server.get_operations"},
        {"server.post_show_window", {{"folders", list({"@models"})}}, "unsupported"},
        {"server.post_subscribe", {{"topics", list({"own_jobs", "jobs", "state", "alerts"})}}},
        {"server.post_unsubscribe", {{"topics", list({"jobs", "state", "alerts"})}}},
        {"sharing.post_consumer_register", {{"name", "another"}, {"domains", list({"inference", "processing"})}}},
        {"model.post_model_attach",
            {{"model_id", "@sample-sdxl-vae"}, {"device_id", "HOST_0"}, {"component_ids", list({"vae_kl_f8"})}}},
        {"sharing.get_lease_tensors", {{"lease_id", 1}}},
        {"server.post_slabs_send", {{"lease_id", 1}, {"first_slab", 0}, {"count", 1}}},
        {"server.post_slabs_send", {{"lease_id", 1}}, "invalid_value"},
        {"sharing.get_leases"},
        {"model.post_model_unload", vae, "lease_held"},
        {"sharing.post_lease_return", {{"lease_id", 1}}},
        {"sharing.post_lease_return", {{"lease_id", 1}}, "lease_not_found"},
    };
    return steps;
}

} // namespace weightroom::test
