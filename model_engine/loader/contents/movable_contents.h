// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/serial_executor.h"
#include "model_engine/loader/component_table.h"

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace weightroom::engine {

/// A content that may move now. Does not keep it: it may be unloaded meanwhile.
struct MovableContent {
    std::uint64_t address = 0; ///< of its block
    std::weak_ptr<const PlacedContent> content;
};

/// A content and the place that its bytes were copied to.
struct ContentMove {
    std::weak_ptr<const PlacedContent> from;
    PlacedContentPtr to;
};

/// What lies in one memory and is nobody's but its table's: no load copies from it, and nobody has a lease on it.
class MovableContents {
public:
    virtual ~MovableContents() = default;
    /// At this moment.
    [[nodiscard]] virtual std::vector<MovableContent> list() = 0;
    /// Puts the new places into the table: all, or none when one of them is in use meanwhile. What is gone needs none.
    /// Answers with the tensors that lie elsewhere now; by then the old places have been given back.
    [[nodiscard]] virtual std::optional<std::uint64_t> exchange(std::span<const ContentMove> moves) = 0;
};

/// How the components of a table have their contents.
class ContentUses {
public:
    /// `component`: as its table keeps it, and `pointers` to it that are the table's and the caller's own.
    template <class Component>
    void add(const Component& component, long pointers)
    {
        addWeights(component->weights, component.use_count() > pointers);
    }
    /// Those that only these components have, when no component that has them is in use.
    [[nodiscard]] std::vector<MovableContent> unused() const;
    /// How many tensors have it; nothing when a component that has it is in use, or none has it.
    [[nodiscard]] std::optional<long> tensorsWith(const PlacedContentPtr& content) const;

private:
    struct Use {
        const PlacedContentPtr* content = nullptr;
        long tensors = 0;
        bool isInUse = false;
    };
    void addWeights(const ComponentWeights& weights, bool isInUse);

    std::unordered_map<const PlacedContent*, Use> m_uses;
};

/// For jobs: its functions are closures on the engine thread, where the table lives.
template <class Component>
class TableContents final : public MovableContents {
public:
    /// `changed`: called on the engine thread after an exchange.
    TableContents(
        SerialExecutor& executor, ContentStore& store, ComponentTable<Component> table, std::function<void()> changed)
        : m_executor(executor)
        , m_store(store)
        , m_table(std::move(table))
        , m_changed(std::move(changed))
    {
    }

    [[nodiscard]] std::vector<MovableContent> list() override
    {
        return m_executor.invoke([&] { return usesOf(m_table.components()).unused(); });
    }

    [[nodiscard]] std::optional<std::uint64_t> exchange(std::span<const ContentMove> moves) override
    {
        // Out here, so that what goes is destroyed on this thread.
        std::vector<MovedContent> moved;
        std::vector<Exchange<Component>> exchanges;
        return m_executor.invoke([&]() -> std::optional<std::uint64_t> {
            const std::vector<Component> components = m_table.components();
            if (!findMoved(usesOf(components), moves, moved))
                return std::nullopt;
            ContentReplacements replacements;
            for (const MovedContent& move : moved)
                replacements.emplace(move.from.get(), move.to);
            exchanges = exchangesFor(components, replacements);
            if (!m_store.replace(moved))
                return std::nullopt;
            const std::uint64_t tensors = carryOut(m_table, exchanges);
            m_changed();
            return tensors;
        });
    }

private:
    /// The table's own pointer to each component, and the one of the list.
    static constexpr long kOwnPointers = 2;

    [[nodiscard]] static ContentUses usesOf(const std::vector<Component>& components)
    {
        ContentUses uses;
        for (const Component& component : components)
            uses.add(component, kOwnPointers);
        return uses;
    }

    /// False when somebody needs one of them where it is.
    [[nodiscard]] static bool findMoved(
        const ContentUses& uses, std::span<const ContentMove> moves, std::vector<MovedContent>& moved)
    {
        for (const ContentMove& move : moves) {
            PlacedContentPtr from = move.from.lock();
            if (!from)
                continue;
            const std::optional<long> tensors = uses.tensorsWith(from);
            if (!tensors)
                return false;
            moved.push_back({std::move(from), move.to, *tensors + 1});
        }
        return true;
    }

    SerialExecutor& m_executor;
    ContentStore& m_store;
    const ComponentTable<Component> m_table;
    const std::function<void()> m_changed;
};

} // namespace weightroom::engine
