// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/host_device.h"

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weightroom::test {

/// A host device that behaves as a test tells it: it fails at the n-th copy, is lost, returns other bytes than it was
/// given, or calls back before it copies. It claims to be a GPU when it shall be registered with, as the cache does.
/// Thread-safe, but for the script itself.
class ScriptedDevice final : public engine::Device {
public:
    explicit ScriptedDevice(engine::Bytes capacity, engine::DeviceKind kind = engine::DeviceKind::Host)
        : m_device(engine::DeviceId{"TEST_0"}, capacity)
        , m_description(m_device.description())
    {
        m_description.kind = kind;
    }

    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t failUploadAt = kNever; ///< number of the call, counted from 0
    std::uint64_t failDownloadAt = kNever;
    std::uint64_t failRegistrationAt = kNever;
    engine::ErrorCode failWith = engine::ErrorCode::DeviceError;
    std::function<void()> onUpload; ///< called before each upload, on the transfer thread
    std::function<void()> onDownload; ///< the same before each download
    std::function<void()> onRest; ///< the same at each rest
    std::function<void()> onUseAsked; ///< called by use(), on any thread
    std::atomic<engine::DeviceUse> usage = engine::DeviceUse::InUse; ///< what it says of its use
    std::optional<std::uint64_t> wrongByteAt; ///< of what is downloaded, counted over all downloads

    [[nodiscard]] std::uint64_t uploads() const { return m_uploads; }
    [[nodiscard]] std::uint64_t downloads() const { return m_downloads; }
    [[nodiscard]] std::uint64_t registrations() const { return m_registrations; }
    [[nodiscard]] std::uint64_t timesRegistered() const { return m_timesRegistered; }
    [[nodiscard]] engine::Bytes registeredBytes() const { return {m_registeredBytes}; }

    [[nodiscard]] const engine::DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] engine::Arena& arena() override { return m_device.arena(); }
    [[nodiscard]] engine::Result<engine::DeviceMemory> memory() const override { return m_device.memory(); }
    [[nodiscard]] std::optional<engine::Error> lostReason() const override { return std::nullopt; }

    [[nodiscard]] engine::Result<> upload(std::span<const engine::CopyStep> steps, std::stop_token stop,
        const std::function<void(engine::Bytes)>& progress) override
    {
        if (onUpload)
            onUpload();
        if (m_uploads++ == failUploadAt)
            return refusal("upload");
        return m_device.upload(steps, std::move(stop), progress);
    }
    [[nodiscard]] engine::Result<> download(std::uint64_t source, std::span<std::byte> destination) override
    {
        if (onDownload)
            onDownload();
        if (m_downloads++ == failDownloadAt)
            return refusal("download");
        auto done = m_device.download(source, destination);
        if (wrongByteAt && *wrongByteAt >= m_downloadedBytes && *wrongByteAt - m_downloadedBytes < destination.size())
            destination[*wrongByteAt - m_downloadedBytes] ^= std::byte{1};
        m_downloadedBytes += destination.size();
        return done;
    }
    [[nodiscard]] engine::Result<> copyWithin(
        std::uint64_t source, std::uint64_t destination, engine::Bytes size) override
    {
        return m_device.copyWithin(source, destination, size);
    }
    [[nodiscard]] engine::Result<std::unique_ptr<engine::HostRegistration>> registerHostMemory(
        std::span<std::byte> memory) override
    {
        if (m_registrations == failRegistrationAt)
            return refusal("registration");
        return std::make_unique<Registration>(*this, memory.size());
    }
    [[nodiscard]] engine::DeviceUse use() const override
    {
        if (onUseAsked)
            onUseAsked();
        return usage;
    }
    void rest() override
    {
        if (onRest)
            onRest();
    }

private:
    class Registration final : public engine::HostRegistration {
    public:
        Registration(ScriptedDevice& device, std::uint64_t size)
            : m_owner(device)
            , m_size(size)
        {
            ++m_owner.m_registrations;
            ++m_owner.m_timesRegistered;
            m_owner.m_registeredBytes += m_size;
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        ~Registration() override
        {
            --m_owner.m_registrations;
            m_owner.m_registeredBytes -= m_size;
        }

    private:
        ScriptedDevice& m_owner;
        std::uint64_t m_size;
    };

    [[nodiscard]] tl::unexpected<engine::Error> refusal(const char* what) const
    {
        return engine::fail(failWith, std::string{"the script refuses the "} + what, {.deviceId = m_description.id});
    }

    engine::HostDevice m_device;
    engine::DeviceDescription m_description;
    std::atomic<std::uint64_t> m_uploads = 0;
    std::atomic<std::uint64_t> m_downloads = 0;
    std::atomic<std::uint64_t> m_registrations = 0; ///< alive
    std::atomic<std::uint64_t> m_timesRegistered = 0; ///< since the start
    std::atomic<std::uint64_t> m_registeredBytes = 0;
    std::uint64_t m_downloadedBytes = 0; ///< on the transfer thread
};

} // namespace weightroom::test
