// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/budget.h"

#include <cassert>

namespace weightroom::engine {
namespace {

Bytes difference(Bytes capacity, Bytes inUse) { return capacity > inUse ? capacity - inUse : Bytes{}; }

} // namespace

Reservation::~Reservation()
{
    if (m_budget)
        m_budget->giveBack(m_size);
}

Reservation Reservation::split(Bytes part)
{
    assert(m_budget && part <= m_size);
    m_size -= part;
    return Reservation{*m_budget, part};
}

Budget::Budget(Bytes capacity, ErrorCode code, std::string memoryType)
    : m_code(code)
    , m_memoryType(std::move(memoryType))
    , m_capacity(capacity)
{
}

Result<Reservation> Budget::reserve(Bytes size)
{
    Bytes free;
    {
        const std::scoped_lock lock{m_mutex};
        free = difference(m_capacity, m_inUse);
        if (size <= free) {
            m_inUse += size;
            return Reservation{*this, size};
        }
    }
    return fail(shortage(size, free));
}

Error Budget::shortage(Bytes required) const { return shortage(required, available()); }

Error Budget::shortage(Bytes required, Bytes free) const
{
    Error error{m_code, toText(required) + " of " + m_memoryType + " are needed, " + toText(free) + " are available"};
    error.context.required = required;
    error.context.available = free;
    error.context.memoryType = m_memoryType;
    return error;
}

Bytes Budget::capacity() const
{
    const std::scoped_lock lock{m_mutex};
    return m_capacity;
}

Bytes Budget::inUse() const
{
    const std::scoped_lock lock{m_mutex};
    return m_inUse;
}

Bytes Budget::available() const
{
    const std::scoped_lock lock{m_mutex};
    return difference(m_capacity, m_inUse);
}

void Budget::setCapacity(Bytes capacity)
{
    const std::scoped_lock lock{m_mutex};
    m_capacity = capacity;
}

void Budget::giveBack(Bytes size) noexcept
{
    const std::scoped_lock lock{m_mutex};
    assert(size <= m_inUse);
    m_inUse -= size;
}

} // namespace weightroom::engine
