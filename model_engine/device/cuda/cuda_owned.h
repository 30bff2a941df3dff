// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/cuda/cuda_context.h"

#include <tuple>

namespace weightroom::engine {

/// Something that the driver gave and that `Release` gives back, with the arguments that it needs; the first of them is
/// what it is known by; meanwhile the context is kept. After the loss of the device nothing is called. The context must
/// outlive it.
template <auto Release, class... Arguments>
class CudaOwned {
public:
    explicit CudaOwned(CudaContext& context, Arguments... arguments)
        : m_use(context)
        , m_arguments(arguments...)
    {
    }
    CudaOwned(CudaOwned&& other) noexcept = default;
    CudaOwned& operator=(CudaOwned&& other) = delete;
    ~CudaOwned()
    {
        if (!m_use.context())
            return;
        std::apply([this](auto... arguments) { m_use.context()->callQuietly("a release", Release, arguments...); },
            m_arguments);
    }
    [[nodiscard]] auto get() const { return std::get<0>(m_arguments); }

private:
    CudaUse m_use;
    std::tuple<Arguments...> m_arguments;
};

using CudaEvent = CudaOwned<&CudaFunctions::cuEventDestroy, CUevent>;
using CudaStream = CudaOwned<&CudaFunctions::cuStreamDestroy, CUstream>;
/// Reserved addresses, without memory.
using CudaAddressRange = CudaOwned<&CudaFunctions::cuMemAddressFree, CUdeviceptr, std::size_t>;
/// Memory, without an address.
using CudaMemoryHandle = CudaOwned<&CudaFunctions::cuMemRelease, CUmemGenericAllocationHandle>;
/// Memory that is mapped at an address.
using CudaMapping = CudaOwned<&CudaFunctions::cuMemUnmap, CUdeviceptr, std::size_t>;
/// Host memory that is pinned.
using CudaPinnedRange = CudaOwned<&CudaFunctions::cuMemHostUnregister, void*>;

} // namespace weightroom::engine
