// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_tensors.h"

#include "model_engine/formats/quoted_name.h"

#include <optional>

namespace weightroom::engine {
namespace {

/// As many as PyTorch's own loops take.
constexpr std::size_t kMostDimensions = 64;
/// A parameter of a tensor subclass is wrapped twice.
constexpr int kMostWrappings = 8;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// A function that would be called, with its arguments.
struct Call {
    const PickleGlobal* function = nullptr;
    PickleRef arguments{};
};

/// Where the functions that rebuild plain tensors have what. All begin with (storage, offset, size, stride).
struct Signature {
    std::size_t fewest = 4;
    std::size_t most = 4;
    std::size_t dtype = 0; ///< 0: the storage's own
    std::size_t metadata = 0; ///< 0: has none
};
constexpr std::size_t kStorage = 0;
constexpr std::size_t kOffset = 1;
constexpr std::size_t kSize = 2;
constexpr std::size_t kStride = 3;

std::optional<Signature> signatureOf(GlobalRole role)
{
    switch (role) {
    case GlobalRole::RebuildTensor:
        return Signature{.fewest = 4, .most = 4};
    case GlobalRole::RebuildTensorV2:
        return Signature{.fewest = 6, .most = 7, .metadata = 6};
    case GlobalRole::RebuildTensorV3:
        return Signature{.fewest = 7, .most = 8, .dtype = 6, .metadata = 7};
    default:
        return std::nullopt;
    }
}

/// Parameter(tensor, …) is its first argument.
Result<Call> unwrapParameter(const PickleTree& values, const Call& call)
{
    if (values.tupleSize(call.arguments) == 0)
        return invalid("is a parameter of nothing");
    const PickleRef inner = values.tupleItem(call.arguments, 0);
    if (!values.is(inner, PickleKind::Applied))
        return invalid("is a parameter of something that is no tensor");
    return Call{values.originOf(inner), values.argumentsOf(inner)};
}

/// _rebuild_from_type_v2(function, class, arguments, state).
Result<Call> unwrapType(const PickleTree& values, const Call& call)
{
    constexpr std::size_t kArguments = 4;
    if (values.tupleSize(call.arguments) != kArguments)
        return invalid("is rebuilt from a type with a wrong number of arguments");
    const PickleGlobal* type = values.global(values.tupleItem(call.arguments, 1));
    if (type == nullptr)
        return invalid("has a class that is none");
    if (type->role != GlobalRole::TensorClass && type->role != GlobalRole::RebuildParameter)
        return fail(ErrorCode::Unsupported, "is of the class " + quotedName(type->name) + ", which is not read");
    const PickleRef arguments = values.tupleItem(call.arguments, 2);
    if (!values.is(arguments, PickleKind::Tuple))
        return invalid("has arguments that are no tuple");
    return Call{values.global(values.tupleItem(call.arguments, 0)), arguments};
}

/// The call that makes the plain tensor inside of parameters and classes.
Result<Call> unwrap(const PickleTree& values, PickleRef tensor)
{
    Result<Call> call = Call{values.originOf(tensor), values.argumentsOf(tensor)};
    for (int i = 0; call && i < kMostWrappings; ++i) {
        switch (call->function->role) {
        case GlobalRole::RebuildParameter:
            call = unwrapParameter(values, *call);
            break;
        case GlobalRole::RebuildFromType:
            call = unwrapType(values, *call);
            break;
        case GlobalRole::RebuildUnread:
            return fail(ErrorCode::Unsupported,
                "is made by " + quotedName(call->function->name) + ", a kind of tensor that is not read");
        default:
            return call;
        }
    }
    return call ? invalid("is a parameter of a parameter, too often") : call;
}

Result<std::uint64_t> numberOf(const PickleTree& values, PickleRef value)
{
    const auto number = values.integer(value);
    if (!number || *number < 0)
        return invalid("no number from 0 on");
    return static_cast<std::uint64_t>(*number);
}

Result<std::vector<std::uint64_t>> numbersOf(const PickleTree& values, PickleRef list)
{
    if (!values.is(list, PickleKind::Tuple) && !values.is(list, PickleKind::List))
        return invalid("no list of numbers");
    std::vector<std::uint64_t> numbers;
    auto items = values.items(list);
    while (const auto item = items.next()) {
        const auto number = numberOf(values, *item);
        if (!number)
            return fail(number.error());
        if (numbers.size() == kMostDimensions)
            return invalid("more than " + std::to_string(kMostDimensions) + " numbers");
        numbers.push_back(*number);
    }
    return numbers;
}

template <class T>
Result<T> argument(const PickleTree& values, const Call& call, std::size_t index, std::string_view name,
    Result<T> (*read)(const PickleTree&, PickleRef))
{
    auto value = read(values, values.tupleItem(call.arguments, index));
    if (!value)
        return invalid("has as its " + std::string{name} + " " + value.error().detail);
    return value;
}

/// Conjugate and negative views: the bytes are not the values.
Result<> checkMetadata(const PickleTree& values, const Call& call, const Signature& signature)
{
    if (signature.metadata == 0)
        return {};
    const PickleRef metadata = values.tupleItem(call.arguments, signature.metadata);
    if (values.is(metadata, PickleKind::None))
        return {};
    if (!values.is(metadata, PickleKind::Dict))
        return invalid("has metadata that are no dict");
    if (values.items(metadata).next())
        return fail(ErrorCode::Unsupported, "is a conjugate or negative view, which is not read");
    return {};
}

Result<Dtype> dtypeOf(
    const PickleTree& values, const Call& call, const Signature& signature, const StorageClaim& storage)
{
    if (signature.dtype == 0)
        return storage.dtype;
    const PickleGlobal* global = values.global(values.tupleItem(call.arguments, signature.dtype));
    if (global == nullptr || global->role != GlobalRole::Dtype)
        return invalid("has a type that is none");
    if (global->dtype == Dtype::Unknown)
        return fail(ErrorCode::UnknownDtype, "has the type " + quotedName(global->name) + ", which is not known");
    if (!storage.isUntyped && storage.dtype != global->dtype)
        return invalid("has the type " + std::string{toText(global->dtype)} + " in a storage of "
            + std::string{toText(storage.dtype)});
    return global->dtype;
}

/// Whether each element follows the one before. The stride of a dimension of size 1 means nothing.
bool isContiguous(const Shape& shape, const std::vector<std::uint64_t>& strides)
{
    std::uint64_t expected = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
        if (shape.dimensions[i] != 1 && strides[i] != expected)
            return false;
        expected *= shape.dimensions[i]; // fits: the product of all does
    }
    return true;
}

/// Elements from the first to the last, or nothing when the number overflows. For tensors with elements.
std::optional<std::uint64_t> spanOf(const Shape& shape, const std::vector<std::uint64_t>& strides)
{
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
        const auto step = checkedMultiply(shape.dimensions[i] - 1, strides[i]);
        const auto sum = step ? checkedAdd(last, *step) : std::nullopt;
        if (!sum)
            return std::nullopt;
        last = *sum;
    }
    return checkedAdd(last, 1);
}

