// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/fake_cuda/fake_copies.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/fake_cuda/fake_memory.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::fake_cuda {

/// The state behind the functions of fake_api.cpp, and what tests see of it.
class Driver final : public Control {
public:
    static Driver& instance();

    /// A fault may come from outside: WEIGHTROOM_FAKE_CUDA_FAULT=function:n:code fails the n-th call for good, in
    /// programs that a test starts as processes.
    Driver();

    void reset(const Machine& machine) override;
    void endProcess() override;
    void failCall(std::string_view function, std::uint64_t n, int code, Fault fault) override;
    void corruptNextUpload() override { m_copies.corruptNextUpload(); }
    void holdCopiesAfter(std::uint64_t copies) override { m_copies.holdAfter(copies); }
    void waitUntilHeld() override { m_copies.waitUntilHeld(); }
    void releaseCopies() override { m_copies.release(); }
    [[nodiscard]] Live live() const override;
    [[nodiscard]] std::uint64_t calls(std::string_view function) const override;
    [[nodiscard]] std::uint64_t callsAfterFault() const override;

    /// Counts a call and does it, unless a fault is due. `body` runs with the lock held.
    CUresult call(std::string_view function, const std::function<CUresult()>& body);
    /// The same for a call that needs a current context.
    CUresult callInContext(std::string_view function, const std::function<CUresult(int device)>& body);
    /// The same for a call that waits for copies: `body` runs without the lock.
    CUresult callThatWaits(std::string_view function, const std::function<bool()>& body);

    CUresult retain(CUcontext& context, CUdevice device);
    CUresult releaseContext(CUdevice device);
    CUresult push(CUcontext context);
    CUresult pop(CUcontext& context);
    CUresult registerHost(std::uintptr_t begin, std::size_t size);
    CUresult unregisterHost(std::uintptr_t begin);
    [[nodiscard]] bool isDevice(int device) const { return device >= 0 && device < m_machine.gpus; }

    [[nodiscard]] const Machine& machine() const { return m_machine; }
    [[nodiscard]] Memory& memory() { return m_memory; }
    [[nodiscard]] Copies& copies() { return m_copies; }

private:
    struct Rule {
        std::string function;
        std::uint64_t callsLeft = 0;
        CUresult code = CUDA_SUCCESS;
        Fault fault = Fault::Once;
    };
    [[nodiscard]] CUresult enter(std::string_view function);

    mutable std::mutex m_mutex; ///< guards all that follows, but for m_copies, which has its own
    Machine m_machine;
    Memory m_memory;
    Copies m_copies;
    std::map<int, int> m_retained; ///< by device
    std::map<std::uintptr_t, std::size_t> m_registered;
    std::map<std::string, std::uint64_t, std::less<>> m_calls;
    std::uint64_t m_callsAfterFault = 0;
    std::vector<Rule> m_rules;
    std::optional<CUresult> m_sticky;
};

} // namespace weightroom::fake_cuda
