// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/sharing_optimizer.h"

#include "model_engine/cache/cache_memory.h"

#include <cstring>
#include <unordered_set>

namespace weightroom::engine {
Result<ContentDigest> HostContentAccess::digest(const PlacedContent& content)
{
    return digestOf(hostBytes(content.place()), m_fold);
}

Result<bool> HostContentAccess::areEqual(const PlacedContent& a, const PlacedContent& b)
{
    return std::memcmp(hostBytes(a.place()).data(), hostBytes(b.place()).data(), a.size().value) == 0;
}

DeviceContentAccess::DeviceContentAccess(TransferLane& lane, const std::stop_token& stop, HashFold fold)
    : m_fold(fold)
    , m_first(lane.device(), stop)
    , m_second(lane.device(), stop)
    , m_transfer(lane, stop, {})
{
}

Result<ContentDigest> DeviceContentAccess::digest(const PlacedContent& content)
{
    ContentHasher hasher{m_fold};
    auto read = m_transfer.run([&](Device&) {
        return m_first.read(
            content.address(), content.size(), [&](std::uint64_t, std::span<const std::byte> block) -> Result<> {
                hasher.add(block);
                return {};
            });
    });
    if (!read)
        return fail(std::move(read).error());
    return hasher.digest();
}

Result<bool> DeviceContentAccess::areEqual(const PlacedContent& a, const PlacedContent& b)
{
    Result<bool> areEqual = false;
    auto compared = m_transfer.run([&](Device&) -> Result<> {
        areEqual = m_first.areAll(a.address(), a.size(), [&](std::uint64_t begin, std::span<const std::byte> block) {
            return m_second.holds(b.address() + begin, block);
        });
        return {};
    });
    if (!compared)
        return fail(std::move(compared).error());
    return areEqual;
}

std::vector<PlacedContentPtr> contentsNotCompared(std::span<const ComponentWeights* const> components)
{
    std::vector<PlacedContentPtr> contents;
    std::unordered_set<const PlacedContent*> seen;
    for (const ComponentWeights* component : components) {
        for (const StoredTensor& tensor : component->tensors) {
            const bool isOpen = tensor.size() > Bytes{} && !tensor.content->label();
            if (isOpen && seen.insert(tensor.content.get()).second)
                contents.push_back(tensor.content);
        }
    }
    return contents;
}

Result<ContentReplacements> findSecondContents(
    const std::vector<PlacedContentPtr>& contents, ContentStore& store, ContentAccess& access, JobContext& job)
{
    ContentReplacements replacements;
    for (const PlacedContentPtr& content : contents) {
        if (job.isCancelled())
            return fail(ErrorCode::Cancelled, "cancelled while equal tensors were looked for");
        const auto digest = access.digest(*content);
        if (!digest)
            return fail(digest.error());
        auto shared = store.share(
            content, {*digest, {}}, [&](const PlacedContent& there) { return access.areEqual(*content, there); });
        if (!shared)
            return fail(std::move(shared).error());
        if (*shared != content)
            replacements.emplace(content.get(), std::move(*shared));
        job.advance(content->size().value);
    }
    return replacements;
}

} // namespace weightroom::engine