/// All elements lie in the storage.
Result<> checkView(const TensorClaim& tensor, const StorageClaim& storage)
{
    const std::uint64_t room = storage.size.value * 8 / traitsOf(tensor.dtype).bitsPerBlock;
    if (tensor.offset > room || tensor.span > room - tensor.offset) {
        return invalid("has elements from " + std::to_string(tensor.offset) + " on that span "
            + std::to_string(tensor.span) + ", its storage has " + std::to_string(room));
    }
    return {};
}

/// Fills in what follows from shape, strides and offset.
Result<> layOut(TensorClaim& tensor, const StorageClaim& storage)
{
    if (tensor.strides.size() != tensor.shape.rank()) {
        return invalid("has " + std::to_string(tensor.shape.rank()) + " dimensions and "
            + std::to_string(tensor.strides.size()) + " strides");
    }
    const auto elements = tensor.shape.elements();
    if (!elements || !bytesOf(tensor.dtype, *elements))
        return invalid("has the shape " + toText(tensor.shape) + ": its size overflows 64 bits");
    if (*elements == 0) { // its place does not matter, and torch does not look at it
        tensor.strides.clear();
        tensor.offset = 0;
        return {};
    }
    const auto span = spanOf(tensor.shape, tensor.strides);
    if (!span)
        return invalid("has strides beyond 64 bits");
    tensor.span = *span;
    if (isContiguous(tensor.shape, tensor.strides))
        tensor.strides.clear();
    return checkView(tensor, storage);
}

Result<> readNumbers(const PickleTree& values, const Call& call, TensorClaim& tensor)
{
    const auto offset = argument(values, call, kOffset, "offset", numberOf);
    if (!offset)
        return fail(offset.error());
    auto size = argument(values, call, kSize, "size", numbersOf);
    if (!size)
        return fail(std::move(size).error());
    auto stride = argument(values, call, kStride, "stride", numbersOf);
    if (!stride)
        return fail(std::move(stride).error());
    tensor.offset = *offset;
    tensor.shape = Shape{std::move(*size)};
    tensor.strides = std::move(*stride);
    return {};
}

Result<TensorClaim> readPlain(
    const PickleTree& values, const StorageClaims& storages, const Call& call, const Signature& signature)
{
    const std::size_t count = values.tupleSize(call.arguments);
    if (count < signature.fewest || count > signature.most)
        return invalid("is rebuilt with " + std::to_string(count) + " arguments");
    const PickleRef storage = values.tupleItem(call.arguments, kStorage);
    if (!values.is(storage, PickleKind::Storage))
        return invalid("has a storage that is none");
    TensorClaim tensor;
    tensor.storage = storages.indexOf(values, storage);
    const StorageClaim& claim = storages.storages[tensor.storage];
    const auto dtype = dtypeOf(values, call, signature, claim);
    if (!dtype)
        return fail(dtype.error());
    tensor.dtype = *dtype;
    Result<> done = signature.metadata < count ? checkMetadata(values, call, signature) : Result<>{};
    if (done)
        done = readNumbers(values, call, tensor);
    if (done)
        done = layOut(tensor, claim);
    if (!done)
        return fail(std::move(done).error());
    return tensor;
}

} // namespace

Result<TensorClaim> readTensor(const PickleTree& values, const StorageClaims& storages, PickleRef tensor)
{
    const auto call = unwrap(values, tensor);
    if (!call)
        return fail(call.error());
    const auto signature = signatureOf(call->function->role);
    if (!signature)
        return invalid("is made by " + quotedName(call->function->name) + ", which makes no tensor");
    return readPlain(values, storages, *call, *signature);
}

} // namespace weightroom::engine
