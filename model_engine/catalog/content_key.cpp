// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/content_key.h"

#include <xxhash.h>

#include <cstring>
#include <string_view>

namespace weightroom::engine {
namespace {

std::string hexText(const ::XXH128_hash_t& hash)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    ::XXH128_canonical_t bytes{};
    ::XXH128_canonicalFromHash(&bytes, hash);
    std::string text;
    for (const unsigned char byte : bytes.digest)
        text.append({kDigits[byte >> 4U], kDigits[byte & 0xFU]});
    return text;
}

/// Numbers with 64 bits each and texts behind their length: no two contents give the same bytes.
class Writer {
public:
    void clear() { m_bytes.clear(); }
    void add(std::uint64_t number)
    {
        const std::size_t end = m_bytes.size();
        m_bytes.resize(end + sizeof number);
        std::memcpy(m_bytes.data() + end, &number, sizeof number);
    }
    void add(std::string_view text)
    {
        add(text.size());
        m_bytes.append(text);
    }
    void add(const TensorEntry& entry)
    {
        add(std::string_view{entry.name});
        add(engine::toText(entry.dtype));
        add(std::uint64_t{entry.shape.dimensions.size()});
        for (const std::uint64_t dimension : entry.shape.dimensions)
            add(dimension);
        add(std::uint64_t{entry.file});
        add(entry.range.begin);
        add(entry.range.size.value);
    }
    [[nodiscard]] ::XXH128_hash_t hash() const { return ::XXH3_128bits(m_bytes.data(), m_bytes.size()); }

private:
    std::string m_bytes;
};

} // namespace

ContentKey contentKeyOf(const TensorIndex& index, std::span<const Bytes> fileSizes)
{
    // The hashes of all tensors are added up, so that their order does not count: sorting names that begin alike took
    // longer than everything else here.
    ::XXH128_hash_t sum{};
    Writer writer;
    for (const TensorEntry& entry : index.tensors) {
        writer.clear();
        writer.add(entry);
        const ::XXH128_hash_t hash = writer.hash();
        sum.low64 += hash.low64;
        sum.high64 += hash.high64;
    }
    writer.clear();
    writer.add(sum.low64);
    writer.add(sum.high64);
    writer.add(std::uint64_t{index.tensors.size()});
    for (const Bytes size : fileSizes)
        writer.add(size.value);
    return {hexText(writer.hash())};
}

} // namespace weightroom::engine
