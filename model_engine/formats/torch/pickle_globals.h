// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What a function or class that a pickle names stands for here. A pickle says "call this": nothing is called, ever;
/// the role decides which inert value stands for the result, or that the file is refused.
enum class GlobalRole : std::uint8_t {
    Foreign = 0, ///< all that is not in the table: may lie about, may not be called
    Forbidden, ///< of a module that no model names; refused even when it is not called
    Inert, ///< may be called; the result is a value that nothing is known about
    // Containers
    OrderedDict,
    Counter,
    ParameterDict,
    Size,
    // Tensors
    RebuildTensor, ///< (storage, offset, size, stride)
    RebuildTensorV2, ///< (storage, offset, size, stride, requires_grad, hooks[, metadata])
    RebuildTensorV3, ///< (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])
    RebuildParameter, ///< (tensor, requires_grad, …)
    RebuildFromType, ///< (rebuild function, class, its arguments, state)
    RebuildUnread, ///< a kind of tensor that is not read: sparse, quantized, …
    // Names of types
    TensorClass,
    Dtype,
    Storage,
    UntypedStorage,
};

/// A function or class as a pickle names it.
struct PickleGlobal {
    std::string name; ///< "torch._utils._rebuild_tensor_v2"
    GlobalRole role = GlobalRole::Foreign;
    /// Of a Dtype or Storage; Unknown for those that the engine has no type for.
    engine::Dtype dtype = engine::Dtype::Unknown;
};

/// What `module` and `name` stand for. The table is closed: a name that is not in it, letter for letter, is Foreign.
[[nodiscard]] PickleGlobal lookUpGlobal(std::string_view module, std::string_view name);

/// Whether a function may be the first argument of _rebuild_from_type_v2.
[[nodiscard]] constexpr bool rebuildsTensor(GlobalRole role)
{
    return role == GlobalRole::RebuildTensor || role == GlobalRole::RebuildTensorV2
        || role == GlobalRole::RebuildTensorV3 || role == GlobalRole::RebuildParameter
        || role == GlobalRole::RebuildUnread;
}

} // namespace weightroom::engine
