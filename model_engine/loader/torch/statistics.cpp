// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only sources that include LibTorch lie in this folder; they become a module that is opened at run time.
#include "model_engine/loader/torch/gpu_backend.h"
#include "model_engine/loader/torch_module.h"

#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>

namespace weightroom::engine {
namespace {

std::optional<torch::ScalarType> scalarTypeOf(Dtype dtype)
{
    switch (dtype) {
    case Dtype::F16:
        return torch::kFloat16;
    case Dtype::Bf16:
        return torch::kBFloat16;
    case Dtype::F32:
        return torch::kFloat32;
    case Dtype::F64:
        return torch::kFloat64;
    case Dtype::F8E4M3:
        return torch::kFloat8_e4m3fn;
    case Dtype::F8E5M2:
        return torch::kFloat8_e5m2;
    default:
        return std::nullopt;
    }
}

/// The view as a tensor: LibTorch reads the very memory.
torch::Tensor tensorOf(const TorchTensorView& view, torch::ScalarType type)
{
    const auto device = view.cudaDevice < 0
        ? torch::Device(torch::kCPU)
        : torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(view.cudaDevice));
    void* data = reinterpret_cast<void*>(view.address); // NOLINT: an address of the host or of the device
    return torch::from_blob(
        data, {static_cast<std::int64_t>(view.elements)}, torch::TensorOptions().dtype(type).device(device));
}

/// Elements at a time: 16 Mi, so that the copy in higher precision needs 128 MiB and not twice the model.
constexpr std::int64_t kBlock = 16 * 1024 * 1024;

TorchStatistics statisticsOf(const torch::Tensor& tensor)
{
    const torch::InferenceMode noGradients;
    TorchStatistics result;
    for (const torch::Tensor& block : tensor.split(kBlock)) {
        const torch::Tensor wide = block.to(torch::kFloat64);
        result.nanCount += static_cast<std::uint64_t>(wide.isnan().sum().item<std::int64_t>());
        result.infCount += static_cast<std::uint64_t>(wide.isinf().sum().item<std::int64_t>());
        result.sum += torch::nan_to_num(wide, 0.0, 0.0, 0.0).sum().item<double>();
    }
    return result;
}

int failWith(std::string_view reason, char* message, std::size_t messageSize)
{
    const std::size_t length = std::min(reason.size(), messageSize - 1);
    std::copy_n(reason.data(), length, message);
    message[length] = '\0';
    return 1;
}

} // namespace
} // namespace weightroom::engine

extern "C" __attribute__((visibility("default"))) int weightroom_torch_statistics(
    const weightroom::engine::TorchTensorView* view, weightroom::engine::TorchStatistics* statistics, char* message,
    std::size_t messageSize)
try {
    using namespace weightroom::engine;
    const auto type = scalarTypeOf(view->dtype);
    if (!type)
        return failWith("this data type is not one of LibTorch's", message, messageSize);
    if (view->cudaDevice >= 0 && !openGpuBackend().empty())
        return failWith(openGpuBackend(), message, messageSize);
    *statistics = statisticsOf(tensorOf(*view, *type));
    return 0;
} catch (const c10::Error& error) {
    return weightroom::engine::failWith(error.what_without_backtrace(), message, messageSize);
} catch (const std::exception& error) {
    return weightroom::engine::failWith(error.what(), message, messageSize);
}
