// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <tl/expected.hpp>

#include <utility>

namespace weightroom::engine {

/// A value or an Error. A class and not an alias, because tl::expected is not [[nodiscard]] and an alias cannot be:
/// a result that is dropped is a warning here.
template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
    Result(tl::expected<T, Error> base)
        : tl::expected<T, Error>(std::move(base))
    {
    }
};

/// `return fail(ErrorCode::InvalidFormat, "tensor 'x' lies outside the file");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string detail, ErrorContext context = {})
{
    return tl::unexpected<Error>(Error{code, std::move(detail), std::move(context)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

} // namespace weightroom::engine
