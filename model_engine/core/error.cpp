// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/error.h"

#include <array>

namespace weightroom::engine {
namespace {

using Code = ErrorCode;
using Class = ErrorClass;
using Recovery = RecoveryStrategy;

constexpr std::array kErrorCatalogue{
    ErrorTraits{Code::Unknown, "unknown", Class::Unknown, Severity::Critical, Recovery::None,
        "No code was set. This is a defect of Weightroom."},
    ErrorTraits{Code::Internal, "internal", Class::Unknown, Severity::Critical, Recovery::None,
        "A defect of Weightroom; the log has the details."},
    ErrorTraits{Code::Cancelled, "cancelled", Class::Unknown, Severity::Info, Recovery::Retry,
        "The job was cancelled; everything that it had taken was given back."},
    ErrorTraits{Code::UnknownOperation, "unknown_operation", Class::Request, Severity::Error, Recovery::None,
        "There is no operation of this name."},
    ErrorTraits{Code::UnknownField, "unknown_field", Class::Request, Severity::Error, Recovery::None,
        "There is no field or setting of this name."},
    ErrorTraits{Code::MissingField, "missing_field", Class::Request, Severity::Error, Recovery::None,
        "A field that the operation needs was not given."},
    ErrorTraits{Code::InvalidValue, "invalid_value", Class::Request, Severity::Error, Recovery::None,
        "A value has the wrong type or lies outside its limits."},
    ErrorTraits{Code::InvalidJson, "invalid_json", Class::Request, Severity::Error, Recovery::None,
        "The text is not valid JSON."},
    ErrorTraits{Code::Unsupported, "unsupported", Class::Compatibility, Severity::Error, Recovery::ChooseOther,
        "This build or this hardware cannot do it."},
    ErrorTraits{Code::FeatureOff, "feature_off", Class::Request, Severity::Error, Recovery::ChooseOther,
        "It needs a feature that is switched off, or that is left alone for a while after it has failed."},
    ErrorTraits{Code::AlreadyServed, "already_served", Class::Request, Severity::Warning, Recovery::None,
        "Another engine serves the programs of this user; there is one at a time."},
    ErrorTraits{Code::NotAllowed, "not_allowed", Class::Request, Severity::Error, Recovery::None,
        "The way that the client has come by does not allow it: that is for reading, or needs a token."},
    ErrorTraits{Code::NotFound, "not_found", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "There is no file or folder at this path."},
    ErrorTraits{Code::PermissionDenied, "permission_denied", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "The file or folder may not be read by this user."},
    ErrorTraits{Code::NotRegularFile, "not_regular_file", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "The path is not a regular file."},
    ErrorTraits{Code::IoError, "io_error", Class::Loading, Severity::Error, Recovery::RereadFile,
        "The system could not read or write the file."},
    ErrorTraits{Code::DiskFull, "disk_full", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "There is not enough room on the disk."},
    ErrorTraits{Code::AlreadyExists, "already_exists", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "A file of this name is already there and is not overwritten."},
    ErrorTraits{Code::FileChanged, "file_changed", Class::Loading, Severity::Warning, Recovery::RereadFile,
        "The file was changed while it was read."},
    ErrorTraits{Code::FileArriving, "file_arriving", Class::Loading, Severity::Info, Recovery::Retry,
        "The file is still being written; it is read when it is complete."},
    ErrorTraits{Code::NotAnswering, "not_answering", Class::Loading, Severity::Warning, Recovery::Retry,
        "The disk or the network that the folder lies on does not answer; nobody waits for it."},
    ErrorTraits{Code::FileInUse, "file_in_use", Class::Loading, Severity::Warning, Recovery::Retry,
        "Another program is using the file."},
    ErrorTraits{Code::FileTruncated, "file_truncated", Class::Loading, Severity::Error, Recovery::RereadFile,
        "The file is shorter than its header says."},
    ErrorTraits{Code::InvalidFormat, "invalid_format", Class::Loading, Severity::Error, Recovery::None,
        "The file contradicts its own format."},
    ErrorTraits{Code::HeaderTooLarge, "header_too_large", Class::Loading, Severity::Error, Recovery::None,
        "The header of the file is larger than the limit."},
    ErrorTraits{Code::UnknownDtype, "unknown_dtype", Class::Compatibility, Severity::Error, Recovery::None,
        "A tensor has a data type that Weightroom does not know."},
    ErrorTraits{Code::UnknownFormat, "unknown_format", Class::Compatibility, Severity::Error, Recovery::None,
        "The file has none of the formats that Weightroom reads."},
    ErrorTraits{Code::UnsafePickle, "unsafe_pickle", Class::Loading, Severity::Error, Recovery::ChooseOther,
        "The file would run code when it is opened; nothing of it was executed."},
    ErrorTraits{Code::ModelNotFound, "model_not_found", Class::Request, Severity::Error, Recovery::ChooseOther,
        "No model has this id; scan the folders again if it is new."},
    ErrorTraits{Code::ComponentNotFound, "component_not_found", Class::Request, Severity::Error, Recovery::ChooseOther,
        "The model has no component of this id."},
    ErrorTraits{Code::DeviceNotFound, "device_not_found", Class::Request, Severity::Error, Recovery::ChooseOther,
        "There is no device of this id."},
    ErrorTraits{Code::ModelUnusable, "model_unusable", Class::Compatibility, Severity::Error, Recovery::ChooseOther,
        "The model is listed with a reason and cannot be loaded."},
    ErrorTraits{Code::NotLoaded, "not_loaded", Class::Request, Severity::Warning, Recovery::None,
        "The model is not loaded there."},
    ErrorTraits{Code::Busy, "busy", Class::Request, Severity::Warning, Recovery::Retry,
        "Another job is at work on the same model."},
    ErrorTraits{Code::ModelInUse, "model_in_use", Class::Request, Severity::Warning, Recovery::FreeMemory,
        "The model is cached or loaded; unload it and drop it from the cache first."},
    ErrorTraits{Code::LeaseHeld, "lease_held", Class::Request, Severity::Warning, Recovery::FreeMemory,
        "Another program uses the weights; end it there, or ask for it with force."},
    ErrorTraits{Code::LeaseNotFound, "lease_not_found", Class::Request, Severity::Error, Recovery::None,
        "There is no lease of this number, or it is another client's."},
    ErrorTraits{Code::JobNotFound, "job_not_found", Class::Request, Severity::Error, Recovery::None,
        "There is no job of this number, or it has ended."},
    ErrorTraits{Code::PreloadPlanNotFound, "preload_plan_not_found", Class::Request, Severity::Error,
        Recovery::ChooseOther, "There is no preload plan of this name."},
    ErrorTraits{Code::AlertNotFound, "alert_not_found", Class::Request, Severity::Error, Recovery::None,
        "There is no alert of this number, or it is over and was acknowledged."},
    ErrorTraits{Code::BenchmarkNotFound, "benchmark_not_found", Class::Request, Severity::Error, Recovery::ChooseOther,
        "There is no benchmark report of this id."},
    ErrorTraits{Code::OutOfDeviceMemory, "out_of_device_memory", Class::Memory, Severity::Error, Recovery::FreeMemory,
        "The device has not enough free memory."},
    ErrorTraits{Code::OutOfCacheBudget, "out_of_cache_budget", Class::Memory, Severity::Error, Recovery::FreeMemory,
        "The RAM cache has not enough room in its budget."},
    ErrorTraits{Code::OutOfHostMemory, "out_of_host_memory", Class::Memory, Severity::Error, Recovery::FreeMemory,
        "The system gave no more memory."},
    ErrorTraits{Code::DeviceError, "device_error", Class::Device, Severity::Error, Recovery::Retry,
        "A call to the device failed; the device is still usable."},
    ErrorTraits{Code::DeviceLost, "device_lost", Class::Device, Severity::Critical, Recovery::RestartProgram,
        "The device failed and is not used any more until Weightroom is restarted."},
    ErrorTraits{Code::VerificationFailed, "verification_failed", Class::Device, Severity::Critical, Recovery::Retry,
        "Bytes read back from the device differ from the file; the load was dropped."},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kErrorCatalogue.size(); ++row) {
        if (kErrorCatalogue[row].code != static_cast<ErrorCode>(row))
            return false;
    }
    return kErrorCatalogue.back().code == ErrorCode::VerificationFailed;
}
static_assert(isInOrder(), "one row per code, in the order of the enumeration, up to the last");

constexpr std::array<std::string_view, 7> kActionNames{
    "none", "trim_pools", "evict_cache", "compact_memory", "lower_precision", "reread_files", "try_again"};

void append(std::string& line, std::string_view name, std::string_view value)
{
    if (!value.empty())
        line.append(", ").append(name).append(" ").append(value);
}

} // namespace

