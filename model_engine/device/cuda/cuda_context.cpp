// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_context.h"

namespace weightroom::engine {

CudaContext::CudaContext(std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id)
    : m_driver(std::move(driver))
    , m_device(device)
    , m_id(std::move(id))
{
}

CudaContext::~CudaContext() { giveBack(); }

bool CudaContext::isRetained() const { return retained() != nullptr; }

CUcontext CudaContext::retained() const
{
    const std::scoped_lock lock{m_mutex};
    return m_context;
}

/// Without the lock: the driver counts, and takes back what two threads retained at the same time.
Result<CUcontext> CudaContext::retain()
{
    if (CUcontext context = retained())
        return context;
    CUcontext made = nullptr;
    const CUresult result = m_driver->functions().cuDevicePrimaryCtxRetain(&made, m_device);
    if (result != CUDA_SUCCESS)
        return fail(failed(result, "cuDevicePrimaryCtxRetain"));
    bool isFirst = false;
    {
        const std::scoped_lock lock{m_mutex};
        isFirst = m_context == nullptr;
        m_context = made; // one device has one
    }
    if (!isFirst)
        m_driver->functions().cuDevicePrimaryCtxRelease(m_device);
    return made;
}

void CudaContext::giveBack()
{
    {
        const std::scoped_lock lock{m_mutex};
        if (m_isLost || m_uses > 0 || !m_context)
            return;
        m_context = nullptr;
    }
    // Whoever needs it from now on retains it anew, before or after this: the driver counts.
    m_driver->functions().cuDevicePrimaryCtxRelease(m_device);
}

void CudaContext::beginUse()
{
    const std::scoped_lock lock{m_mutex};
    ++m_uses;
}

void CudaContext::endUse()
{
    const std::scoped_lock lock{m_mutex};
    --m_uses;
}

std::optional<Error> CudaContext::lostReason() const
{
    const std::scoped_lock lock{m_mutex};
    return m_lostReason;
}

/// The use ends in leave(), or here when there is nothing to leave.
Result<> CudaContext::enter()
{
    if (m_isLost)
        return fail(*lostReason());
    beginUse();
    auto context = retain();
    if (!context) {
        endUse();
        return fail(std::move(context).error());
    }
    auto pushed = checked("cuCtxPushCurrent", m_driver->functions().cuCtxPushCurrent(*context));
    if (!pushed)
        endUse();
    return pushed;
}

Result<> CudaContext::leave(std::string_view name, CUresult result)
{
    auto outcome = checked(name, result);
    if (!m_isLost)
        restore();
    endUse();
    return outcome;
}

Result<> CudaContext::checked(std::string_view name, CUresult result)
{
    return result == CUDA_SUCCESS ? Result<>{} : Result<>{fail(failed(result, name))};
}

/// Makes current what was before. A refusal does not undo the call that succeeded; a fatal one is noted for the next
/// call.
void CudaContext::restore()
{
    CUcontext ours = nullptr;
    if (const CUresult result = m_driver->functions().cuCtxPopCurrent(&ours); result != CUDA_SUCCESS)
        static_cast<void>(failed(result, "cuCtxPopCurrent"));
}

/// The error, which is also the end of the device when it is DeviceLost.
Error CudaContext::failed(CUresult result, std::string_view name)
{
    Error error = m_driver->errorOf(result, name);
    error.context.deviceId = m_id;
    return error.code == ErrorCode::DeviceLost ? lose(std::move(error)) : error;
}

Error CudaContext::lose(Error reason)
{
    reason.code = ErrorCode::DeviceLost;
    const std::scoped_lock lock{m_mutex};
    if (!m_lostReason)
        m_lostReason = std::move(reason);
    m_isLost = true;
    return *m_lostReason;
}

CudaUse::CudaUse(CudaContext& context)
    : m_context(&context)
{
    m_context->beginUse();
}

CudaUse::CudaUse(CudaUse&& other) noexcept
    : m_context(std::exchange(other.m_context, nullptr))
{
}

CudaUse::~CudaUse()
{
    if (m_context)
        m_context->endUse();
}

} // namespace weightroom::engine
