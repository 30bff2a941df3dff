// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"

#include <mutex>
#include <string>
#include <utility>

namespace weightroom::engine {

class Budget;

/// A part of a budget; given back by the destructor. The budget must outlive it.
class Reservation {
public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept
        : m_budget(std::exchange(other.m_budget, nullptr))
        , m_size(std::exchange(other.m_size, Bytes{}))
    {
    }
    Reservation& operator=(Reservation&& other) noexcept
    {
        std::swap(m_budget, other.m_budget);
        std::swap(m_size, other.m_size);
        return *this;
    }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation();
    [[nodiscard]] Bytes size() const { return m_size; }

    /// Takes `part` of it out as a reservation of its own: what was reserved as a whole is given back piece by piece.
    /// `part` must not exceed size().
    [[nodiscard]] Reservation split(Bytes part);

private:
    friend class Budget;
    Reservation(Budget& budget, Bytes size)
        : m_budget(&budget)
        , m_size(size)
    {
    }
    Budget* m_budget = nullptr;
    Bytes m_size;
};

/// A fixed number of bytes that is handed out before anything is allocated, so that two loads can never both count on
/// the last ones. Thread-safe; the mutex guards m_inUse and m_capacity, and nothing is called while it is held.
class Budget {
public:
    /// `code` and `memoryType` go into the error of a reservation that does not fit ("vram", "cache budget", …).
    Budget(Bytes capacity, ErrorCode code, std::string memoryType);

    /// Errors: the budget's code, with required and available bytes.
    [[nodiscard]] Result<Reservation> reserve(Bytes size);
    /// The error of a reservation of `required` bytes that does not fit.
    [[nodiscard]] Error shortage(Bytes required) const;
    [[nodiscard]] Bytes capacity() const;
    [[nodiscard]] Bytes inUse() const;
    [[nodiscard]] Bytes available() const;
    /// A smaller capacity than what is in use is allowed: then nothing new fits until enough was given back.
    void setCapacity(Bytes capacity);

private:
    friend class Reservation;
    void giveBack(Bytes size) noexcept;
    [[nodiscard]] Error shortage(Bytes required, Bytes available) const;

    const ErrorCode m_code;
    const std::string m_memoryType;
    mutable std::mutex m_mutex;
    Bytes m_capacity;
    Bytes m_inUse;
};

} // namespace weightroom::engine
