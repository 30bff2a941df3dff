// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/content_rules.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace weightroom::engine {
namespace {

constexpr std::array<std::string_view, 3> kDeciding{
    "decoder.conv_in.weight", "decoder.conv1.weight", "taesd_decoder.1.weight"};

/// Under whatever prefix the VAE lies; nothing larger than this decides.
constexpr std::uint64_t kMostDecidingBytes = std::uint64_t{16} << 20U;

bool decides(const TensorEntry& entry)
{
    return entry.range.size.value <= kMostDecidingBytes
        && std::ranges::any_of(kDeciding, [&](std::string_view key) { return entry.name.ends_with(key); });
}

} // namespace

std::optional<std::string> decidingTensor(const Identification& identified, const TensorIndex& index)
{
    if (identified.kind != ModelKind::Vae || identified.candidates.empty())
        return std::nullopt;
    const auto entry = std::ranges::find_if(index.tensors, decides);
    return entry == index.tensors.end() ? std::nullopt : std::optional{entry->name};
}

ContentDigest digestOf(std::span<const std::byte> content)
{
    const XXH128_hash_t hash = ::XXH3_128bits(content.data(), content.size());
    XXH128_canonical_t canonical;
    ::XXH128_canonicalFromHash(&canonical, hash);
    ContentDigest digest;
    std::memcpy(digest.data(), canonical.digest, digest.size());
    return digest;
}

Identification decidedByContent(Identification identified, std::string_view tensor, Dtype dtype,
    const ContentDigest& digest, std::span<const KnownContent> known)
{
    const auto content = std::ranges::find_if(known, [&](const KnownContent& row) {
        return row.dtype == dtype && row.digest == digest
            && std::ranges::find(identified.candidates, row.architecture) != identified.candidates.end();
    });
    if (content == known.end())
        return identified;
    identified.architecture = content->architecture;
    identified.candidates.clear();
    identified.evidence.push_back({"content." + std::string{content->name}, std::string{tensor}, "equal bytes"});
    return identified;
}

} // namespace weightroom::engine
