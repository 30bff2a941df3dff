// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/zip_extra.h"

#include "model_engine/formats/little_endian.h"

namespace weightroom::engine {
namespace {

constexpr std::uint16_t kZip64Field = 1;
constexpr std::size_t kFieldHeader = 4; ///< two bytes for what it is, two for its length

} // namespace

Result<std::optional<std::string_view>> findZip64Extra(std::string_view extras)
{
    std::optional<std::string_view> found;
    while (extras.size() >= kFieldHeader) {
        const auto kind = littleEndianAt<std::uint16_t>(extras, 0);
        const auto size = littleEndianAt<std::uint16_t>(extras, 2);
        extras.remove_prefix(kFieldHeader);
        if (size > extras.size())
            return fail(ErrorCode::InvalidFormat, "has an extra field that is longer than all of its extra fields");
        if (kind == kZip64Field) {
            if (found)
                return fail(ErrorCode::InvalidFormat, "has two zip64 fields");
            found = extras.substr(0, size);
        }
        extras.remove_prefix(size);
    }
    return found;
}

} // namespace weightroom::engine
