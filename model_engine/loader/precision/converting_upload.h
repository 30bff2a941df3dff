// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/helper_threads.h"
#include "model_engine/device/device.h"
#include "model_engine/formats/tensor_conversion.h"
#include "model_engine/memory/contents/content_hash.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// What is known of a tensor when it was converted.
struct ConversionRecord {
    PrecisionLoss loss;
    std::optional<ContentHasher> hasher{}; ///< of the converted bytes; none: they are not hashed
};

/// A tensor that is copied to a device in another type. `conversion` and `record` belong to who asks, and outlive it.
struct ConversionStep {
    std::span<const std::byte> stored;
    std::uint64_t destination = 0;
    const TensorConversion* conversion = nullptr;
    ConversionRecord* record = nullptr;
};

/// Converts tensors on their way to a device: in the same pass as the copy, and without a second place for them.
///
///     slot 0   |convert|copy   |convert|copy   |        a slot is filled with as many small tensors, or with as much
///     slot 1           |convert|copy   |convert| …      of a large one, as it takes; the other one is copied meanwhile
///
/// The slots are made when the first conversion comes, pinned for the device, and kept until giveBack(): 16 MiB. The
/// threads are kept.
/// One thread at a time may call, that of the device's copies.
class ConvertingUpload {
public:
    explicit ConvertingUpload(Device& device);

    /// Errors: Cancelled, which is tested once per slot; those of Device::upload(); OutOfHostMemory. After any of them
    /// no copy is under way, and the content of the destinations and the records is undefined.
    [[nodiscard]] Result<> run(
        std::span<const ConversionStep> steps, const std::stop_token& stop, const std::function<void(Bytes)>& progress);
    /// Frees the slots; the next conversion makes them anew.
    void giveBack();
    /// Of all calls together.
    [[nodiscard]] std::chrono::duration<double> convertingTime() const { return m_converting; }

private:
    class Source;
    struct Free {
        void operator()(std::byte* memory) const;
    };
    /// Converted bytes on their way.
    struct Slot {
        std::unique_ptr<std::byte, Free> memory;
        std::unique_ptr<HostRegistration> registration; ///< nullptr: the device could not pin it, and copies slower
        std::vector<CopyStep> steps; ///< empty: there was nothing left
        Result<> filled;

        void reset()
        {
            steps.clear();
            filled = {};
        }
    };

    [[nodiscard]] Result<> makeSlots();
    void fill(Slot& slot, Source& source);

    Device& m_device;
    std::array<Slot, 2> m_slots;
    std::chrono::duration<double> m_converting{};
    HelperThreads m_elementHelpers; ///< with the thread that fills a slot as many as there are processors
    HelperThreads m_filling{1}; ///< fills a slot while the caller copies the other one
};

} // namespace weightroom::engine
