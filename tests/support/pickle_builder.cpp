// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/pickle_builder.h"

#include "tests/support/zip_builder.h"

#include <algorithm>
#include <bit>

namespace weightroom::test {

Pickle::Pickle(int protocol)
    : m_bytes{'\x80', static_cast<char>(protocol)}
{
}

Pickle Pickle::raw(std::string_view bytes)
{
    Pickle pickle;
    pickle.m_bytes = bytes;
    return pickle;
}

Pickle& Pickle::bytes(std::string_view bytes)
{
    m_bytes += bytes;
    return *this;
}

Pickle& Pickle::integer(std::int64_t value)
{
    const auto pattern = std::bit_cast<std::uint64_t>(value);
    if (value >= 0 && value < 0x100)
        return bytes("K" + littleEndian(pattern, 1));
    if (value >= 0 && value < 0x10000)
        return bytes("M" + littleEndian(pattern, 2));
    if (value >= -0x80000000LL && value < 0x80000000LL)
        return bytes("J" + littleEndian(pattern, 4));
    return bytes("\x8a\x08" + littleEndian(pattern, 8));
}

Pickle& Pickle::real(double value)
{
    std::string pattern = littleEndian(std::bit_cast<std::uint64_t>(value), 8);
    std::ranges::reverse(pattern);
    return bytes("G" + pattern);
}

Pickle& Pickle::text(std::string_view value) { return bytes("X" + littleEndian(value.size(), 4) + std::string{value}); }

Pickle& Pickle::oldText(std::string_view value)
{
    return bytes("U" + littleEndian(value.size(), 1) + std::string{value});
}

Pickle& Pickle::global(std::string_view module, std::string_view name)
{
    return bytes("c").bytes(module).bytes("\n").bytes(name).bytes("\n");
}

Pickle& Pickle::stackGlobal(std::string_view module, std::string_view name)
{
    return text(module).text(name).bytes("\x93");
}

Pickle& Pickle::put(std::uint32_t index)
{
    return index < 0x100 ? bytes("q" + littleEndian(index, 1)) : bytes("r" + littleEndian(index, 4));
}

Pickle& Pickle::get(std::uint32_t index)
{
    return index < 0x100 ? bytes("h" + littleEndian(index, 1)) : bytes("j" + littleEndian(index, 4));
}

Pickle& Pickle::numbers(const std::vector<std::int64_t>& values)
{
    mark();
    for (const std::int64_t value : values)
        integer(value);
    return tuple();
}

Pickle& Pickle::orderedDict() { return global("collections", "OrderedDict").emptyTuple().reduce(); }

Pickle& Pickle::storage(std::string_view type, std::string_view key, std::int64_t elements, TorchForm form)
{
    mark().text("storage").global(type == "UntypedStorage" ? "torch.storage" : "torch", type);
    text(key).text("cpu").integer(elements);
    if (form == TorchForm::Legacy)
        none();
    return tuple().persistentId();
}

Pickle& operator<<(Pickle& pickle, const PickledTensor& tensor)
{
    pickle.global("torch._utils", tensor.dtype.empty() ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3").mark();
    pickle.storage(tensor.type, tensor.key, tensor.elements, tensor.form);
    pickle.integer(tensor.offset).numbers(tensor.size).numbers(tensor.stride).boolean(false).orderedDict();
    if (!tensor.dtype.empty())
        pickle.global("torch", tensor.dtype);
    return pickle.tuple().reduce();
}

} // namespace weightroom::test
