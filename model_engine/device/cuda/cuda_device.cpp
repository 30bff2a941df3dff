// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_device.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

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

/// What can be asked of a GPU without a context on it.
struct Identity {
    std::string name;
    std::string uuid;
    Bytes total;
};

Result<Identity> identify(CudaContext& context)
{
    std::array<char, 256> name{};
    CUuuid uuid{};
    std::size_t total = 0;
    const CUdevice device = context.device();
    auto asked = ENGINE_CUDA_ASK(context, cuDeviceGetName, name.data(), static_cast<int>(name.size()) - 1, device);
    if (asked)
        asked = ENGINE_CUDA_ASK(context, cuDeviceGetUuid, &uuid, device);
    if (asked)
        asked = ENGINE_CUDA_ASK(context, cuDeviceTotalMem, &total, device);
    if (!asked)
        return fail(std::move(asked).error());
    return Identity{name.data(), uuidText(uuid, name.data()), Bytes{total}};
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

Result<std::unique_ptr<CudaDevice>> CudaDevice::open(std::shared_ptr<const CudaDriver> driver, CUdevice device,
    const DeviceId& id, Bytes headroom, const std::string& nvmlLibrary)
{
    auto context = std::make_unique<CudaContext>(std::move(driver), device, id);
    auto gpu = identify(*context);
    if (!gpu)
        return fail(std::move(gpu).error());
    auto source = CudaSlabSource::make(*context);
    if (!source)
        return fail(std::move(source).error());
    const Bytes capacity = gpu->total > headroom ? gpu->total - headroom : Bytes{};
    DeviceDescription description{
        id, DeviceKind::Cuda, std::move(gpu->name), std::move(gpu->uuid), context->driver().versionText(), capacity};
    return std::unique_ptr<CudaDevice>{
        new CudaDevice{std::move(context), std::move(*source), std::move(description), gpu->total, nvmlLibrary}};
}

CudaDevice::CudaDevice(std::unique_ptr<CudaContext> context, std::unique_ptr<CudaSlabSource> source,
    DeviceDescription description, Bytes total, const std::string& nvmlLibrary)
    : m_context(std::move(context))
    , m_source(std::move(source))
    , m_description(std::move(description))
    , m_total(total)
    , m_free(nvmlLibrary, m_description.uuid)
    , m_budget(m_description.capacity, ErrorCode::OutOfDeviceMemory, "vram")
    , m_arena(*m_source, m_budget, kDeviceSlabSize)
{
}

Result<DeviceMemory> CudaDevice::memory() const
{
    if (auto lost = lostReason())
        return fail(*std::move(lost));
    if (!m_context->isRetained()) {
        const auto free = m_free.read();
        m_needsContext = !free;
        if (free)
            return DeviceMemory{m_arena.statistics(), m_total, std::min(*free, m_total)};
    }
    std::size_t free = 0;
    std::size_t total = 0;
    ENGINE_CUDA_CHECK(*m_context, cuMemGetInfo, &free, &total);
    return DeviceMemory{m_arena.statistics(), Bytes{total}, Bytes{free}};
}

Result<CudaCopyStream*> CudaDevice::stream()
{
    if (!m_stream) {
        auto made = CudaCopyStream::make(*m_context);
        if (!made)
            return fail(std::move(made).error());
        m_stream.emplace(std::move(*made));
    }
    return &*m_stream;
}

Result<> CudaDevice::upload(
    std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress)
{
    const auto copies = stream();
    if (!copies)
        return fail(copies.error());
    CopyProgress arrived{progress};
    auto copied = forEachBlock(steps, stop, [&](const CopyStep& block) { return (*copies)->upload(block, arrived); });
    // Also after an error or a cancel: the caller frees the source when this returns.
    auto finished = (*copies)->finishUpload(arrived);
    arrived.flush();
    return finished ? copied : finished;
}

Result<> CudaDevice::download(std::uint64_t source, std::span<std::byte> destination)
{
    const auto copies = stream();
    return copies ? (*copies)->download(source, destination) : Result<>{fail(copies.error())};
}

Result<> CudaDevice::copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size)
{
    const auto copies = stream();
    return copies ? (*copies)->copyWithin(source, destination, size) : Result<>{fail(copies.error())};
}

Result<std::unique_ptr<HostRegistration>> CudaDevice::registerHostMemory(std::span<std::byte> memory)
{
    const CudaUse use{*m_context}; // between the call and what owns its result
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

DeviceUse CudaDevice::use() const
{
    if (!m_context->isRetained())
        return DeviceUse::Resting;
    return m_needsContext || m_arena.statistics().held > Bytes{} ? DeviceUse::InUse : DeviceUse::Idle;
}

void CudaDevice::rest()
{
    if (use() != DeviceUse::Idle)
        return;
    m_stream.reset();
    m_context->giveBack();
}

} // namespace weightroom::engine
