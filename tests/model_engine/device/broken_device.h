// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/host_device.h"

#include <cstdint>
#include <vector>

namespace weightroom::test {

/// How a device can break its contract.
enum class Defect : std::uint8_t {
    Nameless,
    WrongCapacity,
    NoCopyWithin,
    DeafToCancel,
    WrongProgress,
    WritesBeside,
    Leaks,
    SilentPinning,
};

/// A host device with one defect: what shows that the checks of the contract can fail.
class BrokenDevice final : public engine::Device {
public:
    explicit BrokenDevice(Defect defect)
        : m_defect(defect)
    {
        if (defect == Defect::Nameless)
            m_description.name.clear();
        if (defect == Defect::WrongCapacity)
            m_description.capacity += engine::kMiB;
    }

    [[nodiscard]] const engine::DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] engine::Arena& arena() override { return m_device.arena(); }
    [[nodiscard]] engine::Result<engine::DeviceMemory> memory() const override { return m_device.memory(); }
    [[nodiscard]] std::optional<engine::Error> lostReason() const override { return std::nullopt; }

    [[nodiscard]] engine::Result<> upload(std::span<const engine::CopyStep> steps, std::stop_token stop,
        const std::function<void(engine::Bytes)>& progress) override
    {
        if (m_defect == Defect::Leaks)
            leak();
        if (m_defect == Defect::WrongProgress && progress)
            progress(engine::Bytes{1});
        auto uploaded = m_device.upload(steps, m_defect == Defect::DeafToCancel ? std::stop_token{} : stop, progress);
        if (m_defect == Defect::WritesBeside && steps.size() == 1)
            *reinterpret_cast<std::byte*>(steps[0].destination + steps[0].source.size()) ^= std::byte{1};
        return uploaded;
    }
    [[nodiscard]] engine::Result<> download(std::uint64_t source, std::span<std::byte> destination) override
    {
        return m_device.download(source, destination);
    }
    [[nodiscard]] engine::Result<> copyWithin(
        std::uint64_t source, std::uint64_t destination, engine::Bytes size) override
    {
        return m_defect == Defect::NoCopyWithin ? engine::Result<>{} : m_device.copyWithin(source, destination, size);
    }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::HostRegistration>> registerHostMemory(
        std::span<std::byte>) override
    {
        if (m_defect == Defect::SilentPinning)
            return engine::fail(engine::ErrorCode::DeviceError, "");
        return std::make_unique<engine::HostRegistration>();
    }

private:
    void leak()
    {
        const engine::Bytes size{1};
        if (auto places = m_device.arena().allocate({&size, 1}))
            m_leaked.push_back(std::move(places->front()));
    }

    const Defect m_defect;
    engine::HostDevice m_device{{"HOST_0"}, engine::kMiB * 300};
    engine::DeviceDescription m_description = m_device.description();
    std::vector<engine::Allocation> m_leaked;
};

} // namespace weightroom::test
