// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/slab_pool.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

/// Loads whose needs are remembered: an artist changes between a handful of models.
constexpr std::size_t kMostBatches = 8;

bool isShortage(const Error& error)
{
    return error.code == ErrorCode::OutOfHostMemory || error.code == ErrorCode::OutOfDeviceMemory;
}

} // namespace

/// Bytes that count as used, until they are given back.
class SlabPool::Share {
public:
    Share(SlabPool& pool, Bytes size)
        : m_pool(&pool)
        , m_size(size)
    {
        const std::scoped_lock lock{m_pool->m_mutex};
        m_pool->m_usedBytes += m_size;
    }
    Share(Share&& other) noexcept
        : m_pool(std::exchange(other.m_pool, nullptr))
        , m_size(other.m_size)
    {
    }
    Share& operator=(Share&&) = delete;
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share()
    {
        if (!m_pool)
            return;
        const std::scoped_lock lock{m_pool->m_mutex};
        m_pool->m_usedBytes -= m_size;
    }
    /// Whoever calls this subtracts them.
    SlabPool& giveUp() { return *std::exchange(m_pool, nullptr); }

private:
    SlabPool* m_pool;
    Bytes m_size;
};

/// What is handed out. Its destruction gives the slab back to the pool, in the list node that it came with.
class SlabPool::PooledSlab final : public Slab {
public:
    PooledSlab(Share share, ReadySlabs slab)
        : Slab(slab.front().slab->address(), slab.front().slab->size())
        , m_share(std::move(share))
        , m_slab(std::move(slab))
    {
    }
    ~PooledSlab() override { m_share.giveUp().giveBack(std::move(m_slab)); }
    [[nodiscard]] Result<UniqueFd> exportDescriptor() override { return m_slab.front().slab->exportDescriptor(); }
    [[nodiscard]] bool isExportWritable() const override { return m_slab.front().slab->isExportWritable(); }

private:
    Share m_share;
    ReadySlabs m_slab; ///< one element
};

/// A slab that fill() is at work on. In the end it is ready again, if there still is one.
class SlabPool::Moving {
public:
    Moving(SlabPool& pool, ReadySlabs slab, Bytes size)
        : m_pool(pool)
        , m_slab(std::move(slab))
        , m_size(size)
    {
    }
    Moving(const Moving&) = delete;
    Moving& operator=(const Moving&) = delete;
    ~Moving()
    {
        const std::scoped_lock lock{m_pool.m_mutex};
        m_pool.m_movingBytes -= m_size;
        if (m_slab.front().slab)
            m_pool.m_ready.splice(m_pool.m_ready.end(), m_slab);
        else
            m_pool.m_readyBytes -= m_size;
        m_pool.m_moved.notify_all();
    }

    [[nodiscard]] ReadySlab& get() { return m_slab.front(); }
    [[nodiscard]] Bytes size() const { return m_size; }

private:
    SlabPool& m_pool;
    ReadySlabs m_slab; ///< one element
    const Bytes m_size;
};

SlabPool::SlabPool(SlabSource& source, const Budget& budget)
    : m_source(source)
    , m_budget(budget)
{
}

SlabPool::~SlabPool() { assert(m_usedBytes == Bytes{} && "a slab outlives its pool"); }

Result<std::unique_ptr<Slab>> SlabPool::acquire(Bytes size)
{
    Share share{*this, size};
    ReadySlabs slab;
    {
        const std::scoped_lock lock{m_mutex};
        slab = takeReady(size);
    }
    const bool isRecycled = !slab.empty();
    if (!isRecycled)
        slab.emplace_back();
    if (auto done = isRecycled ? m_source.complete(*slab.front().slab) : make(slab.front(), size); !done)
        return fail(std::move(done).error());
    std::unique_ptr<Slab> pooled = std::make_unique<PooledSlab>(std::move(share), std::move(slab));
    const std::scoped_lock lock{m_mutex};
    ++(isRecycled ? m_recycled : m_made);
    return pooled;
}

Result<> SlabPool::make(ReadySlab& into, Bytes size)
{
    fitCapacity(); // what is made counts as used already
    auto slab = m_source.acquire(size);
    if (!slab && isShortage(slab.error()) && trim({}) > Bytes{})
        slab = m_source.acquire(size);
    if (!slab)
        return fail(std::move(slab).error());
    into.slab = std::move(*slab);
    return {};
}

void SlabPool::fitCapacity()
{
    const Bytes capacity = m_budget.capacity();
    std::unique_lock lock{m_mutex};
    while (m_usedBytes + m_readyBytes > capacity && m_readyBytes > Bytes{}) {
        if (m_ready.empty())
            m_moved.wait(lock);
        else
            releaseOldest(lock);
    }
}

void SlabPool::giveBack(ReadySlabs slab) noexcept
{
    const Bytes size = slab.front().slab->size();
    const Bytes capacity = m_budget.capacity();
    {
        const std::scoped_lock lock{m_mutex};
        ++m_uses;
        if (m_keeping == Keeping::Keep && size >= kSmallestKept && m_usedBytes + m_readyBytes <= capacity) {
            m_usedBytes -= size;
            m_readyBytes += size;
            m_ready.splice(m_ready.end(), slab);
            return;
        }
    }
    slab.clear(); // before the figures say that its memory is free
    const std::scoped_lock lock{m_mutex};
    m_usedBytes -= size;
}