std::span<const ErrorTraits> errorCatalogue() { return kErrorCatalogue; }

const ErrorTraits& traitsOf(ErrorCode code)
{
    const auto row = static_cast<std::size_t>(code);
    return kErrorCatalogue[row < kErrorCatalogue.size() ? row : 0];
}

std::string_view toText(ErrorCode code) { return traitsOf(code).name; }

std::string_view toText(ErrorClass errorClass)
{
    static constexpr std::array<std::string_view, 6> kNames{
        "unknown", "request", "loading", "memory", "compatibility", "device"};
    return kNames[static_cast<std::size_t>(errorClass)];
}

std::string_view toText(Severity severity)
{
    static constexpr std::array<std::string_view, 4> kNames{"info", "warning", "error", "critical"};
    return kNames[static_cast<std::size_t>(severity)];
}

std::string_view toText(RecoveryStrategy strategy)
{
    static constexpr std::array<std::string_view, 6> kNames{
        "none", "retry", "reread_file", "free_memory", "choose_other", "restart_program"};
    return kNames[static_cast<std::size_t>(strategy)];
}

std::string_view toText(RecoveryAction action) { return kActionNames[static_cast<std::size_t>(action)]; }

std::string describe(std::span<const RecoveryStep> steps)
{
    std::string line;
    for (const RecoveryStep& step : steps) {
        line.append(line.empty() ? "" : ", ").append(toText(step.action));
        if (step.freed > Bytes{})
            line.append(" (").append(toText(step.freed)).append(")");
    }
    return line;
}

std::string describe(const Error& error)
{
    std::string line{toText(error.code)};
    line.append(": ").append(error.detail);
    const ErrorContext& context = error.context;
    append(line, "operation", context.operation);
    append(line, "model", context.modelId.text);
    append(line, "component", context.componentId.text);
    append(line, "device", context.deviceId.text);
    append(line, "field", context.field);
    append(line, "path", context.path);
    append(line, "holder", context.holder);
    append(line, "memory", context.memoryType);
    append(line, "feature", toText(context.feature));
    if (context.required)
        append(line, "required", toText(*context.required));
    if (context.available)
        append(line, "available", toText(*context.available));
    if (context.systemCode)
        append(line, "system code", std::to_string(*context.systemCode));
    append(line, "tried", describe(context.tried));
    return line;
}

} // namespace weightroom::engine
