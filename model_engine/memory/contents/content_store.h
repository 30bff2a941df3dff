// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/precision.h"
#include "model_engine/memory/arena.h"
#include "model_engine/memory/contents/content_hash.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace weightroom::engine {

/// Given to bytes once; whatever carries it has those bytes, compared or copied from what has. It goes along from the
/// cache to the devices, so that what lies there need not be read back to be known, and is kept with the files that
/// have the bytes, between runs too. 0 is none.
struct ContentId {
    std::uint64_t number = 0;

    friend auto operator<=>(ContentId, ContentId) = default;
    [[nodiscard]] bool isNone() const { return number == 0; }
};

/// An id that nothing has yet, in this run or another: 64 bits by chance. Any thread.
[[nodiscard]] ContentId freshContentId();

/// By what a content is found.
struct ContentLabel {
    ContentDigest digest;
    ContentId id;

    friend auto operator<=>(const ContentLabel&, const ContentLabel&) = default;
};

/// The bytes of one or more equal tensors at one place of a memory. Owned together by the tensors that have them; the
/// last one that goes gives the place back. The bytes do not change once it is shared, as far as that is up to the
/// engine.
class PlacedContent {
public:
    explicit PlacedContent(Allocation place)
        : m_place(std::move(place))
    {
    }

    [[nodiscard]] const Allocation& place() const { return m_place; }
    [[nodiscard]] std::uint64_t address() const { return m_place.address(); }
    [[nodiscard]] Bytes size() const { return m_place.size(); }
    /// nullptr while no store knows it: it was loaded without sharing, or is still being loaded. Any thread.
    [[nodiscard]] const ContentLabel* label() const
    {
        return m_isLabelled.load(std::memory_order_acquire) ? &m_label : nullptr;
    }
    /// Another process has, or had, memory that it can write to: nobody knows what the bytes are until they are
    /// compared. For good. Any thread.
    void noteWritable() const { m_isWritable.store(true, std::memory_order_release); }
    [[nodiscard]] bool isWritable() const { return m_isWritable.load(std::memory_order_acquire); }

private:
    friend class ContentStore;
    const Allocation m_place;
    mutable ContentLabel m_label; ///< written once, by the store, before the flag
    mutable std::atomic<bool> m_isLabelled = false;
    mutable std::atomic<bool> m_isWritable = false;
};

using PlacedContentPtr = std::shared_ptr<const PlacedContent>;

/// Bytes whose elements are brought to another type. The same bytes of the same type always become the same ones. They
/// are known by the whole label: an id alone may come from a file that gives it to others too.
struct ContentConversion {
    ContentLabel stored;
    Dtype from = Dtype::Unknown;
    Dtype to = Dtype::Unknown;

    friend auto operator<=>(const ContentConversion&, const ContentConversion&) = default;
};

/// What a conversion has given.
struct ConvertedContent {
    PlacedContentPtr content;
    PrecisionLoss loss;
};

/// What takes the place of contents.
using ContentReplacements = std::unordered_map<const PlacedContent*, PlacedContentPtr>;

/// A content whose bytes have been copied to a second place.
struct MovedContent {
    PlacedContentPtr from;
    PlacedContentPtr to; ///< nobody else has it yet
    long owners = 0; ///< of `from`, this one included, that will let it go
};

/// What one memory (the RAM cache, a device) holds, by content: equal bytes are found here before they are stored a
/// second time. It knows contents without owning them.
///
/// Thread-safe. The mutex guards the two maps; nothing is called while it is held: bytes are compared on the caller's
/// thread, by the caller's function, which pins what it compares.
class ContentStore {
public:
    /// Whether the bytes of `there` are those that are looked for. What fails ends the search.
    using Comparison = std::function<Result<bool>(const PlacedContent& there)>;

    ContentStore() = default;
    ContentStore(const ContentStore&) = delete;
    ContentStore& operator=(const ContentStore&) = delete;

    /// nullptr when there is none here, or not any more, or when another process can write to it.
    [[nodiscard]] PlacedContentPtr find(ContentId id) const;
    /// Likewise, and when the content of this id has another digest: an id may come from a file.
    [[nodiscard]] PlacedContentPtr find(const ContentLabel& label) const;
    /// Lets it be found by another id too, that of bytes it was found equal to.
    void addId(ContentId id, const PlacedContentPtr& content);
    /// The content with the label's id, as find() knows it; else one of equal digest that `isEqual` agrees to, which is
    /// then known by that id too. nullptr when there is none.
    [[nodiscard]] Result<PlacedContentPtr> findEqual(const ContentLabel& label, const Comparison& isEqual);
    /// Answers with the content that is to be used: one that was there and is equal, or `content`, which others find
    /// from now on. Two callers with equal bytes end up with the same content, whoever comes first. `label` without an
    /// id: a content that is entered gets a fresh one.
    [[nodiscard]] Result<PlacedContentPtr> share(
        PlacedContentPtr content, ContentLabel label, const Comparison& isEqual);

    /// Remembers what a conversion has given, a content of this store, until that goes.
    void noteConversion(const ContentConversion& conversion, const ConvertedContent& converted);
    /// Nothing when it is not known here, or its content is not here any more.
    [[nodiscard]] std::optional<ConvertedContent> findConverted(const ContentConversion& conversion) const;

    /// Lets others find all `to` from now on where they found `from`, by the same labels. False, and nothing changes,
    /// when one has more owners than it says: somebody needs it where it is. Each `from` may be given once.
    [[nodiscard]] bool replace(std::span<const MovedContent> moves);

    /// How many contents can be found.
    [[nodiscard]] std::size_t size() const;

    /// As many contents of one digest are compared with one that is looked for; one that differs from all of these
    /// counts as new. Hashes are of samples, so a file can be made of tensors that agree in all of them, and without a
    /// limit each would be compared with each. In models of people it takes more than eight tensors that differ in
    /// few rows only, and all of them in memory at once, to miss one that is equal.
    static constexpr std::size_t kMostCompared = 8;

private:
    struct IdHash {
        std::size_t operator()(ContentId id) const noexcept { return std::hash<std::uint64_t>{}(id.number); }
    };
    /// The address tells two contents apart while one of them is pinned.
    struct Row {
        const PlacedContent* content = nullptr;
        std::weak_ptr<const PlacedContent> owner;
    };
    using Candidates = std::vector<PlacedContentPtr>;
    struct ConversionRow {
        ContentId converted;
        PrecisionLoss loss;
    };

    [[nodiscard]] Candidates candidates(const ContentDigest& digest, const Candidates& compared) const;
    [[nodiscard]] Result<PlacedContentPtr> searchCandidates(
        const ContentLabel& label, const Comparison& isEqual, Candidates& compared);
    [[nodiscard]] bool enter(const PlacedContentPtr& content, const ContentLabel& label, const Candidates& compared);
    [[nodiscard]] PlacedContentPtr lookUp(ContentId id) const; ///< with the mutex held
    void moveRow(const MovedContent& move) noexcept;
    void forgetTheGone();

    mutable std::mutex m_mutex; ///< guards what follows, and the labels until they are set
    std::multimap<ContentDigest, Row> m_byDigest;
    std::unordered_map<ContentId, std::weak_ptr<const PlacedContent>, IdHash> m_byId;
    std::map<ContentConversion, ConversionRow> m_conversions;
    std::size_t m_sweepAt = kSmallestSweep;

    // Rows of contents that are gone are removed when there are twice as many rows as the last sweep left: a few
    // hundred bytes for each tensor that was ever there, at most twice over.
    static constexpr std::size_t kSmallestSweep = 1024;
};

} // namespace weightroom::engine
