// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/content_key.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

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

/// Texts, and numbers with 64 bits each, among them the lengths of the texts: no two contents give the same bytes. Its
/// memory is used again for each tensor.
class Writer {
public:
    void clear()
    {
        m_bytes.clear();
        m_numbers.clear();
    }
    void add(std::uint64_t number) { m_numbers.push_back(number); }
    void add(std::string_view text)
    {
        add(text.size());
        m_bytes.append(text);
    }
    void add(const TensorEntry& entry, std::uint64_t beginOfData)
    {
        add(std::string_view{entry.name});
        add(engine::toText(entry.dtype));
        add(std::uint64_t{entry.file});
        add(entry.range.begin - beginOfData);
        add(entry.range.size.value);
        m_numbers.insert(m_numbers.end(), entry.shape.dimensions.begin(), entry.shape.dimensions.end());
    }
    [[nodiscard]] ::XXH128_hash_t hash()
    {
        add(m_numbers.size());
        m_bytes.append(reinterpret_cast<const char*>(m_numbers.data()), m_numbers.size() * sizeof(std::uint64_t));
        return ::XXH3_128bits(m_bytes.data(), m_bytes.size());
    }

private:
    std::string m_bytes;
    std::vector<std::uint64_t> m_numbers; ///< stand behind the texts, and their count last
};

/// Where the first tensor of each file lies.
std::vector<std::uint64_t> beginsOfData(const TensorIndex& index)
{
    std::vector<std::uint64_t> begins;
    for (const TensorEntry& entry : index.tensors) {
        if (entry.file >= begins.size())
            begins.resize(entry.file + std::size_t{1}, std::numeric_limits<std::uint64_t>::max());
        begins[entry.file] = std::min(begins[entry.file], entry.range.begin);
    }
    return begins;
}

} // namespace

ContentSum contentSumOf(const TensorIndex& index)
{
    // The hashes of all tensors are added up, so that their order does not count: sorting names that begin alike took
    // longer than everything else here.
    const std::vector<std::uint64_t> begins = beginsOfData(index);
    ContentSum sum{.tensors = index.tensors.size()};
    Writer writer;
    for (const TensorEntry& entry : index.tensors) {
        writer.clear();
        writer.add(entry, begins[entry.file]);
        const ::XXH128_hash_t hash = writer.hash();
        sum.low += hash.low64;
        sum.high += hash.high64;
    }
    return sum;
}

ContentKey contentKeyOf(const ContentSum& tensors, std::span<const Bytes> fileSizes)
{
    Writer writer;
    writer.add(tensors.low);
    writer.add(tensors.high);
    writer.add(tensors.tensors);
    for (const Bytes size : fileSizes)
        writer.add(size.value);
    return {hexText(writer.hash())};
}

ContentKey contentKeyOf(const TensorIndex& index, std::span<const Bytes> fileSizes)
{
    return contentKeyOf(contentSumOf(index), fileSizes);
}

} // namespace weightroom::engine
