// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_globals.h"

#include <algorithm>
#include <array>
#include <functional>

namespace weightroom::engine {
namespace {

struct Row {
    std::string_view name;
    GlobalRole role;
    Dtype dtype = Dtype::Unknown;
};

using Role = GlobalRole;

/// All that a pickle may call, and the types that it may name. What PyTorch's own restricted reader allows, without
/// what has no meaning here, and with the numpy scalars of Lightning's checkpoints and the ParameterDict of old textual
/// inversions. Sorted by name.
constexpr std::array kTable{
    Row{"__builtin__.bytearray", Role::Inert},
    Row{"__builtin__.complex", Role::Inert},
    Row{"__builtin__.set", Role::Inert},
    Row{"_codecs.encode", Role::Inert},
    Row{"builtins.bytearray", Role::Inert},
    Row{"builtins.complex", Role::Inert},
    Row{"builtins.set", Role::Inert},
    Row{"collections.Counter", Role::Counter},
    Row{"collections.OrderedDict", Role::OrderedDict},
    Row{"numpy._core.multiarray._reconstruct", Role::Inert},
    Row{"numpy._core.multiarray.scalar", Role::Inert},
    Row{"numpy.core.multiarray._reconstruct", Role::Inert},
    Row{"numpy.core.multiarray.scalar", Role::Inert},
    Row{"numpy.dtype", Role::Inert},
    Row{"torch.BFloat16Storage", Role::Storage, Dtype::Bf16},
    Row{"torch.BoolStorage", Role::Storage, Dtype::Bool},
    Row{"torch.ByteStorage", Role::Storage, Dtype::U8},
    Row{"torch.CharStorage", Role::Storage, Dtype::I8},
    Row{"torch.ComplexDoubleStorage", Role::Storage},
    Row{"torch.ComplexFloatStorage", Role::Storage, Dtype::C64},
    Row{"torch.DoubleStorage", Role::Storage, Dtype::F64},
    Row{"torch.FloatStorage", Role::Storage, Dtype::F32},
    Row{"torch.HalfStorage", Role::Storage, Dtype::F16},
    Row{"torch.IntStorage", Role::Storage, Dtype::I32},
    Row{"torch.LongStorage", Role::Storage, Dtype::I64},
    Row{"torch.QInt32Storage", Role::Storage},
    Row{"torch.QInt8Storage", Role::Storage},
    Row{"torch.QUInt2x4Storage", Role::Storage},
    Row{"torch.QUInt4x2Storage", Role::Storage},
    Row{"torch.QUInt8Storage", Role::Storage},
    Row{"torch.ShortStorage", Role::Storage, Dtype::I16},
    Row{"torch.Size", Role::Size},
    Row{"torch.Tensor", Role::TensorClass},
    Row{"torch._tensor._rebuild_from_type_v2", Role::RebuildFromType},
    Row{"torch._utils._rebuild_device_tensor_from_cpu_tensor", Role::RebuildUnread},
    Row{"torch._utils._rebuild_device_tensor_from_numpy", Role::Inert},
    Row{"torch._utils._rebuild_meta_tensor_no_storage", Role::RebuildUnread},
    Row{"torch._utils._rebuild_nested_tensor", Role::RebuildUnread},
    Row{"torch._utils._rebuild_parameter", Role::RebuildParameter},
    Row{"torch._utils._rebuild_parameter_with_state", Role::RebuildParameter},
    Row{"torch._utils._rebuild_qtensor", Role::RebuildUnread},
    Row{"torch._utils._rebuild_sparse_csr_tensor", Role::RebuildUnread},
    Row{"torch._utils._rebuild_sparse_tensor", Role::RebuildUnread},
    Row{"torch._utils._rebuild_tensor", Role::RebuildTensor},
    Row{"torch._utils._rebuild_tensor_v2", Role::RebuildTensorV2},
    Row{"torch._utils._rebuild_tensor_v3", Role::RebuildTensorV3},
    Row{"torch._utils._rebuild_wrapper_subclass", Role::RebuildUnread},
    Row{"torch.bfloat16", Role::Dtype, Dtype::Bf16},
    Row{"torch.bool", Role::Dtype, Dtype::Bool},
    Row{"torch.complex128", Role::Dtype},
    Row{"torch.complex32", Role::Dtype},
    Row{"torch.complex64", Role::Dtype, Dtype::C64},
    Row{"torch.device", Role::Inert},
    Row{"torch.float16", Role::Dtype, Dtype::F16},
    Row{"torch.float32", Role::Dtype, Dtype::F32},
    Row{"torch.float4_e2m1fn_x2", Role::Dtype}, // two numbers an element, which no type of the engine is
    Row{"torch.float64", Role::Dtype, Dtype::F64},
    Row{"torch.float8_e4m3fn", Role::Dtype, Dtype::F8E4M3},
    Row{"torch.float8_e4m3fnuz", Role::Dtype, Dtype::F8E4M3Fnuz},
    Row{"torch.float8_e5m2", Role::Dtype, Dtype::F8E5M2},
    Row{"torch.float8_e5m2fnuz", Role::Dtype, Dtype::F8E5M2Fnuz},
    Row{"torch.float8_e8m0fnu", Role::Dtype, Dtype::F8E8M0},
    Row{"torch.int16", Role::Dtype, Dtype::I16},
    Row{"torch.int32", Role::Dtype, Dtype::I32},
    Row{"torch.int64", Role::Dtype, Dtype::I64},
    Row{"torch.int8", Role::Dtype, Dtype::I8},
    Row{"torch.nn.modules.container.ParameterDict", Role::ParameterDict},
    Row{"torch.nn.parameter.Parameter", Role::RebuildParameter},
    Row{"torch.serialization._get_layout", Role::Inert},
    Row{"torch.storage.UntypedStorage", Role::UntypedStorage},
    Row{"torch.uint16", Role::Dtype, Dtype::U16},
    Row{"torch.uint32", Role::Dtype, Dtype::U32},
    Row{"torch.uint64", Role::Dtype, Dtype::U64},
    Row{"torch.uint8", Role::Dtype, Dtype::U8},
};
static_assert(std::ranges::is_sorted(kTable, {}, &Row::name)
        && std::ranges::adjacent_find(kTable, {}, &Row::name) == kTable.end(),
    "sorted, each name once");

/// The modules that PyTorch's restricted reader refuses whatever its user allows.
constexpr std::array<std::string_view, 4> kForbiddenModules{"nt", "os", "posix", "sys"};

bool isForbidden(std::string_view module)
{
    return std::ranges::find(kForbiddenModules, module.substr(0, module.find('.'))) != kForbiddenModules.end();
}

} // namespace

PickleGlobal lookUpGlobal(std::string_view module, std::string_view name)
{
    PickleGlobal global{std::string{module}.append(".").append(name)};
    const auto row = std::ranges::lower_bound(kTable, std::string_view{global.name}, {}, &Row::name);
    // "torch.storage" + "UntypedStorage" and "torch" + "storage.UntypedStorage" read alike and are not the same.
    const bool isDotted = name.find('.') != std::string_view::npos;
    if (row != kTable.end() && row->name == global.name && !isDotted) {
        global.role = row->role;
        global.dtype = row->dtype;
    } else if (isForbidden(module)) {
        global.role = GlobalRole::Forbidden;
    }
    return global;
}

} // namespace weightroom::engine
