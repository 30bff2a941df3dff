// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only sources that include LibTorch lie in this folder; they become a module that is opened at run time.
#include "model_engine/loader/torch/gpu_backend.h"
#include "model_engine/loader/torch/tensor_view.h"

#include <exception>

namespace weightroom::engine {
namespace {

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
    *statistics = statisticsOf(tensorOf(*view, *type, {static_cast<std::int64_t>(view->elements)}));
    return 0;
} catch (const c10::Error& error) {
    return weightroom::engine::failWith(error.what_without_backtrace(), message, messageSize);
} catch (const std::exception& error) {
    return weightroom::engine::failWith(error.what(), message, messageSize);
}
