// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/torch/pickle_input.h"
#include "model_engine/formats/torch/pickle_machine.h"
#include "model_engine/formats/torch/pickle_stack.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {

/// Carries out the opcodes one after the other. A handler does what its opcode says to the stack, the memo and the
/// values; step() then looks at the limits, which no single opcode exceeds by more than the values on the stack.
class PickleInterpreter {
public:
    PickleInterpreter(std::string_view bytes, const PickleLimits& limits)
        : m_limits(limits)
        , m_mayBuild(
              std::min(std::max(Bytes{bytes.size()} * limits.builtTimesSize, limits.builtFloor), limits.builtCeiling))
        , m_input(bytes, limits.size)
        , m_values(bytes)
    {
    }

    Result<Pickle> run();

private:
    using Handler = Result<> (PickleInterpreter::*)();
    struct Opcode {
        unsigned char code = 0;
        std::string_view name; ///< as Python spells it; empty for bytes that are no opcode
        Handler handler = nullptr; ///< nullptr: refused
    };
    static const std::array<Opcode, 256>& opcodes();
    /// Stands in the memo where nothing was put.
    static constexpr PickleRef kNothing{0xFFFFFFFF};

    Result<> begin();
    Result<> step();
    Result<> refuse(unsigned char code) const;
    [[nodiscard]] bool isWithinLimits() const;
    [[nodiscard]] Bytes built() const;
    [[nodiscard]] tl::unexpected<Error> describeExcess() const; ///< of the limit that is exceeded
    Result<> checkEnd() const;

    Result<> push(PickleRef value)
    {
        m_stack.push(value);
        return {};
    }

    Result<> secondBegin();
    Result<> frame();
    Result<> stop();
    Result<> mark();
    Result<> none() { return push(m_values.none()); }
    Result<> yes() { return push(m_values.boolean(true)); }
    Result<> no() { return push(m_values.boolean(false)); }
    template <class T>
    Result<> integer();
    template <class Length>
    Result<> longInteger();
    Result<> real();
    template <class Length, PickleKind kind>
    Result<> text();
    template <PickleKind kind>
    Result<> container()
    {
        return push(m_values.addContainer(kind));
    }
    Result<> emptySet() { return push(m_values.addForeign({})); }
    Result<> emptyTuple() { return push(m_values.emptyTuple()); }
    template <std::size_t count>
    Result<> tuple();
    Result<> tupleToMark();
    Result<> append();
    Result<> appendToMark();
    Result<> setItem();
    Result<> setItemsToMark();
    Result<> addToMark();
    Result<> frozenSet();
    Result<> appendTo(PickleKind kind, std::size_t count);
    template <class Index>
    Result<> put();
    Result<> memoize() { return putAt(m_memoEntries); }
    Result<> putAt(std::size_t index);
    template <class Index>
    Result<> get();
    Result<> global();
    Result<> stackGlobal();
    Result<> persistentId();
    Result<> call();
    Result<> callWithKeywords();
    Result<> instantiate();
    Result<> instantiateToMark();
    Result<> build();
    Result<> extension();

    const PickleLimits& m_limits;
    Bytes m_mayBuild;
    PickleInput m_input;
    std::size_t m_frameEnd = 0; ///< 0: not in a frame
    std::uint64_t m_steps = 0;
    bool m_isDone = false;
    PickleTree m_values;
    PickleStack m_stack;
    std::vector<PickleRef> m_memo;
    std::size_t m_memoEntries = 0;
};

} // namespace weightroom::engine
