// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/selftest/torch_check.h"

#include "model_engine/device/cuda/gpu_ordinal.h"
#include "model_engine/loader/torch_module.h"

#include <array>
#include <limits>
#include <vector>

namespace weightroom::ctl {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;

/// Small whole numbers, so that their sum is exact in any order, with NaNs and Infs among them.
struct Probe {
    std::vector<float> values;
    engine::TorchStatistics expected;
};

Probe makeProbe()
{
    constexpr std::size_t kElements = 1 << 20;
    constexpr std::size_t kNanEvery = 65'536;
    constexpr std::size_t kInfEvery = 32'768;
    Probe probe;
    probe.values.resize(kElements);
    for (std::size_t i = 0; i < kElements; ++i) {
        float& value = probe.values[i];
        if (i % kNanEvery == 0) {
            value = std::numeric_limits<float>::quiet_NaN();
            ++probe.expected.nanCount;
        } else if (i % kInfEvery == 0) {
            value = std::numeric_limits<float>::infinity();
            ++probe.expected.infCount;
        } else {
            value = static_cast<float>(i % 251) - 100.0F;
            probe.expected.sum += static_cast<double>(value);
        }
    }
    return probe;
}

Result<> compare(const engine::TorchModule& torch, engine::Device& device)
{
    const Probe probe = makeProbe();
    const auto bytes = std::as_bytes(std::span{probe.values});
    const std::array sizes{engine::Bytes{bytes.size()}};
    auto places = device.arena().allocate(sizes);
    if (!places)
        return fail(std::move(places).error());
    const std::array steps{engine::CopyStep{bytes, places->front().address()}};
    if (auto copied = device.upload(steps, {}, [](engine::Bytes) {}); !copied)
        return copied;
    auto found = torch.statistics({.address = places->front().address(),
        .elements = probe.values.size(),
        .dtype = engine::Dtype::F32,
        .cudaDevice = engine::gpuOrdinalOf(device.description())});
    if (!found)
        return fail(std::move(found).error());
    if (found->nanCount != probe.expected.nanCount || found->infCount != probe.expected.infCount
        || found->sum != probe.expected.sum)
        return fail(ErrorCode::VerificationFailed, "LibTorch read other values than were uploaded",
            {.deviceId = device.description().id});
    return {};
}

} // namespace

SelfTestRow checkTorch(engine::Device& device)
{
    SelfTestRow row{.device = device.description().id, .name = "libtorch_reads_device_memory"};
    auto torch = engine::TorchModule::open();
    if (!torch) {
        row.skipped = torch.error().detail;
        return row;
    }
    if (auto same = compare(*torch, device); !same)
        row.error = same.error();
    return row;
}

} // namespace weightroom::ctl
