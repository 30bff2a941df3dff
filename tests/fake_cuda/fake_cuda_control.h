// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weightroom::fake_cuda {

/// The machine that the fake driver pretends to be.
struct Machine {
    int gpus = 1;
    std::size_t memory = std::size_t{1} << 30U; ///< of each GPU, in bytes
    std::size_t foreignUse = 0; ///< of it, held by "other processes"
    int driverVersion = 13000;
    int initResult = 0; ///< what cuInit returns
    int hasMemoryManagement = 1; ///< attributes, as the driver answers them
    int isExportable = 1;
    bool isInstance = false; ///< the GPU is one of those that another one is cut into (MIG)
};

/// What the driver has given out and not got back.
struct Live {
    std::size_t contexts = 0; ///< retained
    std::size_t reservations = 0;
    std::size_t handles = 0; ///< of memory, not released
    std::size_t mappings = 0;
    std::size_t registrations = 0;
    std::size_t streams = 0;
    std::size_t events = 0;
    std::size_t memory = 0; ///< bytes in use on all GPUs; a handle that is released and mapped counts

    friend bool operator==(const Live&, const Live&) = default;
};

/// Whether the driver works again after a fault.
enum class Fault : std::uint8_t {
    Once,
    Sticky, ///< every later call returns the same code
};

/// The strings by which tests move the fake driver. One instance per process, in the library; see fakeCuda().
/// Thread-safe. `function` is a name as in cuda.h without its version ("cuMemMap"); empty means any function.
class Control {
public:
    /// Forgets faults, counters and gates. What is live stays.
    virtual void reset(const Machine& machine) = 0;
    /// Takes back all that is live, as a driver does when a process ends: what was lost is left to it on purpose.
    virtual void endProcess() = 0;
    /// The n-th call from now (1 is the next) of `function` returns `code` and does nothing.
    virtual void failCall(std::string_view function, std::uint64_t n, int code, Fault fault) = 0;
    /// The next copy to a GPU arrives with one wrong bit.
    virtual void corruptNextUpload() = 0;
    /// Lets `copies` copies pass, and holds the thread that waits for the one behind them until releaseCopies().
    virtual void holdCopiesAfter(std::uint64_t copies) = 0;
    virtual void waitUntilHeld() = 0;
    virtual void releaseCopies() = 0;

    [[nodiscard]] virtual Live live() const = 0;
    /// Calls since reset(). Looking up the name or text of an error is no call.
    [[nodiscard]] virtual std::uint64_t calls(std::string_view function) const = 0;
    /// Calls after the one that returned a sticky fault: must stay 0.
    [[nodiscard]] virtual std::uint64_t callsAfterFault() const = 0;

protected:
    ~Control() = default;
};

/// Path of the library, for DeviceSettings::cudaLibrary.
[[nodiscard]] const char* libraryPath();
/// The library's control; opens the library and keeps it open.
[[nodiscard]] Control& fakeCuda();

} // namespace weightroom::fake_cuda
