// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/torch/pickle_values.h"

namespace weightroom::engine {

/// "calls 'os.system', which is not allowed: nothing was executed", to stand behind "the pickle".
[[nodiscard]] tl::unexpected<Error> refuseCall(std::string_view name);

/// The same for a value that the pickle would call: names it as far as it has a name.
[[nodiscard]] tl::unexpected<Error> refuseCall(const PickleTree& values, PickleRef function);

/// What calling `function` with the tuple `arguments` stands for: a value that is made here, without calling anything.
/// Errors: UnsafePickle for all that the table does not allow; InvalidFormat for arguments that make no sense.
[[nodiscard]] Result<PickleRef> resultOfCall(PickleTree& values, PickleRef function, PickleRef arguments);

/// What setting `state` on `object` does: nothing, but for the parameters of a ParameterDict. Errors: InvalidFormat for
/// an object that has no state.
[[nodiscard]] Result<> setState(PickleTree& values, PickleRef object, PickleRef state);

} // namespace weightroom::engine
