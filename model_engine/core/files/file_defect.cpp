// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_defect.h"

#include "model_engine/core/error.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// In the order of the enumeration.
constexpr std::array<std::string_view, static_cast<std::size_t>(kLastFileDefect) + 1> kTexts{"none", "empty",
    "truncated", "zero-filled", "lfs-pointer", "html", "xml", "json", "text", "picture", "archive", "other-format",
    "unknown-format", "invalid-header", "trailing-bytes", "damaged-archive", "invalid-pickle", "unsafe-pickle",
    "unknown-dtype", "unsupported-content", "invalid-index", "arriving", "changing", "missing-file", "not-a-file",
    "unreadable"};

struct Row {
    ErrorCode code;
    FileDefect defect;
};

/// Where the code alone tells it; everything else means that the bytes could not be had.
constexpr std::array kByCode{
    Row{ErrorCode::FileTruncated, FileDefect::Truncated},
    Row{ErrorCode::InvalidFormat, FileDefect::InvalidHeader},
    Row{ErrorCode::InvalidJson, FileDefect::InvalidIndex}, // headers of safetensors have their own code
    Row{ErrorCode::HeaderTooLarge, FileDefect::InvalidHeader},
    Row{ErrorCode::UnknownDtype, FileDefect::UnknownDtype},
    Row{ErrorCode::UnknownFormat, FileDefect::UnknownFormat},
    Row{ErrorCode::UnsafePickle, FileDefect::UnsafePickle},
    Row{ErrorCode::Unsupported, FileDefect::UnsupportedContent},
    Row{ErrorCode::FileArriving, FileDefect::Arriving},
    Row{ErrorCode::FileChanged, FileDefect::Changing},
    Row{ErrorCode::NotFound, FileDefect::MissingFile},
    Row{ErrorCode::NotRegularFile, FileDefect::NotAFile},
};

} // namespace

std::string_view toText(FileDefect defect)
{
    const auto row = static_cast<std::size_t>(defect);
    return kTexts[row < kTexts.size() ? row : 0];
}

FileDefect defectOf(const Error& error)
{
    if (error.context.defect != FileDefect::None)
        return error.context.defect;
    const auto row = std::ranges::find(kByCode, error.code, &Row::code);
    return row == kByCode.end() ? FileDefect::Unreadable : row->defect;
}

Error withDefect(Error error, FileDefect defect)
{
    if (error.code == ErrorCode::InvalidFormat && error.context.defect == FileDefect::None)
        error.context.defect = defect;
    return error;
}

} // namespace weightroom::engine
