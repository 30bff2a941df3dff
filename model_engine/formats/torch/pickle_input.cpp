// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_input.h"

#include <limits>

namespace weightroom::engine {
namespace {

/// Longer than the name of any module or class.
constexpr std::size_t kLongestLine = 1024;

} // namespace

Result<std::string_view> PickleInput::line()
{
    const std::string_view rest = m_bytes.substr(m_position, kLongestLine + 1);
    const std::size_t length = rest.find('\n');
    if (length != std::string_view::npos) {
        m_position += length + 1;
        return rest.substr(0, length);
    }
    if (rest.size() > kLongestLine) {
        return fail(ErrorCode::InvalidFormat,
            "names a module or class of more than " + std::to_string(kLongestLine) + " characters");
    }
    return tooShort(rest.size() + 1);
}

tl::unexpected<Error> PickleInput::tooShort(std::uint64_t count) const
{
    const Bytes required{checkedAdd(m_position, count).value_or(std::numeric_limits<std::uint64_t>::max())};
    if (required > m_limit) {
        return fail(ErrorCode::HeaderTooLarge,
            "has at least " + toExactText(required) + ", the limit is " + std::to_string(m_limit.value),
            {.required = required, .available = m_limit});
    }
    return fail(ErrorCode::FileTruncated,
        "ends after " + toExactText(Bytes{m_bytes.size()}) + ", " + std::to_string(required.value)
            + " are needed at least",
        {.required = required, .available = Bytes{m_bytes.size()}});
}

} // namespace weightroom::engine
