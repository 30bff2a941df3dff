// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/gpu_watch.h"

#include "model_engine/core/files/kernel_file.h"
#include "model_engine/device/nvml/gpu_reader.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// As the kernel's power management has it. Reading this file wakes nothing.
GpuWakefulness wakefulnessOf(const std::filesystem::path& device)
{
    const std::string text = readKernelFile(device / "power" / "runtime_status");
    // While it goes to sleep it is asked nothing either: that would wake it again.
    if (text.starts_with("suspend"))
        return GpuWakefulness::Asleep;
    return text.starts_with("active") || text.starts_with("resuming") ? GpuWakefulness::Awake : GpuWakefulness::Unknown;
}

/// Whether the kernel may put it to sleep when nobody uses it.
bool maySleep(const std::filesystem::path& device)
{
    return readKernelFile(device / "power" / "control").starts_with("auto");
}

bool isAtRest(const GpuReading& reading) { return reading.busyFraction && *reading.busyFraction == 0; }

} // namespace

GpuWatch::GpuWatch(
    std::shared_ptr<const NvmlLibrary> nvml, std::string uuid, const Clock& clock, std::filesystem::path pciDevices)
    : m_nvml(std::move(nvml))
    , m_uuid(std::move(uuid))
    , m_clock(clock)
    , m_pciDevices(std::move(pciDevices))
{
}

GpuWatch::GpuWatch(GpuWatch&&) noexcept = default;
GpuWatch::~GpuWatch() = default;

GpuLook GpuWatch::look(bool isInUse)
{
    GpuLook seen;
    if (!m_busId.empty())
        seen.wakefulness = wakefulnessOf(folder());
    seen.isKept = !isInUse && isToRest(seen.wakefulness);
    if (seen.isKept) {
        seen.reading = m_restful;
        seen.readAt = m_readAt;
        return seen;
    }
    m_restful.reset();
    if (seen.wakefulness == GpuWakefulness::Asleep)
        return seen;
    if (!m_reader)
        reopen();
    auto reading = read();
    if (!reading) {
        seen.problem = std::move(reading).error();
        return seen;
    }
    // What is ours on it may be given back before the next look.
    if (!isInUse && isAtRest(*reading))
        m_restful = *reading;
    m_lookAt = m_clock.now();
    m_readAt = m_clock.wallTime();
    seen.reading = std::move(*reading);
    seen.readAt = m_readAt;
    return seen;
}

std::filesystem::path GpuWatch::folder() const { return m_pciDevices / m_busId; }

bool GpuWatch::isToRest(GpuWakefulness wakefulness) const
{
    return m_restful && m_clock.now() - m_lookAt < kRestingLook && wakefulness == GpuWakefulness::Awake
        && maySleep(folder());
}

bool GpuWatch::isOffTheBus() const
{
    std::error_code error;
    return m_hasFolder && !std::filesystem::exists(folder(), error);
}

bool GpuWatch::isTimeForSlowLook() const { return !m_slowLookAt || m_clock.now() - *m_slowLookAt >= kSlowLook; }

void GpuWatch::reopen()
{
    if (!isTimeForSlowLook() || isOffTheBus())
        return;
    m_slowLookAt = m_clock.now();
    auto reader = GpuReader::open(m_nvml, m_uuid);
    if (!reader) {
        // A GPU that was lost stays so until it is there again, whatever NVML says of it meanwhile.
        if (!m_problem || m_problem->code != ErrorCode::DeviceLost)
            m_problem = std::move(reader).error();
        return;
    }
    m_reader = std::make_unique<GpuReader>(std::move(*reader));
    m_busId = m_reader->busId();
    std::error_code error;
    m_hasFolder = !m_busId.empty() && std::filesystem::exists(folder(), error);
    m_problem.reset();
    m_slowLookAt.reset(); // its slow fields are wanted now
}

Result<GpuReading> GpuWatch::read()
{
    if (!m_reader)
        return fail(*m_problem);
    const bool isSlow = isTimeForSlowLook();
    auto reading = m_reader->read(isSlow ? ReadingScope::Full : ReadingScope::Quick);
    if (!reading) {
        m_problem = reading.error();
        m_reader.reset();
        m_slowFields = {};
        m_slowLookAt = m_clock.now();
        return reading;
    }
    if (isSlow) {
        m_slowFields = *reading;
        m_slowLookAt = m_clock.now();
    }
    static_cast<GpuSlowFields&>(*reading) = m_slowFields;
    return reading;
}

} // namespace weightroom::engine
