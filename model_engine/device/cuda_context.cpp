// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda_context.h"

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
    std::optional<Error> error;
    if (result != CUDA_SUCCESS)
        error = failed(result, name);
    if (m_isLost)
        return fail(error ? std::move(*error) : *lostReason());
    CUcontext previous = nullptr;
    const CUresult popped = m_driver->functions().cuCtxPopCurrent(&previous);
    if (!error && popped != CUDA_SUCCESS)
        error = failed(popped, "cuCtxPopCurrent");
    if (error)
        return fail(std::move(*error));
    return {};
}

/// The error, which is also the end of the device when it is DeviceLost.
Error CudaContext::failed(CUresult result, std::string_view name)
{
    Error error = m_driver->errorOf(result, name);
    error.context.deviceId = m_id;
    if (error.code != ErrorCode::DeviceLost)
        return error;
    const std::scoped_lock lock{m_mutex};
    if (!m_lostReason)
        m_lostReason = error;
    m_isLost = true;
    return error;
}

} // namespace weightroom::engine
