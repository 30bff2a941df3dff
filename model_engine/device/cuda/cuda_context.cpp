// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_context.h"

namespace weightroom::engine {

Result<std::unique_ptr<CudaContext>> CudaContext::retain(
    std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id)
{
    CUcontext context = nullptr;
    const CUresult result = driver->functions().cuDevicePrimaryCtxRetain(&context, device);
    if (result != CUDA_SUCCESS) {
        Error error = driver->errorOf(result, "cuDevicePrimaryCtxRetain");
        error.context.deviceId = std::move(id);
        return fail(std::move(error));
    }
    return std::unique_ptr<CudaContext>{new CudaContext{std::move(driver), device, std::move(id), context}};
}

CudaContext::CudaContext(std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id, CUcontext context)
    : m_driver(std::move(driver))
    , m_device(device)
    , m_id(std::move(id))
    , m_context(context)
{
}

CudaContext::~CudaContext()
{
    if (!m_isLost)
        m_driver->functions().cuDevicePrimaryCtxRelease(m_device);
}

std::optional<Error> CudaContext::lostReason() const
{
    const std::scoped_lock lock{m_mutex};
    return m_lostReason;
}

Result<> CudaContext::enter()
{
    if (m_isLost)
        return fail(*lostReason());
    const CUresult result = m_driver->functions().cuCtxPushCurrent(m_context);
    if (result != CUDA_SUCCESS)
        return fail(failed(result, "cuCtxPushCurrent"));
    return {};
}

Result<> CudaContext::leave(std::string_view name, CUresult result)
{
    Result<> outcome;
    if (result != CUDA_SUCCESS)
        outcome = fail(failed(result, name));
    if (!m_isLost)
        restore();
    return outcome;
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

} // namespace weightroom::engine
