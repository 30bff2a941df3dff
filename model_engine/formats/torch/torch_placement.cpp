// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_placement.h"

#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <tuple>

namespace weightroom::engine {
namespace {

/// Tensors of real files share their bytes with one or two others, and small ones repeat theirs (a mask that is one
/// row, expanded). A file of a kilobyte that expands to a terabyte is an attack.
constexpr std::uint64_t kMostTimesFile = 4;
constexpr Bytes kAlwaysAllowed = kMiB * 16;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

Result<> checkStorages(const std::vector<StorageClaim>& storages, std::span<const ByteRange> places)
{
    for (std::size_t i = 0; i < storages.size(); ++i) {
        if (storages[i].size != places[i].size) {
            return invalid("the storage " + quotedName(storages[i].key) + " has " + toExactText(places[i].size)
                + " in the file, " + std::to_string(storages[i].elements) + " elements take "
                + std::to_string(storages[i].size.value));
        }
    }
    return {};
}

/// The claim was checked against the storage: nothing here overflows or reaches out of it.
TensorEntry entryOf(TensorClaim&& tensor, const ByteRange& storage)
{
    const std::uint64_t bytes = traitsOf(tensor.dtype).bitsPerBlock / 8;
    TensorEntry entry;
    entry.name = std::move(tensor.name);
    entry.dtype = tensor.dtype;
    entry.shape = std::move(tensor.shape);
    entry.range = {storage.begin + tensor.offset * bytes, Bytes{tensor.span * bytes}};
    entry.strides = std::move(tensor.strides);
    return entry;
}

/// The sum of the tensors' sizes, as long as it is allowed.
Result<Bytes> sizeOfAll(const std::vector<TensorEntry>& tensors, Bytes fileSize)
{
    const std::uint64_t most = checkedMultiply(fileSize.value, kMostTimesFile).value_or(fileSize.value);
    const Bytes allowed{std::max(most, kAlwaysAllowed.value)};
    Bytes sum;
    for (const TensorEntry& tensor : tensors) {
        const Bytes size = contiguousSize(tensor);
        if (size > allowed - sum) {
            return invalid("tensor " + quotedName(tensor.name) + " has " + toExactText(size)
                + " and all tensors more than " + std::to_string(allowed.value) + ", the file has only "
                + std::to_string(fileSize.value) + ": they repeat its bytes");
        }
        sum += size;
    }
    return sum;
}

Result<> checkNames(const std::vector<TensorEntry>& tensors)
{
    std::vector<std::string_view> names;
    names.reserve(tensors.size());
    for (const TensorEntry& tensor : tensors)
        names.push_back(tensor.name);
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return invalid("the name " + quotedName(*twice) + " stands twice");
    return {};
}

/// Where the first tensor begins.
std::uint64_t beginOfData(const std::vector<TensorEntry>& sorted, Bytes fileSize)
{
    return sorted.empty() ? fileSize.value : sorted.front().range.begin;
}

} // namespace

Result<TensorIndex> placeTensors(
    TorchContent content, std::span<const ByteRange> places, FileFormat format, Bytes fileSize)
{
    if (auto exact = checkStorages(content.storages, places); !exact)
        return fail(std::move(exact).error());
    TensorIndex index;
    index.format = format;
    index.metadata = std::move(content.metadata);
    index.tensors.reserve(content.tensors.size());
    for (TensorClaim& tensor : content.tensors)
        index.tensors.push_back(entryOf(std::move(tensor), places[tensor.storage]));
    if (auto unique = checkNames(index.tensors); !unique)
        return fail(std::move(unique).error());
    const auto sum = sizeOfAll(index.tensors, fileSize);
    if (!sum)
        return fail(sum.error());
    std::ranges::sort(index.tensors, {}, [](const TensorEntry& entry) {
        return std::tuple<std::uint64_t, std::uint64_t, std::string_view>{
            entry.range.begin, entry.range.size.value, entry.name};
    });
    index.dataSize = *sum;
    index.headerSize = Bytes{beginOfData(index.tensors, fileSize)};
    return index;
}

} // namespace weightroom::engine
