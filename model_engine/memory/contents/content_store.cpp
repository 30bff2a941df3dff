// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/content_store.h"

#include "model_engine/core/system/random_bits.h"

#include <algorithm>
#include <random>
#include <utility>

namespace weightroom::engine {
namespace {

std::uint64_t seedOfThisRun()
{
    std::random_device source;
    constexpr unsigned kBitsOfAWord = 32; // that the standard promises of each
    return std::uint64_t{source()} << kBitsOfAWord | source();
}

} // namespace

ContentId freshContentId()
{
    static const std::uint64_t seed = seedOfThisRun();
    static std::atomic<std::uint64_t> count = 0;
    ContentId id{randomBits(seed, count++)};
    return id.isNone() ? freshContentId() : id;
}

PlacedContentPtr ContentStore::find(ContentId id) const
{
    if (id.isNone())
        return nullptr;
    PlacedContentPtr content;
    {
        const std::lock_guard lock{m_mutex};
        content = lookUp(id);
    }
    return content && !content->isWritable() ? content : nullptr;
}

PlacedContentPtr ContentStore::find(const ContentLabel& label) const
{
    PlacedContentPtr content = find(label.id);
    return content && content->label()->digest == label.digest ? content : nullptr;
}

PlacedContentPtr ContentStore::lookUp(ContentId id) const
{
    const auto row = m_byId.find(id);
    return row == m_byId.end() ? nullptr : row->second.lock();
}

Result<PlacedContentPtr> ContentStore::findEqual(const ContentLabel& label, const Comparison& isEqual)
{
    if (auto known = find(label))
        return known;
    Candidates compared;
    return searchCandidates(label, isEqual, compared);
}

Result<PlacedContentPtr> ContentStore::share(PlacedContentPtr content, ContentLabel label, const Comparison& isEqual)
{
    if (content->label() || content->size() == Bytes{})
        return content;
    if (auto known = find(label))
        return known;
    if (label.id.isNone())
        label.id = freshContentId();
    Candidates compared;
    while (true) {
        auto equal = searchCandidates(label, isEqual, compared);
        if (!equal || *equal)
            return equal;
        if (enter(content, label, compared))
            return content;
    }
}

void ContentStore::noteConversion(const ContentConversion& conversion, const ConvertedContent& converted)
{
    const ContentLabel* label = converted.content->label();
    if (!label || conversion.stored.id.isNone())
        return;
    const std::lock_guard lock{m_mutex};
    forgetTheGone();
    m_conversions.insert_or_assign(conversion, ConversionRow{label->id, converted.loss});
}

std::optional<ConvertedContent> ContentStore::findConverted(const ContentConversion& conversion) const
{
    ConversionRow known;
    {
        const std::lock_guard lock{m_mutex};
        const auto row = m_conversions.find(conversion);
        if (row == m_conversions.end())
            return std::nullopt;
        known = row->second;
    }
    PlacedContentPtr content = find(known.converted);
    if (!content)
        return std::nullopt;
    return ConvertedContent{std::move(content), known.loss};
}

bool ContentStore::replace(std::span<const MovedContent> moves)
{
    // Rows of ids are compared by owner: pinning what they point to could make this the one that destroys it.
    std::map<std::weak_ptr<const PlacedContent>, const PlacedContentPtr*, std::owner_less<>> successors;
    for (const MovedContent& move : moves)
        successors.emplace(move.from, &move.to);
    const std::lock_guard lock{m_mutex};
    const bool isWanted =
        std::ranges::any_of(moves, [](const MovedContent& move) { return move.from.use_count() > move.owners; });
    if (isWanted)
        return false;
    for (const MovedContent& move : moves)
        moveRow(move);
    for (auto& [id, content] : m_byId) {
        if (const auto successor = successors.find(content); successor != successors.end())
            content = *successor->second;
    }
    return true;
}

std::size_t ContentStore::size() const
{
    const std::lock_guard lock{m_mutex};
    return static_cast<std::size_t>(
        std::ranges::count_if(m_byDigest, [](const auto& row) { return !row.second.owner.expired(); }));
}

/// Those of this digest that were not compared yet, as many as may be, pinned: they outlive the lock, whoever else lets
/// them go.
ContentStore::Candidates ContentStore::candidates(const ContentDigest& digest, const Candidates& compared) const
{
    Candidates found;
    const std::lock_guard lock{m_mutex};
    const auto [begin, end] = m_byDigest.equal_range(digest);
    for (auto row = begin; row != end && compared.size() + found.size() < kMostCompared; ++row) {
        if (std::ranges::find(compared, row->second.content, &PlacedContentPtr::get) != compared.end())
            continue;
        if (auto content = row->second.owner.lock())
            found.push_back(std::move(content));
    }
    return found;
}

/// Adds to `compared`, which stays pinned.
Result<PlacedContentPtr> ContentStore::searchCandidates(
    const ContentLabel& label, const Comparison& isEqual, Candidates& compared)
{
    for (PlacedContentPtr& candidate : candidates(label.digest, compared)) {
        const auto equal = isEqual(*candidate);
        if (!equal)
            return fail(equal.error());
        if (*equal) {
            addId(label.id, candidate);
            return std::move(candidate);
        }
        compared.push_back(std::move(candidate));
    }
    return PlacedContentPtr{};
}

/// False when there is a content of the same digest, come meanwhile, that is to be compared yet.
bool ContentStore::enter(const PlacedContentPtr& content, const ContentLabel& label, const Candidates& compared)
{
    const std::lock_guard lock{m_mutex};
    if (content->label())
        return true; // another thread has entered it meanwhile
    const auto [begin, end] = m_byDigest.equal_range(label.digest);
    const auto isOpen = [&compared](const auto& row) {
        return std::ranges::find(compared, row.second.content, &PlacedContentPtr::get) == compared.end()
            && !row.second.owner.expired();
    };
    if (compared.size() < kMostCompared && std::any_of(begin, end, isOpen))
        return false;
    forgetTheGone();
    m_byDigest.emplace(label.digest, Row{content.get(), content});
    m_byId.insert_or_assign(label.id, content);
    content->m_label = label;
    content->m_isLabelled.store(true, std::memory_order_release);
    return true;
}

void ContentStore::addId(ContentId id, const PlacedContentPtr& content)
{
    if (id.isNone())
        return;
    const std::lock_guard lock{m_mutex};
    forgetTheGone();
    m_byId.insert_or_assign(id, content);
}

/// With the mutex held.
void ContentStore::moveRow(const MovedContent& move) noexcept
{
    const ContentLabel* label = move.from->label();
    if (!label)
        return;
    const auto [begin, end] = m_byDigest.equal_range(label->digest);
    const auto row =
        std::find_if(begin, end, [&](const auto& candidate) { return candidate.second.content == move.from.get(); });
    if (row == end)
        return; // moved before, and still there because somebody had it
    row->second = Row{move.to.get(), move.to};
    if (move.from->isWritable())
        move.to->noteWritable(); // what was copied is what was there
    move.to->m_label = *label;
    move.to->m_isLabelled.store(true, std::memory_order_release);
}

/// With the mutex held. Dropping a row never destroys a content: it owns none.
void ContentStore::forgetTheGone()
{
    const auto rows = [this] { return m_byDigest.size() + m_byId.size() + m_conversions.size(); };
    if (rows() < m_sweepAt)
        return;
    std::erase_if(m_byDigest, [](const auto& row) { return row.second.owner.expired(); });
    std::erase_if(m_byId, [](const auto& row) { return row.second.expired(); });
    std::erase_if(m_conversions, [this](const auto& row) { return !m_byId.contains(row.second.converted); });
    m_sweepAt = std::max(kSmallestSweep, 2 * rows());
}

} // namespace weightroom::engine
