// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch/tensor_view.h"

#include <algorithm>

namespace weightroom::engine {

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

torch::Tensor tensorOf(const TorchTensorView& view, torch::ScalarType type, torch::IntArrayRef shape)
{
    const auto device = view.cudaDevice < 0
        ? torch::Device(torch::kCPU)
        : torch::Device(torch::kCUDA, static_cast<torch::DeviceIndex>(view.cudaDevice));
    void* data = reinterpret_cast<void*>(view.address); // NOLINT: an address of the host or of the device
    return torch::from_blob(data, shape, torch::TensorOptions().dtype(type).device(device));
}

int failWith(std::string_view reason, char* message, std::size_t messageSize)
{
    const std::size_t length = std::min(reason.size(), messageSize - 1);
    std::copy_n(reason.data(), length, message);
    message[length] = '\0';
    return 1;
}

} // namespace weightroom::engine
