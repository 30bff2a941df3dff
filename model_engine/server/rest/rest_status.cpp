// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_status.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

struct Row {
    ErrorCode code;
    unsigned status;
};

/// In the order of the enumeration. 4xx: the request cannot be carried out as things are; 5xx: the server could not,
/// whatever was asked.
constexpr std::array kStatuses{
    Row{ErrorCode::Unknown, 500},
    Row{ErrorCode::Internal, 500},
    Row{ErrorCode::Cancelled, 409}, // somebody has cancelled it, or the engine ends
    Row{ErrorCode::UnknownOperation, 404},
    Row{ErrorCode::UnknownField, 400},
    Row{ErrorCode::MissingField, 400},
    Row{ErrorCode::InvalidValue, 400},
    Row{ErrorCode::InvalidJson, 400},
    Row{ErrorCode::Unsupported, 422},
    Row{ErrorCode::FeatureOff, 409},
    Row{ErrorCode::AlreadyServed, 409},
    Row{ErrorCode::NotAllowed, 403},
    Row{ErrorCode::NotFound, 404},
    Row{ErrorCode::PermissionDenied, 422}, // of a file: 403 would say that the token does not suffice
    Row{ErrorCode::NotRegularFile, 422},
    Row{ErrorCode::IoError, 500},
    Row{ErrorCode::DiskFull, 507},
    Row{ErrorCode::AlreadyExists, 409},
    Row{ErrorCode::FileChanged, 409},
    Row{ErrorCode::FileArriving, 409},
    Row{ErrorCode::NotAnswering, 504},
    Row{ErrorCode::FileInUse, 409},
    Row{ErrorCode::FileTruncated, 422},
    Row{ErrorCode::InvalidFormat, 422},
    Row{ErrorCode::HeaderTooLarge, 422},
    Row{ErrorCode::UnknownDtype, 422},
    Row{ErrorCode::UnknownFormat, 422},
    Row{ErrorCode::UnsafePickle, 422},
    Row{ErrorCode::ModelNotFound, 404},
    Row{ErrorCode::ComponentNotFound, 404},
    Row{ErrorCode::DeviceNotFound, 404},
    Row{ErrorCode::ModelUnusable, 422},
    Row{ErrorCode::NotLoaded, 409},
    Row{ErrorCode::Busy, 409},
    Row{ErrorCode::ModelInUse, 409},
    Row{ErrorCode::LeaseHeld, 409},
    Row{ErrorCode::LeaseNotFound, 404},
    Row{ErrorCode::JobNotFound, 404},
    Row{ErrorCode::PreloadPlanNotFound, 404},
    Row{ErrorCode::AlertNotFound, 404},
    Row{ErrorCode::BenchmarkNotFound, 404},
    Row{ErrorCode::OutOfDeviceMemory, 507},
    Row{ErrorCode::OutOfCacheBudget, 507},
    Row{ErrorCode::OutOfHostMemory, 507},
    Row{ErrorCode::DeviceError, 500},
    Row{ErrorCode::DeviceLost, 503},
    Row{ErrorCode::VerificationFailed, 500},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kStatuses.size(); ++row) {
        if (kStatuses[row].code != static_cast<ErrorCode>(row))
            return false;
    }
    return kStatuses.back().code == ErrorCode::VerificationFailed;
}
static_assert(isInOrder(), "one row per code, in the order of the enumeration, up to the last");

constexpr std::array<std::pair<unsigned, std::string_view>, 19> kReasons{{
    {200, "OK"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

} // namespace

unsigned statusOf(ErrorCode code)
{
    const auto row = static_cast<std::size_t>(code);
    return row < kStatuses.size() ? kStatuses[row].status : 500;
}

std::string_view reasonOf(unsigned status)
{
    const auto row = std::ranges::find(kReasons, status, &std::pair<unsigned, std::string_view>::first);
    return row == kReasons.end() ? std::string_view{"Unknown"} : row->second;
}

} // namespace weightroom::engine
