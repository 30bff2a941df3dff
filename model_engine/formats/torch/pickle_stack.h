// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/torch/pickle_values.h"

#include <vector>

namespace weightroom::engine {

/// The values that the opcodes of a pickle work on. A mark is a floor: what lies below it is out of reach until the
/// mark is taken.
class PickleStack {
public:
    void push(PickleRef value) { m_values.push_back(value); }
    /// Fails unless so many values lie above the last mark; pop() and top() are for what this has promised.
    [[nodiscard]] Result<> need(std::size_t count) const
    {
        if (m_values.size() - floor() < count)
            return fail(ErrorCode::InvalidFormat, "takes values off its stack that are not there");
        return {};
    }
    PickleRef pop()
    {
        const PickleRef value = m_values.back();
        m_values.pop_back();
        return value;
    }
    PickleRef& top() { return m_values.back(); }
    /// The last `count` values, the lowest first.
    [[nodiscard]] std::span<const PickleRef> last(std::size_t count) const { return std::span{m_values}.last(count); }
    void drop(std::size_t count) { m_values.resize(m_values.size() - count); }

    void mark() { m_marks.push_back(m_values.size()); }
    /// Takes the last mark away and says how many values lie above it. They stay.
    [[nodiscard]] Result<std::size_t> takeMark()
    {
        if (m_marks.empty())
            return fail(ErrorCode::InvalidFormat, "takes values up to a mark that is not there");
        const std::size_t above = m_values.size() - m_marks.back();
        m_marks.pop_back();
        return above;
    }

    [[nodiscard]] std::size_t size() const { return m_values.size(); }
    [[nodiscard]] std::size_t marks() const { return m_marks.size(); }

private:
    [[nodiscard]] std::size_t floor() const { return m_marks.empty() ? 0 : m_marks.back(); }

    std::vector<PickleRef> m_values;
    std::vector<std::size_t> m_marks;
};

} // namespace weightroom::engine