void SlabPool::noteBatch(std::span<const Bytes> sizes)
{
    Batch batch;
    for (const Bytes size : sizes) {
        if (size < kSmallestKept)
            continue;
        ++batch.counts[size];
        batch.total += size;
    }
    if (batch.total == Bytes{})
        return;
    const std::scoped_lock lock{m_mutex};
    ++m_uses;
    m_batches.push_back(std::move(batch));
    if (m_batches.size() > kMostBatches)
        m_batches.pop_front();
}

void SlabPool::expect(Bytes total, Bytes size)
{
    const std::vector<Bytes> slabs(total.value / size.value, size);
    noteBatch(slabs);
}

void SlabPool::forgetBatches()
{
    const std::scoped_lock lock{m_mutex};
    m_batches.clear();
}

Result<SlabPool::Fill> SlabPool::fill(Bytes most)
{
    const Bytes capacity = m_budget.capacity();
    ReadySlabs fresh{1}; // before anything is counted
    std::optional<Bytes> size;
    ReadySlabs begun;
    {
        const std::scoped_lock lock{m_mutex};
        begun = takeUnprepared();
        size = begun.empty() ? nextToMake(capacity) : std::nullopt;
        m_readyBytes += size.value_or(Bytes{});
        m_movingBytes += size.value_or(Bytes{});
    }
    if (begun.empty() && !size)
        return Fill::Done;
    const Bytes moved = size ? *size : begun.front().slab->size();
    Moving slab{*this, std::move(size ? fresh : begun), moved};
    return size ? begin(slab) : goOn(slab, most);
}

Result<SlabPool::Fill> SlabPool::begin(Moving& slab)
{
    auto bare = m_source.acquireBare(slab.size());
    if (!bare)
        return fail(std::move(bare).error());
    slab.get().slab = std::move(*bare);
    const std::scoped_lock lock{m_mutex};
    ++m_made;
    return Fill::More;
}

Result<SlabPool::Fill> SlabPool::goOn(Moving& slab, Bytes most)
{
    auto prepared = m_source.prepare(*slab.get().slab, most);
    if (!prepared) {
        slab.get().slab.reset(); // before the figures say that its memory is free
        return fail(std::move(prepared).error());
    }
    slab.get().isPrepared = *prepared == Preparation::Complete;
    return Fill::More;
}

Bytes SlabPool::trim(Bytes keep) noexcept
{
    Bytes released;
    std::unique_lock lock{m_mutex};
    while (!m_ready.empty() && m_readyBytes - m_movingBytes > keep) {
        released += m_ready.front().slab->size();
        releaseOldest(lock);
    }
    return released;
}

Bytes SlabPool::releaseReady(Bytes wanted) noexcept
{
    const Bytes ready = statistics().ready;
    return trim(ready - std::min(ready, wanted));
}

void SlabPool::setKeeping(Keeping keeping)
{
    {
        const std::scoped_lock lock{m_mutex};
        m_keeping = keeping;
    }
    if (keeping == Keeping::Release)
        trim({});
}

SlabPoolStatistics SlabPool::statistics() const
{
    const std::scoped_lock lock{m_mutex};
    return {m_readyBytes, m_ready.size(), m_made, m_recycled, m_uses};
}

/// Of this size; one that is prepared before one that is not. The newest: what was used last may still be in the
/// caches of the processor.
SlabPool::ReadySlabs SlabPool::takeReady(Bytes size)
{
    auto found = m_ready.end();
    for (auto slab = m_ready.begin(); slab != m_ready.end(); ++slab) {
        if (slab->slab->size() == size && (found == m_ready.end() || slab->isPrepared))
            found = slab;
    }
    ReadySlabs taken;
    if (found == m_ready.end())
        return taken;
    taken.splice(taken.begin(), m_ready, found);
    m_readyBytes -= size;
    return taken;
}

/// It stays counted as ready.
SlabPool::ReadySlabs SlabPool::takeUnprepared()
{
    ReadySlabs taken;
    const auto found = std::ranges::find(m_ready, false, &ReadySlab::isPrepared);
    if (found == m_ready.end())
        return taken;
    taken.splice(taken.begin(), m_ready, found);
    m_movingBytes += taken.front().slab->size();
    return taken;
}

/// Unlocks while it does: giving memory back to the system or to a driver takes a while.
void SlabPool::releaseOldest(std::unique_lock<std::mutex>& lock) noexcept
{
    ReadySlabs oldest;
    oldest.splice(oldest.begin(), m_ready, m_ready.begin());
    const Bytes size = oldest.front().slab->size();
    m_movingBytes += size;
    lock.unlock();
    oldest.clear();
    lock.lock();
    m_movingBytes -= size;
    m_readyBytes -= size;
    m_moved.notify_all();
}

/// The largest size of which the largest batch has more than are ready, where there is room for it.
std::optional<Bytes> SlabPool::nextToMake(Bytes capacity) const
{
    const auto largest = std::ranges::max_element(m_batches, {}, &Batch::total);
    const Bytes taken = m_usedBytes + m_readyBytes;
    if (largest == m_batches.end() || m_keeping != Keeping::Keep)
        return std::nullopt;
    for (auto wanted = largest->counts.rbegin(); wanted != largest->counts.rend(); ++wanted) {
        const Bytes size = wanted->first;
        const auto ready = std::ranges::count(m_ready, size, [](const ReadySlab& slab) { return slab.slab->size(); });
        if (static_cast<std::uint64_t>(ready) < wanted->second && taken <= capacity && size <= capacity - taken)
            return size;
    }
    return std::nullopt;
}

} // namespace weightroom::engine
