// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device_check_support.h"
#include "model_engine/device/device_set.h"
#include "tests/fake_cuda/fake_cuda_control.h"

#include <memory>
#include <string>
#include <vector>

namespace weightroom::test {

/// The real CudaDevice on the fake driver, of which the NVML of `nvmlLibrary` may know.
[[nodiscard]] inline std::unique_ptr<engine::Device> openFakeGpu(
    const fake_cuda::Machine& machine = {}, const std::string& nvmlLibrary = "libnone-of-that-name.so.1")
{
    fake_cuda::fakeCuda().reset(machine);
    engine::NullLog log;
    engine::DeviceSettings settings;
    settings.cudaLibrary = fake_cuda::libraryPath();
    settings.nvmlLibrary = nvmlLibrary;
    settings.cudaHeadroom = {};
    engine::DeviceSet set = engine::openDevices(settings, log);
    return set.devices.empty() ? nullptr : std::move(set.devices.front());
}

/// What a load does to a device: takes places for a batch, then writes it. The places keep the memory.
[[nodiscard]] inline engine::Result<std::vector<engine::Allocation>> loadBatch(
    engine::Device& device, std::span<const std::vector<std::byte>> tensors)
{
    std::vector<engine::Bytes> sizes;
    for (const auto& tensor : tensors)
        sizes.push_back({tensor.size()});
    auto places = device.arena().allocate(sizes);
    if (!places)
        return places;
    std::vector<engine::CopyStep> steps;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        steps.push_back({tensors[i], (*places)[i].address()});
    if (auto uploaded = device.upload(steps, {}, {}); !uploaded)
        return engine::fail(std::move(uploaded).error());
    return places;
}

} // namespace weightroom::test
