// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/formats/torch/pickle_globals.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

enum class PickleKind : std::uint8_t {
    None = 0,
    Boolean,
    Integer, ///< within 64 bits
    LongInteger, ///< beyond
    Real,
    Text,
    Binary,
    Tuple,
    List,
    Dict, ///< also an OrderedDict
    Global, ///< a function or class, by name
    Storage, ///< "persistent id" of the bytes of tensors
    Applied, ///< a function that would make a tensor, with its arguments
    Foreign, ///< the result of what nothing is known about
};

/// A value in a PickleTree. Two of the same value are one, wherever the pickle refers to it.
enum class PickleRef : std::uint32_t {};

/// The values that a pickle describes, as inert data: what it would call is a name and a tuple, and there is nothing
/// here that could call it. Values are never expanded: what a pickle refers to a thousand times is held once, and the
/// tree may contain itself, so whoever walks it needs a budget.
///
/// Texts are views of the pickle's bytes, which must outlive the tree. A value takes 16 bytes, a place in a container
/// 4; there is no recursion, also not in the destructor.
class PickleTree {
public:
    explicit PickleTree(std::string_view bytes);

    [[nodiscard]] PickleKind kindOf(PickleRef value) const { return node(value).kind; }
    [[nodiscard]] bool is(PickleRef value, PickleKind kind) const { return kindOf(value) == kind; }
    /// Each gives nothing when the value is of another kind.
    [[nodiscard]] std::optional<bool> boolean(PickleRef value) const;
    [[nodiscard]] std::optional<std::int64_t> integer(PickleRef value) const;
    [[nodiscard]] std::optional<double> real(PickleRef value) const;
    [[nodiscard]] std::optional<std::string_view> text(PickleRef value) const;
    [[nodiscard]] std::optional<std::string_view> longInteger(
        PickleRef value) const; ///< two's complement, lowest first
    [[nodiscard]] const PickleGlobal* global(PickleRef value) const; ///< nullptr for another kind
    /// The function of an Applied value; of a Foreign one, what it came from; nullptr when there is none.
    [[nodiscard]] const PickleGlobal* originOf(PickleRef value) const;
    /// The arguments of an Applied value or the id of a Storage, a tuple.
    [[nodiscard]] PickleRef argumentsOf(PickleRef value) const;

    /// The number of a Storage in storages().
    [[nodiscard]] std::size_t storageNumber(PickleRef storage) const { return node(storage).payload; }

    /// How many values a tuple has; 0 for another kind.
    [[nodiscard]] std::size_t tupleSize(PickleRef value) const;
    [[nodiscard]] PickleRef tupleItem(PickleRef tuple, std::size_t index) const;

    /// Gives the values of a tuple, list or dict (key, value, key, value …) one after the other.
    class Items {
    public:
        Items(const PickleTree& tree, PickleRef container);
        [[nodiscard]] std::optional<PickleRef> next();

    private:
        const PickleTree& m_tree;
        std::uint32_t m_run = 0; ///< 1 + its index; 0: no further one
        std::uint32_t m_next = 0;
        std::uint32_t m_left = 0;
    };
    [[nodiscard]] Items items(PickleRef container) const { return {*this, container}; }
    /// All persistent ids, whether or not the tree leads to them.
    [[nodiscard]] const std::deque<PickleRef>& storages() const { return m_storages; }
    [[nodiscard]] const std::deque<PickleGlobal>& globals() const { return m_globals; }

    // For the machine that builds it
    [[nodiscard]] PickleRef none() const { return PickleRef{0}; }
    [[nodiscard]] PickleRef boolean(bool value) const { return PickleRef{value ? 2U : 1U}; }
    [[nodiscard]] PickleRef emptyTuple() const { return PickleRef{3}; }
    PickleRef addInteger(std::int64_t value);
    PickleRef addReal(double value);
    /// `content` must be a part of the pickle's bytes.
    PickleRef addText(PickleKind kind, std::string_view content);
    PickleRef addTuple(std::span<const PickleRef> values);
    PickleRef addContainer(PickleKind kind);
    PickleRef addGlobal(PickleGlobal global);
    PickleRef addStorage(PickleRef id);
    PickleRef addApplied(PickleRef function, PickleRef arguments);
    PickleRef addForeign(std::optional<PickleRef> origin);
    /// Behind what a list or dict holds.
    void append(PickleRef container, std::span<const PickleRef> values);
    /// Makes `value` the dict that `dict` is now, for all that refer to it.
    void become(PickleRef value, PickleRef dict) { m_nodes[index(value)] = node(dict); }

    /// Memory that the values take.
    [[nodiscard]] Bytes built() const { return m_built; }

private:
    struct Node {
        std::uint64_t payload = 0;
        std::uint32_t link = 0;
        PickleKind kind = PickleKind::None;
    };
    /// Values that were added to a container at once.
    struct Run {
        std::uint32_t begin = 0; ///< in m_items
        std::uint32_t count = 0;
        std::uint32_t next = 0; ///< 1 + the index of the container's next run; 0: the last
    };

    [[nodiscard]] static constexpr std::uint32_t index(PickleRef value) { return static_cast<std::uint32_t>(value); }
    [[nodiscard]] const Node& node(PickleRef value) const { return m_nodes[index(value)]; }
    PickleRef add(PickleKind kind, std::uint64_t payload, std::uint32_t link = 0);
    std::uint32_t addItems(std::span<const PickleRef> values);

    std::string_view m_bytes;
    // Not vectors: growing must not copy what is there, or the peak would be three times the budget.
    std::deque<Node> m_nodes;
    std::deque<PickleRef> m_items;
    std::deque<Run> m_runs;
    std::deque<PickleGlobal> m_globals;
    std::deque<PickleRef> m_storages;
    Bytes m_built;
};

} // namespace weightroom::engine
