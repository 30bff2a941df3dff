// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_archive.h"

#include "model_engine/formats/torch/torch_legacy_reader.h"
#include "model_engine/formats/torch/torch_zip_reader.h"

#include <array>

namespace weightroom::engine {
namespace {

Result<bool> isZip(const ByteSource& source)
{
    std::array<char, 2> beginning{};
    if (source.size().value < beginning.size())
        return false;
    if (auto read = source.readAt(0, std::as_writable_bytes(std::span{beginning})); !read)
        return fail(std::move(read).error());
    return beginning == std::array{'P', 'K'};
}

Result<TensorIndex> readEither(const ByteSource& source)
{
    const auto zip = isZip(source);
    if (!zip)
        return fail(zip.error());
    return *zip ? readTorchZip(source) : readTorchLegacy(source);
}

} // namespace

Result<TensorIndex> readTorchArchive(const ByteSource& source)
{
    auto index = readEither(source);
    if (index)
        return index;
    Error error = withDefect(std::move(index).error(), FileDefect::InvalidPickle);
    if (error.context.path.empty())
        error.context.path = source.path().string();
    return fail(std::move(error));
}

} // namespace weightroom::engine
