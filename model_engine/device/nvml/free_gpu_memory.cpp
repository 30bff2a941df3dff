// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/nvml/free_gpu_memory.h"

#include "model_engine/device/nvml/gpu_reader.h"

#include <utility>

namespace weightroom::engine {

FreeGpuMemory::FreeGpuMemory(std::string library, std::string uuid)
    : m_library(std::move(library))
    , m_uuid(std::move(uuid))
{
}

FreeGpuMemory::~FreeGpuMemory() = default;

void FreeGpuMemory::open()
{
    auto nvml = NvmlLibrary::open(m_library);
    if (!nvml)
        return;
    if (auto reader = GpuReader::open(std::move(*nvml), m_uuid))
        m_reader = std::make_unique<const GpuReader>(std::move(*reader));
}

std::optional<Bytes> FreeGpuMemory::read()
{
    std::call_once(m_opening, [this] { open(); });
    if (!m_reader)
        return std::nullopt;
    const auto reading = m_reader->read(ReadingScope::Memory);
    return reading ? reading->memoryFree : std::nullopt;
}

} // namespace weightroom::engine
