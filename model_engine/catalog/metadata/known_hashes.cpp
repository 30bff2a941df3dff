// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/known_hashes.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {

std::string_view toText(HashSource source)
{
    static constexpr std::array<std::string_view, 3> kTexts{"none", "computed", "hub blob name"};
    return kTexts.at(static_cast<std::size_t>(source));
}

bool KnownFileHashes::isComplete() const
{
    return std::ranges::all_of(
        hashAlgorithms(), [this](HashAlgorithm algorithm) { return computed.contains(algorithm); });
}

ModelHashes hashesNow(const ModelRecord& record, const ModelHashes* known)
{
    ModelHashes now;
    for (const FileIdentity& identity : record.identity()) {
        KnownFileHashes& file = now.emplace_back();
        file.identity = withoutDevice(identity);
        const std::size_t number = now.size() - 1;
        if (known != nullptr && number < known->size() && (*known)[number].identity == file.identity)
            file = (*known)[number];
    }
    return now;
}

KnownFileHashes knownFrom(const HashRequest& request, const FileHashes& hashes)
{
    KnownFileHashes known{.identity = withoutDevice(hashes.identity)};
    for (const HashAlgorithm algorithm : request.algorithms) {
        const auto value = hashes.values.find(algorithm);
        known.computed[algorithm] = value == hashes.values.end() ? std::nullopt : std::optional{value->second};
    }
    return known;
}

void addHashes(KnownFileHashes& known, const KnownFileHashes& more)
{
    for (const auto& [algorithm, value] : more.computed)
        known.computed[algorithm] = value;
    if (!more.hubSha256.empty())
        known.hubSha256 = more.hubSha256;
}

} // namespace weightroom::engine
