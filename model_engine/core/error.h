// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/files/file_defect.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/settings/feature.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Every way in which something can fail, as a program reads it. The sentence that a user reads belongs to the code
/// (ui/bridge/text/error_text.cpp); `Error::detail` is for the log. A new code needs a row in kErrorCatalogue (error.cpp),
/// a sentence, and a test that provokes it.
enum class ErrorCode : std::uint8_t {
    Unknown = 0, ///< never used on purpose: a value that nobody set
    Internal, ///< a broken invariant, or an exception that reached the top of a thread
    Cancelled, ///< the user or a shutdown asked for it; everything was rolled back first

    // Requests
    UnknownOperation,
    UnknownField, ///< a field that the operation does not declare: how a typo would become a default
    MissingField,
    InvalidValue, ///< of the wrong type or outside the declared limits
    InvalidJson,
    Unsupported, ///< valid, but this build or this hardware cannot do it
    FeatureOff, ///< it needs what is switched off, or is left alone after failures
    AlreadyServed, ///< another engine has the place where this one would serve other programs
    NotAllowed, ///< valid, but not by the way that the client has come

    // Files
    NotFound, ///< a path that is not there
    PermissionDenied,
    NotRegularFile, ///< a folder, a pipe, a device, a dangling link
    IoError, ///< the system refused a read or a write
    DiskFull,
    AlreadyExists, ///< a file that would be overwritten
    FileChanged, ///< replaced, truncated or grown while it was read
    FileArriving, ///< a download or a copy that is still being written
    NotAnswering, ///< a disk or a network that was asked and says nothing
    FileInUse, ///< another program holds it, and it is for one at a time
    FileTruncated, ///< shorter than its own header says
    InvalidFormat, ///< the bytes contradict the format
    HeaderTooLarge,
    UnknownDtype,
    UnknownFormat, ///< none of the formats that the engine reads
    UnsafePickle, ///< a pickle that would call what no weights need; nothing of it was executed

    // Models and devices
    ModelNotFound,
    ComponentNotFound,
    DeviceNotFound,
    ModelUnusable, ///< listed with a reason, cannot be loaded
    NotLoaded,
    Busy, ///< another job is at work on the same model
    ModelInUse, ///< it is cached or loaded, and the request would take its files away
    LeaseHeld, ///< another program uses the weights, and the request would take them from it
    LeaseNotFound,
    JobNotFound,
    PreloadPlanNotFound,
    AlertNotFound,
    BenchmarkNotFound, ///< no report of this id is kept

    // Memory
    OutOfDeviceMemory,
    OutOfCacheBudget,
    OutOfHostMemory,
    DeviceError, ///< a call to the device failed and the device is still usable
    DeviceLost, ///< sticky: nothing touches the device any more until the program is restarted
    VerificationFailed, ///< bytes read back from a device are not the bytes of the file (C9)
};

/// E2. The class decides which recovery is tried.
enum class ErrorClass : std::uint8_t { Unknown, Request, Loading, Memory, Compatibility, Device };
enum class Severity : std::uint8_t { Info, Warning, Error, Critical };
/// E3. What may help; None means that trying again would fail in the same way.
enum class RecoveryStrategy : std::uint8_t { None, Retry, RereadFile, FreeMemory, ChooseOther, RestartProgram };

/// What is done by itself to help after a failure, before the work is tried once more (E3).
enum class RecoveryAction : std::uint8_t {
    None = 0,
    TrimPools, ///< memory that was kept ready for later loads goes back to the system
    EvictCache, ///< cached components that nobody uses
    CompactMemory, ///< what lies apart is brought together, and slabs go back
    LowerPrecision, ///< less memory is asked for
    RereadFiles, ///< files are opened and read anew
    TryAgain ///< the work itself, once more
};

/// One step of that, as it was carried out.
struct RecoveryStep {
    RecoveryAction action = RecoveryAction::None;
    Bytes freed{}; ///< what it gave back; for a lower precision, what less is needed

    friend bool operator==(const RecoveryStep&, const RecoveryStep&) = default;
};

/// What is known about the circumstances (E1). A field that nobody knows stays empty. (Every member has an initializer,
/// so that `{ .path = … }` names only what is known.)
struct ErrorContext {
    ModelId modelId{};
    ComponentId componentId{};
    DeviceId deviceId{};
    std::string operation{}; ///< name of the operation, "post_model_load"
    std::string field{}; ///< for requests: the field that is wrong
    std::string path{};
    std::optional<Bytes> required{};
    std::optional<Bytes> available{};
    std::string holder{}; ///< who has what is asked for, as a person reads it: "ComfyUI (process 4711)"
    std::string memoryType{}; ///< "vram", "host device", "cache budget", "system"
    std::optional<std::int64_t> systemCode{}; ///< errno or CUresult
    Feature feature = Feature::None; ///< whose work has failed, where that can be switched off
    std::vector<RecoveryStep> tried{}; ///< to help, in this order, before this was told (E3)
    FileDefect defect{}; ///< said by a reader that knows more than the code tells; see defectOf()
};

/// A failure as a value: it crosses threads and process boundaries, drives rollback, and can be worded by the window.
struct Error {
    ErrorCode code = ErrorCode::Unknown;
    std::string detail; ///< English, for the log: what, which, limit ("tensor 'x' ends at 912, file has 900")
    ErrorContext context{};
};

/// One row of the catalogue of errors.
struct ErrorTraits {
    ErrorCode code;
    std::string_view name; ///< snake_case, as it crosses boundaries: "out_of_device_memory"
    ErrorClass errorClass;
    Severity severity;
    RecoveryStrategy recovery;
    std::string_view help; ///< one English sentence for the generated reference and for weightroomctl
};

/// All codes, in the order of the enumeration.
[[nodiscard]] std::span<const ErrorTraits> errorCatalogue();
[[nodiscard]] const ErrorTraits& traitsOf(ErrorCode code);
[[nodiscard]] std::string_view toText(ErrorCode code);
[[nodiscard]] std::string_view toText(ErrorClass errorClass);
[[nodiscard]] std::string_view toText(Severity severity);
[[nodiscard]] std::string_view toText(RecoveryStrategy strategy);
[[nodiscard]] std::string_view toText(RecoveryAction action); ///< "none", "trim_pools", …
[[nodiscard]] inline bool isRecoverable(ErrorCode code) { return traitsOf(code).recovery != RecoveryStrategy::None; }

/// Steps for the log: "evict_cache (1.0 GiB), try_again".
[[nodiscard]] std::string describe(std::span<const RecoveryStep> steps);
/// One line for the log: code, detail and the context that is known.
[[nodiscard]] std::string describe(const Error& error);

} // namespace weightroom::engine
