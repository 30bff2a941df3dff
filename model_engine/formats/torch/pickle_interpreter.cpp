// SPDX-License-Identifier: GPL-3.0-or-later
//
// The opcodes that work on the stack: containers, memo, functions. Those that only make a value stand in
// pickle_machine.cpp.
#include "model_engine/formats/torch/pickle_interpreter.h"

#include "model_engine/formats/torch/pickle_calls.h"

namespace weightroom::engine {
namespace {

/// Indices of the memo that may be used in any order: those that one byte can tell.
constexpr std::uint64_t kFreeIndices = 256;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// Of keys and values in turn. Python takes no key that can change.
Result<> checkKeys(const PickleTree& values, std::span<const PickleRef> items)
{
    if (items.size() % 2 != 0)
        return invalid("puts a key without a value into a dict");
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (values.is(items[i], PickleKind::List) || values.is(items[i], PickleKind::Dict))
            return invalid("has a list or a dict as the key of a dict");
    }
    return {};
}

} // namespace

Result<> PickleInterpreter::secondBegin() { return invalid("begins a second time"); }

Result<> PickleInterpreter::frame()
{
    const auto length = m_input.number<std::uint64_t>();
    if (!length)
        return fail(length.error());
    if (m_frameEnd != 0)
        return invalid("begins a frame within a frame");
    // Only looked at: the input says what is wrong when there is less.
    PickleInput ahead = m_input;
    if (auto inside = ahead.take(*length); !inside)
        return fail(std::move(inside).error());
    m_frameEnd = *length == 0 ? 0 : ahead.position();
    return {};
}

Result<> PickleInterpreter::stop()
{
    if (m_stack.size() != 1 || m_stack.marks() != 0)
        return invalid("ends with " + std::to_string(m_stack.size()) + " values and " + std::to_string(m_stack.marks())
            + " marks on its stack instead of one value");
    if (m_frameEnd != 0 && m_frameEnd != m_input.position())
        return invalid("ends inside of a frame");
    m_isDone = true;
    return {};
}

Result<> PickleInterpreter::mark()
{
    m_stack.mark();
    return {};
}

Result<> PickleInterpreter::tupleToMark()
{
    const auto count = m_stack.takeMark();
    if (!count)
        return fail(count.error());
    const PickleRef made = m_values.addTuple(m_stack.last(*count));
    m_stack.drop(*count);
    return push(made);
}

/// Moves the last values into the container of this kind below them.
Result<> PickleInterpreter::appendTo(PickleKind kind, std::size_t count)
{
    if (auto there = m_stack.need(count + 1); !there)
        return there;
    const PickleRef container = m_stack.last(count + 1).front();
    if (!m_values.is(container, kind))
        return invalid("puts values into something that is no container for them");
    if (kind == PickleKind::Dict) {
        if (auto keyed = checkKeys(m_values, m_stack.last(count)); !keyed)
            return keyed;
    }
    if (kind != PickleKind::Foreign)
        m_values.append(container, m_stack.last(count));
    m_stack.drop(count);
    return {};
}

Result<> PickleInterpreter::append() { return appendTo(PickleKind::List, 1); }

Result<> PickleInterpreter::appendToMark()
{
    const auto count = m_stack.takeMark();
    return count ? appendTo(PickleKind::List, *count) : Result<>(fail(count.error()));
}

Result<> PickleInterpreter::setItem() { return appendTo(PickleKind::Dict, 2); }

Result<> PickleInterpreter::setItemsToMark()
{
    const auto count = m_stack.takeMark();
    return count ? appendTo(PickleKind::Dict, *count) : Result<>(fail(count.error()));
}

/// Into a set, of which nothing is kept.
Result<> PickleInterpreter::addToMark()
{
    const auto count = m_stack.takeMark();
    return count ? appendTo(PickleKind::Foreign, *count) : Result<>(fail(count.error()));
}

Result<> PickleInterpreter::frozenSet()
{
    const auto count = m_stack.takeMark();
    if (!count)
        return fail(count.error());
    m_stack.drop(*count);
    return emptySet();
}

/// Picklers count up, so an index far above the number of opcodes is made up, and would take memory for nothing.
Result<> PickleInterpreter::putAt(std::size_t index)
{
    if (auto there = m_stack.need(1); !there)
        return there;
    if (index > m_steps + kFreeIndices || index >= m_limits.memo)
        return invalid("has the memo index " + std::to_string(index) + ", too large");
    if (index >= m_memo.size())
        m_memo.resize(index + 1, kNothing);
    m_memoEntries += m_memo[index] == kNothing ? 1 : 0;
    m_memo[index] = m_stack.top();
    return {};
}

Result<> PickleInterpreter::global()
{
    const auto module = m_input.line();
    const auto name = module ? m_input.line() : module;
    if (!name)
        return fail(name.error());
    return push(m_values.addGlobal(lookUpGlobal(*module, *name)));
}

Result<> PickleInterpreter::stackGlobal()
{
    if (auto there = m_stack.need(2); !there)
        return there;
    const auto name = m_values.text(m_stack.pop());
    const auto module = m_values.text(m_stack.pop());
    if (!name || !module)
        return invalid("names a function by something other than two texts");
    return push(m_values.addGlobal(lookUpGlobal(*module, *name)));
}

Result<> PickleInterpreter::persistentId()
{
    if (auto there = m_stack.need(1); !there)
        return there;
    const PickleRef id = m_stack.top();
    const auto kind = m_values.tupleSize(id) > 0 ? m_values.text(m_values.tupleItem(id, 0)) : std::nullopt;
    if (kind == "module")
        return fail(ErrorCode::Unsupported, "holds whole modules with their source code, not only weights");
    if (kind != "storage")
        return invalid("has a persistent id that is no storage");
    m_stack.top() = m_values.addStorage(id);
    return {};
}

/// REDUCE and NEWOBJ.
Result<> PickleInterpreter::call()
{
    if (auto there = m_stack.need(2); !there)
        return there;
    const PickleRef arguments = m_stack.pop();
    if (!m_values.is(arguments, PickleKind::Tuple))
        return invalid("calls something with arguments that are no tuple");
    auto result = resultOfCall(m_values, m_stack.top(), arguments);
    if (!result)
        return fail(std::move(result).error());
    m_stack.top() = *result;
    return {};
}

Result<> PickleInterpreter::callWithKeywords()
{
    if (auto there = m_stack.need(3); !there)
        return there;
    return refuseCall(m_values, m_stack.last(3).front());
}

Result<> PickleInterpreter::instantiate()
{
    const auto module = m_input.line();
    const auto name = module ? m_input.line() : module;
    if (!name)
        return fail(name.error());
    return refuseCall(lookUpGlobal(*module, *name).name);
}

Result<> PickleInterpreter::instantiateToMark()
{
    const auto count = m_stack.takeMark();
    if (!count)
        return fail(count.error());
    if (*count == 0)
        return invalid("makes an object without a class");
    return refuseCall(m_values, m_stack.last(*count).front());
}

Result<> PickleInterpreter::build()
{
    if (auto there = m_stack.need(2); !there)
        return there;
    const PickleRef state = m_stack.pop();
    return setState(m_values, m_stack.top(), state);
}

Result<> PickleInterpreter::extension()
{
    return fail(ErrorCode::UnsafePickle,
        "calls for a function by a number of Python's extension registry, which is not allowed: nothing was executed");
}

} // namespace weightroom::engine
