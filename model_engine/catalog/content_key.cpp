// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/content_key.h"

#include <xxhash.h>

#include <array>
#include <memory>

namespace weightroom::engine {
namespace {

/// Numbers with 64 bits each and texts behind their length: no two contents give the same bytes.
class Hasher {
public:
    Hasher() { ::XXH3_128bits_reset(m_state.get()); }

    void add(std::uint64_t number) { ::XXH3_128bits_update(m_state.get(), &number, sizeof number); }
    void add(std::string_view text)
    {
        add(text.size());
        ::XXH3_128bits_update(m_state.get(), text.data(), text.size());
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
    [[nodiscard]] std::string text() const
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        ::XXH128_canonical_t bytes{};
        ::XXH128_canonicalFromHash(&bytes, ::XXH3_128bits_digest(m_state.get()));
        std::string text;
        for (const unsigned char byte : bytes.digest)
            text.append({kDigits[byte >> 4U], kDigits[byte & 0xFU]});
        return text;
    }

private:
    struct Free {
        void operator()(::XXH3_state_t* state) const { ::XXH3_freeState(state); }
    };
    std::unique_ptr<::XXH3_state_t, Free> m_state{::XXH3_createState()};
};

} // namespace

ContentKey contentKeyOf(const TensorIndex& index, std::span<const Bytes> fileSizes)
{
    Hasher hasher;
    for (const Bytes size : fileSizes)
        hasher.add(size.value);
    const TensorLookup lookup{index};
    for (const TensorEntry* entry : lookup.byName())
        hasher.add(*entry);
    return {hasher.text()};
}

} // namespace weightroom::engine
