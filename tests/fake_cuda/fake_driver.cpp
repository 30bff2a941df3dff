// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_driver.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <tuple>

namespace weightroom::fake_cuda {
namespace {

/// The contexts that are current on this thread; a context's handle is its device's number, moved away from 0.
thread_local std::vector<int> t_current;
constexpr std::uintptr_t kContextBase = 0xc000;

CUcontext contextOf(int device)
{
    return reinterpret_cast<CUcontext>(kContextBase + static_cast<std::uintptr_t>(device));
}
int deviceOf(CUcontext context) { return static_cast<int>(reinterpret_cast<std::uintptr_t>(context) - kContextBase); }

/// "cuMemcpyHtoDAsync:1:700" as its parts; nothing when it is not of this form.
std::optional<std::tuple<std::string, std::uint64_t, int>> parseFault(const char* text)
{
    std::array<char, 64> function{};
    unsigned long long n = 0;
    int code = 0;
    if (text == nullptr || std::sscanf(text, "%63[^:]:%llu:%d", function.data(), &n, &code) != 3)
        return std::nullopt;
    return std::tuple{std::string{function.data()}, n, code};
}

} // namespace

Driver::Driver()
{
    if (const auto fault = parseFault(std::getenv("WEIGHTROOM_FAKE_CUDA_FAULT"))) { // NOLINT(concurrency-mt-unsafe)
        const auto& [function, n, code] = *fault;
        failCall(function, n, code, Fault::Sticky);
    }
}

Driver& Driver::instance()
{
    static Driver driver;
    return driver;
}

void Driver::reset(const Machine& machine)
{
    const std::scoped_lock lock{m_mutex};
    m_machine = machine;
    m_calls.clear();
    m_callsAfterFault = 0;
    m_rules.clear();
    m_sticky.reset();
    m_copies.reset();
}

void Driver::endProcess()
{
    const std::scoped_lock lock{m_mutex};
    m_memory.clear();
    m_copies.clear();
    m_retained.clear();
    m_registered.clear();
    t_current.clear();
}

void Driver::failCall(std::string_view function, std::uint64_t n, int code, Fault fault)
{
    const std::scoped_lock lock{m_mutex};
    m_rules.push_back({std::string{function}, n, static_cast<CUresult>(code), fault});
}

Live Driver::live() const
{
    const std::scoped_lock lock{m_mutex};
    Live live;
    m_memory.count(live);
    for (const auto& [device, count] : m_retained)
        live.contexts += static_cast<std::size_t>(count);
    live.registrations = m_registered.size();
    live.streams = m_copies.streams();
    live.events = m_copies.events();
    return live;
}

std::uint64_t Driver::calls(std::string_view function) const
{
    const std::scoped_lock lock{m_mutex};
    std::uint64_t sum = 0;
    for (const auto& [name, count] : m_calls)
        sum += function.empty() || name == function ? count : 0;
    return sum;
}

std::uint64_t Driver::callsAfterFault() const
{
    const std::scoped_lock lock{m_mutex};
    return m_callsAfterFault;
}

CUresult Driver::call(std::string_view function, const std::function<CUresult()>& body)
{
    const std::scoped_lock lock{m_mutex};
    const CUresult fault = enter(function);
    return fault == CUDA_SUCCESS ? body() : fault;
}

CUresult Driver::callInContext(std::string_view function, const std::function<CUresult(int)>& body)
{
    return call(function, [&] { return t_current.empty() ? CUDA_ERROR_INVALID_CONTEXT : body(t_current.back()); });
}

CUresult Driver::callThatWaits(std::string_view function, const std::function<bool()>& body)
{
    const CUresult entered = callInContext(function, [](int) { return CUDA_SUCCESS; });
    if (entered != CUDA_SUCCESS)
        return entered;
    return body() ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult Driver::retain(CUcontext& context, CUdevice device)
{
    if (!isDevice(device))
        return CUDA_ERROR_INVALID_DEVICE;
    ++m_retained[device];
    context = contextOf(device);
    return CUDA_SUCCESS;
}

CUresult Driver::releaseContext(CUdevice device)
{
    if (m_retained[device] == 0)
        return CUDA_ERROR_INVALID_CONTEXT;
    --m_retained[device];
    // What lies in a context ends with it. It is not known here which: so with the last one.
    if (std::ranges::all_of(m_retained, [](const auto& entry) { return entry.second == 0; })) {
        m_memory.clear();
        m_copies.clear();
        m_registered.clear();
    }
    return CUDA_SUCCESS;
}

CUresult Driver::push(CUcontext context)
{
    const int device = deviceOf(context);
    if (!isDevice(device) || m_retained[device] == 0)
        return CUDA_ERROR_INVALID_CONTEXT;
    t_current.push_back(device);
    return CUDA_SUCCESS;
}

CUresult Driver::pop(CUcontext& context)
{
    if (t_current.empty())
        return CUDA_ERROR_INVALID_CONTEXT;
    context = contextOf(t_current.back());
    t_current.pop_back();
    return CUDA_SUCCESS;
}

CUresult Driver::registerHost(std::uintptr_t begin, std::size_t size)
{
    if (size == 0 || begin == 0)
        return CUDA_ERROR_INVALID_VALUE;
    for (const auto& [other, otherSize] : m_registered) {
        if (begin < other + otherSize && other < begin + size)
            return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    }
    m_registered[begin] = size;
    return CUDA_SUCCESS;
}

CUresult Driver::unregisterHost(std::uintptr_t begin)
{
    return m_registered.erase(begin) == 1 ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}

/// Counts the call and answers with the fault that is due.
CUresult Driver::enter(std::string_view function)
{
    ++m_calls[std::string{function}];
    if (m_sticky) {
        ++m_callsAfterFault;
        return *m_sticky;
    }
    for (Rule& rule : m_rules) {
        const bool concerns = rule.function.empty() || rule.function == function;
        if (!concerns || rule.callsLeft == 0 || --rule.callsLeft > 0)
            continue;
        if (rule.fault == Fault::Sticky)
            m_sticky = rule.code;
        return rule.code;
    }
    return CUDA_SUCCESS;
}

} // namespace weightroom::fake_cuda

extern "C" weightroom::fake_cuda::Control* fake_cuda_control() { return &weightroom::fake_cuda::Driver::instance(); }
