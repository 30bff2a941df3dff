// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_storages.h"

#include "model_engine/formats/quoted_name.h"

#include <unordered_map>

namespace weightroom::engine {
namespace {

/// As many as an archive may have entries; torch.save writes one for each tensor that shares with none.
constexpr std::size_t kMostStorages = 65'536;

// What a persistent id is: ("storage", type, key, device, elements), and in the old format a description of the view.
constexpr std::size_t kType = 1;
constexpr std::size_t kKey = 2;
constexpr std::size_t kElements = 4;
constexpr std::size_t kView = 5;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

Result<> readType(const PickleTree& values, PickleRef type, StorageClaim& claim)
{
    const PickleGlobal* global = values.global(type);
    if (global == nullptr)
        return invalid("has a type that is no class");
    claim.isUntyped = global->role == GlobalRole::UntypedStorage;
    claim.dtype = claim.isUntyped ? Dtype::U8 : global->dtype;
    if (!claim.isUntyped && (global->role != GlobalRole::Storage || global->dtype == Dtype::Unknown))
        return fail(ErrorCode::UnknownDtype, "is a " + quotedName(global->name) + ", a type that is not known");
    return {};
}

Result<> readSize(const PickleTree& values, PickleRef number, StorageClaim& claim)
{
    const auto elements = values.integer(number);
    if (!elements || *elements < 0)
        return invalid("has a number of elements that is no number from 0 on");
    claim.elements = static_cast<std::uint64_t>(*elements);
    const auto size = bytesOf(claim.dtype, claim.elements);
    if (!size)
        return invalid("has " + std::to_string(claim.elements) + " elements: its size overflows 64 bits");
    claim.size = *size;
    return {};
}

/// PyTorch before 1.0 could save a storage that is a part of another one.
Result<> checkView(const PickleTree& values, PickleRef id, FileFormat format)
{
    const std::size_t fields = format == FileFormat::TorchLegacy ? kView + 1 : kView;
    if (values.tupleSize(id) != fields)
        return invalid(
            "is described by " + std::to_string(values.tupleSize(id)) + " values instead of " + std::to_string(fields));
    if (fields > kView && !values.is(values.tupleItem(id, kView), PickleKind::None))
        return fail(ErrorCode::Unsupported, "is a view of another storage, as only PyTorch before 1.0 wrote them");
    return {};
}

Result<StorageClaim> readClaim(const PickleTree& values, PickleRef id, FileFormat format)
{
    const auto key = values.tupleSize(id) > kKey ? values.text(values.tupleItem(id, kKey)) : std::nullopt;
    if (!key)
        return invalid("a storage has a key that is no text");
    StorageClaim claim;
    claim.key = *key;
    Result<> done = checkView(values, id, format);
    if (done)
        done = readType(values, values.tupleItem(id, kType), claim);
    if (done)
        done = readSize(values, values.tupleItem(id, kElements), claim);
    if (!done) {
        done.error().detail = "the storage " + quotedName(*key) + " " + done.error().detail;
        return fail(std::move(done).error());
    }
    return claim;
}

bool areAlike(const StorageClaim& a, const StorageClaim& b)
{
    return a.dtype == b.dtype && a.isUntyped == b.isUntyped && a.elements == b.elements;
}

std::string describe(const StorageClaim& claim)
{
    return std::to_string(claim.elements) + " of " + (claim.isUntyped ? "no type" : std::string{toText(claim.dtype)});
}

} // namespace

Result<StorageClaims> readStorages(const PickleTree& values, FileFormat format)
{
    StorageClaims claims;
    std::unordered_map<std::string, std::uint32_t> byKey;
    claims.byNumber.reserve(values.storages().size());
    for (const PickleRef storage : values.storages()) {
        auto claim = readClaim(values, values.argumentsOf(storage), format);
        if (!claim)
            return fail(std::move(claim).error());
        const auto index = static_cast<std::uint32_t>(claims.storages.size());
        const auto [known, isNew] = byKey.emplace(claim->key, index);
        claims.byNumber.push_back(known->second);
        if (isNew) {
            claims.storages.push_back(std::move(*claim));
        } else if (const StorageClaim& first = claims.storages[known->second]; !areAlike(first, *claim)) {
            return invalid("the storage " + quotedName(claim->key) + " is described twice: as " + describe(first)
                + " and as " + describe(*claim));
        }
        if (claims.storages.size() > kMostStorages)
            return fail(
                ErrorCode::HeaderTooLarge, "the pickle has more storages than " + std::to_string(kMostStorages));
    }
    return claims;
}

} // namespace weightroom::engine
