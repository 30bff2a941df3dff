// SPDX-License-Identifier: GPL-3.0-or-later
//
// The table of the opcodes, those that only make a value, and what is looked at after each of them.
#include "model_engine/formats/torch/pickle_machine.h"

#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/pickle_interpreter.h"

#include <bit>

namespace weightroom::engine {
namespace {

constexpr unsigned char kProtocol = 0x80;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// A whole number of any length, two's complement, as far as it fits into 64 bits.
std::int64_t smallNumber(std::string_view bytes)
{
    const bool isNegative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    std::uint64_t value = isNegative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
    return std::bit_cast<std::int64_t>(value);
}

} // namespace

template <class T>
Result<> PickleInterpreter::integer()
{
    const auto value = m_input.number<T>();
    return value ? push(m_values.addInteger(*value)) : Result<>(fail(value.error()));
}

template <class Length>
Result<> PickleInterpreter::longInteger()
{
    const auto bytes = m_input.counted<Length>();
    if (!bytes)
        return fail(bytes.error());
    if (bytes->size() <= sizeof(std::int64_t))
        return push(m_values.addInteger(smallNumber(*bytes)));
    return push(m_values.addText(PickleKind::LongInteger, *bytes));
}

Result<> PickleInterpreter::real()
{
    const auto bytes = m_input.take(sizeof(double));
    if (!bytes)
        return fail(bytes.error());
    const std::string reversed{bytes->rbegin(), bytes->rend()};
    return push(m_values.addReal(std::bit_cast<double>(littleEndianAt<std::uint64_t>(reversed, 0))));
}

template <class Length, PickleKind kind>
Result<> PickleInterpreter::text()
{
    const auto bytes = m_input.counted<Length>();
    return bytes ? push(m_values.addText(kind, *bytes)) : Result<>(fail(bytes.error()));
}

template <std::size_t count>
Result<> PickleInterpreter::tuple()
{
    if (auto there = m_stack.need(count); !there)
        return there;
    const PickleRef made = m_values.addTuple(m_stack.last(count));
    m_stack.drop(count);
    return push(made);
}

template <class Index>
Result<> PickleInterpreter::put()
{
    const auto index = m_input.number<Index>();
    return index ? putAt(*index) : Result<>(fail(index.error()));
}

template <class Index>
Result<> PickleInterpreter::get()
{
    const auto index = m_input.number<Index>();
    if (!index)
        return fail(index.error());
    if (*index >= m_memo.size() || m_memo[*index] == kNothing)
        return invalid("refers to the memo index " + std::to_string(*index) + ", where nothing is");
    return push(m_memo[*index]);
}

const std::array<PickleInterpreter::Opcode, 256>& PickleInterpreter::opcodes()
{
    using M = PickleInterpreter;
    constexpr auto kText = PickleKind::Text;
    constexpr auto kBinary = PickleKind::Binary;
    static constexpr std::array kRows{
        Opcode{kProtocol, "PROTO", &M::secondBegin},
        Opcode{0x95, "FRAME", &M::frame},
        Opcode{'.', "STOP", &M::stop},
        Opcode{'(', "MARK", &M::mark},
        Opcode{'N', "NONE", &M::none},
        Opcode{0x88, "NEWTRUE", &M::yes},
        Opcode{0x89, "NEWFALSE", &M::no},
        Opcode{'J', "BININT", &M::integer<std::int32_t>},
        Opcode{'K', "BININT1", &M::integer<std::uint8_t>},
        Opcode{'M', "BININT2", &M::integer<std::uint16_t>},
        Opcode{0x8A, "LONG1", &M::longInteger<std::uint8_t>},
        Opcode{0x8B, "LONG4", &M::longInteger<std::uint32_t>},
        Opcode{'G', "BINFLOAT", &M::real},
        Opcode{'X', "BINUNICODE", &M::text<std::uint32_t, kText>},
        Opcode{0x8C, "SHORT_BINUNICODE", &M::text<std::uint8_t, kText>},
        Opcode{0x8D, "BINUNICODE8", &M::text<std::uint64_t, kText>},
        Opcode{'U', "SHORT_BINSTRING", &M::text<std::uint8_t, kText>},
        Opcode{'T', "BINSTRING", &M::text<std::uint32_t, kText>},
        Opcode{'C', "SHORT_BINBYTES", &M::text<std::uint8_t, kBinary>},
        Opcode{'B', "BINBYTES", &M::text<std::uint32_t, kBinary>},
        Opcode{0x8E, "BINBYTES8", &M::text<std::uint64_t, kBinary>},
        Opcode{0x96, "BYTEARRAY8", &M::text<std::uint64_t, kBinary>},
        Opcode{']', "EMPTY_LIST", &M::container<PickleKind::List>},
        Opcode{'}', "EMPTY_DICT", &M::container<PickleKind::Dict>},
        Opcode{0x8F, "EMPTY_SET", &M::emptySet},
        Opcode{')', "EMPTY_TUPLE", &M::emptyTuple},
        Opcode{0x85, "TUPLE1", &M::tuple<1>},
        Opcode{0x86, "TUPLE2", &M::tuple<2>},
        Opcode{0x87, "TUPLE3", &M::tuple<3>},
        Opcode{'t', "TUPLE", &M::tupleToMark},
        Opcode{'a', "APPEND", &M::append},
        Opcode{'e', "APPENDS", &M::appendToMark},
        Opcode{'s', "SETITEM", &M::setItem},
        Opcode{'u', "SETITEMS", &M::setItemsToMark},
        Opcode{0x90, "ADDITEMS", &M::addToMark},
        Opcode{0x91, "FROZENSET", &M::frozenSet},
        Opcode{'q', "BINPUT", &M::put<std::uint8_t>},
        Opcode{'r', "LONG_BINPUT", &M::put<std::uint32_t>},
        Opcode{0x94, "MEMOIZE", &M::memoize},
        Opcode{'h', "BINGET", &M::get<std::uint8_t>},
        Opcode{'j', "LONG_BINGET", &M::get<std::uint32_t>},
        Opcode{'c', "GLOBAL", &M::global},
        Opcode{0x93, "STACK_GLOBAL", &M::stackGlobal},
        Opcode{'Q', "BINPERSID", &M::persistentId},
        Opcode{'R', "REDUCE", &M::call},
        Opcode{0x81, "NEWOBJ", &M::call},
        Opcode{0x92, "NEWOBJ_EX", &M::callWithKeywords},
        Opcode{'i', "INST", &M::instantiate},
        Opcode{'o', "OBJ", &M::instantiateToMark},
        Opcode{'b', "BUILD", &M::build},
        Opcode{0x82, "EXT1", &M::extension},
        Opcode{0x83, "EXT2", &M::extension},
        Opcode{0x84, "EXT4", &M::extension},
        // What is written in protocols 0 and 1 only, or for values that no checkpoint holds.
        Opcode{'0', "POP"},
        Opcode{'1', "POP_MARK"},
        Opcode{'2', "DUP"},
        Opcode{'F', "FLOAT"},
        Opcode{'I', "INT"},
        Opcode{'L', "LONG"},
        Opcode{'S', "STRING"},
        Opcode{'V', "UNICODE"},
        Opcode{'l', "LIST"},
        Opcode{'d', "DICT"},
        Opcode{'p', "PUT"},
        Opcode{'g', "GET"},
        Opcode{'P', "PERSID"},
        Opcode{0x97, "NEXT_BUFFER"},
        Opcode{0x98, "READONLY_BUFFER"},
    };
    static constexpr auto kByCode = [] {
        std::array<Opcode, 256> table{};
        for (const Opcode& row : kRows)
            table[row.code] = row;
        return table;
    }();
    return kByCode;
}

Result<Pickle> PickleInterpreter::run()
{
    Result<> done = begin();
    while (done && !m_isDone)
        done = step();
    if (done)
        done = checkEnd();
    if (!done)
        return fail(std::move(done).error());
    return Pickle{std::move(m_values), m_stack.top(), m_input.position()};
}

Result<> PickleInterpreter::begin()
{
    const auto first = m_input.number<std::uint8_t>();
    const auto protocol = first ? m_input.number<std::uint8_t>() : first;
    if (!protocol)
        return fail(protocol.error());
    if (*first != kProtocol)
        return invalid("does not begin with its protocol");
    if (*protocol < 2 || *protocol > 5)
        return fail(ErrorCode::Unsupported, "has the protocol " + std::to_string(*protocol) + "; 2 to 5 are read");
    return {};
}

Result<> PickleInterpreter::step()
{
    const std::size_t position = m_input.position();
    const auto code = m_input.number<std::uint8_t>();
    if (!code)
        return fail(code.error());
    const Opcode& opcode = opcodes()[*code];
    ++m_steps;
    Result<> done = opcode.handler != nullptr ? (this->*opcode.handler)() : refuse(*code);
    if (done && !isWithinLimits())
        done = describeExcess();
    if (m_input.position() == m_frameEnd)
        m_frameEnd = 0;
    if (!done && done.error().code == ErrorCode::InvalidFormat)
        done.error().detail += " (at its byte " + std::to_string(position) + ")";
    return done;
}

Result<> PickleInterpreter::refuse(unsigned char code) const
{
    const std::string_view name = opcodes()[code].name;
    if (name.empty())
        return invalid("has the opcode " + std::to_string(code) + ", which does not exist");
    return fail(ErrorCode::Unsupported, "has the opcode " + std::string{name} + ", which torch.save does not write");
}

/// Asked after every opcode, so it makes no Result.
bool PickleInterpreter::isWithinLimits() const
{
    return m_steps <= m_limits.opcodes && m_stack.size() <= m_limits.stack && m_stack.marks() <= m_limits.depth
        && built() <= m_mayBuild && (m_frameEnd == 0 || m_input.position() <= m_frameEnd);
}

Bytes PickleInterpreter::built() const { return m_values.built() + Bytes{m_memo.size() * sizeof(PickleRef)}; }

tl::unexpected<Error> PickleInterpreter::describeExcess() const
{
    const auto tooMuch = [](std::string_view what, std::uint64_t limit) {
        return fail(ErrorCode::HeaderTooLarge, "has more " + std::string{what} + " than " + std::to_string(limit));
    };
    if (m_steps > m_limits.opcodes)
        return tooMuch("opcodes", m_limits.opcodes);
    if (m_stack.size() > m_limits.stack)
        return tooMuch("values on its stack", m_limits.stack);
    if (m_stack.marks() > m_limits.depth)
        return tooMuch("containers in each other", m_limits.depth);
    if (built() > m_mayBuild)
        return tooMuch("bytes of values", m_mayBuild.value);
    return invalid("reaches beyond the end of its frame");
}

/// A name that is only mentioned does nothing; but no model mentions those of the operating system.
Result<> PickleInterpreter::checkEnd() const
{
    for (const PickleGlobal& global : m_values.globals()) {
        if (global.role == GlobalRole::Forbidden) {
            return fail(ErrorCode::UnsafePickle,
                "names " + quotedName(global.name) + ", which is not allowed: nothing was executed");
        }
    }
    return {};
}

Result<Pickle> readPickle(std::string_view bytes, const PickleLimits& limits)
{
    auto pickle = PickleInterpreter{bytes, limits}.run();
    if (!pickle)
        pickle.error().detail.insert(0, "the pickle ");
    return pickle;
}

} // namespace weightroom::engine
