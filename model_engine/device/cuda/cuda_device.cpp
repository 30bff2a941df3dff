// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_device.h"

#include <array>

namespace weightroom::engine {
namespace {

struct VideoMemory {
    Bytes free;
    Bytes total;
};

Result<VideoMemory> queryMemory(CudaContext& context)
{
    std::size_t free = 0;
    std::size_t total = 0;
    ENGINE_CUDA_CHECK(context, cuMemGetInfo, &free, &total);
    return VideoMemory{Bytes{free}, Bytes{total}};
}

/// As nvidia-smi writes it: "GPU-8f2c1a34-…"; of an instance of a GPU that is cut up (MIG) "MIG-…": CUDA gives its own.
std::string uuidText(const CUuuid& uuid, std::string_view name)
{
    static constexpr std::string_view kDigits = "0123456789abcdef";
    const bool isInstance = name.find(" MIG ") != std::string_view::npos; // "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
    std::string text = isInstance ? "MIG" : "GPU";
    for (std::size_t i = 0; i < sizeof uuid.bytes; ++i) {
        if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

Result<DeviceDescription> describeDevice(CudaContext& context, const DeviceId& id, Bytes headroom)
{
    std::array<char, 256> name{};
    ENGINE_CUDA_CHECK(context, cuDeviceGetName, name.data(), static_cast<int>(name.size()) - 1, context.device());
    CUuuid uuid{};
    ENGINE_CUDA_CHECK(context, cuDeviceGetUuid, &uuid, context.device());
    const auto memory = queryMemory(context);
    if (!memory)
        return fail(memory.error());
    const Bytes capacity = memory->total > headroom ? memory->total - headroom : Bytes{};
    return DeviceDescription{
        id, DeviceKind::Cuda, name.data(), uuidText(uuid, name.data()), context.driver().versionText(), capacity};
}

class CudaHostRegistration final : public HostRegistration {
public:
    explicit CudaHostRegistration(CudaPinnedRange range)
        : m_range(std::move(range))
    {
    }

private:
    CudaPinnedRange m_range;
};

} // namespace

Result<std::unique_ptr<CudaDevice>> CudaDevice::open(
    std::shared_ptr<const CudaDriver> driver, CUdevice device, const DeviceId& id, Bytes headroom)
{
    auto context = CudaContext::retain(std::move(driver), device, id);
    if (!context)
        return fail(std::move(context).error());
    auto description = describeDevice(**context, id, headroom);
    if (!description)
        return fail(std::move(description).error());
    auto source = CudaSlabSource::make(**context);
    if (!source)
        return fail(std::move(source).error());
    auto stream = CudaCopyStream::make(**context);
    if (!stream)
        return fail(std::move(stream).error());
    return std::unique_ptr<CudaDevice>{
        new CudaDevice{std::move(*context), std::move(*stream), std::move(*source), std::move(*description)}};
}

CudaDevice::CudaDevice(std::unique_ptr<CudaContext> context, CudaCopyStream stream,
    std::unique_ptr<CudaSlabSource> source, DeviceDescription description)
    : m_context(std::move(context))
    , m_stream(std::move(stream))
    , m_source(std::move(source))
    , m_description(std::move(description))
    , m_budget(m_description.capacity, ErrorCode::OutOfDeviceMemory, "vram")
    , m_arena(*m_source, m_budget, kDeviceSlabSize)
{
}

Result<DeviceMemory> CudaDevice::memory() const
{
    const auto memory = queryMemory(*m_context);
    if (!memory)
        return fail(memory.error());
    return DeviceMemory{m_arena.statistics(), memory->total, memory->free};
}

Result<> CudaDevice::upload(
    std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress)
{
    CopyProgress arrived{progress};
    auto copied = forEachBlock(steps, stop, [&](const CopyStep& block) { return m_stream.upload(block, arrived); });
    // Also after an error or a cancel: the caller frees the source when this returns.
    auto finished = m_stream.finishUpload(arrived);
    arrived.flush();
    return finished ? copied : finished;
}

Result<> CudaDevice::download(std::uint64_t source, std::span<std::byte> destination)
{
    return m_stream.download(source, destination);
}

Result<> CudaDevice::copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size)
{
    return m_stream.copyWithin(source, destination, size);
}

Result<std::unique_ptr<HostRegistration>> CudaDevice::registerHostMemory(std::span<std::byte> memory)
{
    // Portable: pinned for every GPU of the process, whichever registered it first.
    void* const begin = memory.data();
    auto registered = ENGINE_CUDA_CALL(
        *m_context, cuMemHostRegister, begin, memory.size(), static_cast<unsigned>(CU_MEMHOSTREGISTER_PORTABLE));
    if (registered)
        return std::make_unique<CudaHostRegistration>(CudaPinnedRange{*m_context, begin});
    if (registered.error().context.systemCode == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED)
        return std::make_unique<HostRegistration>();
    return fail(std::move(registered).error());
}

} // namespace weightroom::engine
