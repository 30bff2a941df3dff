// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_calls.h"

#include "model_engine/formats/quoted_name.h"

#include <vector>

namespace weightroom::engine {
namespace {

/// More than the layers of any model: Python 2 hands an OrderedDict its content as a list of pairs, which is copied.
constexpr std::size_t kMostPairs = 65'536;
/// More than the attributes of a module.
constexpr std::size_t kMostAttributes = 64;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// Appends the two values of a (key, value) pair.
Result<> takePair(const PickleTree& values, PickleRef pair, std::vector<PickleRef>& into)
{
    auto items = values.items(pair);
    const auto key = items.next();
    const auto value = items.next();
    if (!key || !value || items.next() || values.is(pair, PickleKind::Dict))
        return invalid("makes an OrderedDict of something that is no list of pairs");
    into.push_back(*key);
    into.push_back(*value);
    return {};
}

/// OrderedDict() or OrderedDict([(key, value), …]).
Result<PickleRef> makeOrderedDict(PickleTree& values, PickleRef arguments)
{
    std::vector<PickleRef> content;
    if (values.tupleSize(arguments) > 0) {
        auto pairs = values.items(values.tupleItem(arguments, 0));
        while (const auto pair = pairs.next()) {
            if (auto taken = takePair(values, *pair, content); !taken)
                return fail(std::move(taken).error());
            if (content.size() > 2 * kMostPairs)
                return invalid("makes an OrderedDict of more than " + std::to_string(kMostPairs) + " pairs");
        }
    }
    const PickleRef dict = values.addContainer(PickleKind::Dict);
    values.append(dict, content);
    return dict;
}

/// torch.Size((2, 3)) is its argument.
Result<PickleRef> makeSize(const PickleTree& values, PickleRef arguments)
{
    if (values.tupleSize(arguments) != 1)
        return invalid("makes a torch.Size of " + std::to_string(values.tupleSize(arguments)) + " values");
    return values.tupleItem(arguments, 0);
}

/// _rebuild_from_type_v2 would call its first argument.
Result<PickleRef> makeFromType(PickleTree& values, PickleRef function, PickleRef arguments)
{
    if (values.tupleSize(arguments) == 0)
        return invalid("rebuilds a tensor without saying how");
    const PickleRef inner = values.tupleItem(arguments, 0);
    const PickleGlobal* global = values.global(inner);
    if (global == nullptr || !rebuildsTensor(global->role))
        return refuseCall(values, inner);
    return values.addApplied(function, arguments);
}

/// The dict under the key "_parameters" of a module's state.
std::optional<PickleRef> parametersOf(const PickleTree& values, PickleRef state)
{
    if (!values.is(state, PickleKind::Dict))
        return std::nullopt;
    auto items = values.items(state);
    for (std::size_t i = 0; i < kMostAttributes; ++i) {
        const auto key = items.next();
        const auto value = items.next();
        if (!key || !value)
            break;
        if (values.text(*key) == "_parameters" && values.is(*value, PickleKind::Dict))
            return value;
    }
    return std::nullopt;
}

} // namespace

tl::unexpected<Error> refuseCall(std::string_view name)
{
    return fail(ErrorCode::UnsafePickle, "calls " + quotedName(name) + ", which is not allowed: nothing was executed");
}

tl::unexpected<Error> refuseCall(const PickleTree& values, PickleRef function)
{
    if (const PickleGlobal* global = values.global(function))
        return refuseCall(global->name);
    const PickleGlobal* origin = values.originOf(function);
    return fail(ErrorCode::UnsafePickle,
        "calls a value that is no function" + (origin ? ", made by " + quotedName(origin->name) : "")
            + ", which is not allowed: nothing was executed");
}

Result<PickleRef> resultOfCall(PickleTree& values, PickleRef function, PickleRef arguments)
{
    const PickleGlobal* global = values.global(function);
    const GlobalRole role = global ? global->role : GlobalRole::Foreign;
    if (rebuildsTensor(role))
        return values.addApplied(function, arguments);
    switch (role) {
    case GlobalRole::Inert:
    case GlobalRole::ParameterDict:
        return values.addForeign(function);
    case GlobalRole::OrderedDict:
        return makeOrderedDict(values, arguments);
    case GlobalRole::Counter:
        return values.addContainer(PickleKind::Dict);
    case GlobalRole::Size:
        return makeSize(values, arguments);
    case GlobalRole::RebuildFromType:
        return makeFromType(values, function, arguments);
    default:
        return refuseCall(values, function);
    }
}

Result<> setState(PickleTree& values, PickleRef object, PickleRef state)
{
    if (values.is(object, PickleKind::Dict))
        return {}; // attributes of an OrderedDict: "_metadata" of a state dict
    if (!values.is(object, PickleKind::Foreign))
        return invalid("sets attributes of a value that has none");
    const PickleGlobal* origin = values.originOf(object);
    if (origin != nullptr && origin->role == GlobalRole::ParameterDict) {
        if (const auto parameters = parametersOf(values, state))
            values.become(object, *parameters);
    }
    return {};
}

} // namespace weightroom::engine
