// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_compute.h"

#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/core/utf8.h"
#include "model_engine/device/cuda/gpu_ordinal.h"
#include "model_engine/formats/precision.h"
#include "model_engine/formats/tensor_elements.h"
#include "model_engine/loader/torch_module.h"
#include "model_engine/operations/benchmark/benchmark_state.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <new>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

/// Smaller sides are those of a bias that is stored as a matrix, or of a convolution of each channel apart.
constexpr std::uint64_t kSmallestSide = 16;

/// Those that LibTorch calculates in, or brings to one of these.
bool isComputable(Dtype dtype)
{
    static constexpr std::array kTypes{Dtype::F64, Dtype::F32, Dtype::F16, Dtype::Bf16, Dtype::F8E4M3, Dtype::F8E5M2};
    return std::ranges::find(kTypes, dtype) != kTypes.end();
}

bool isMatrix(const Shape& shape) { return shape.rank() == 2; }

bool canBeCalculatedWith(const StoredTensor& tensor)
{
    const Shape& shape = tensor.shape;
    if (!isComputable(tensor.dtype) || (!isMatrix(shape) && shape.rank() != 4))
        return false;
    if (shape.dimensions[0] < kSmallestSide || shape.dimensions[1] < kSmallestSide)
        return false;
    const auto elements = shape.elements();
    return elements && *elements > 0 && *elements <= kMostComputedElements;
}

/// The largest of each type and kind, the largest of these first.
std::vector<const StoredTensor*> chosenWeights(const std::vector<LoadedComponentPtr>& components)
{
    std::map<std::pair<Dtype, std::size_t>, const StoredTensor*> largest;
    for (const LoadedComponentPtr& component : components) {
        for (const StoredTensor& tensor : component->weights.tensors) {
            if (!canBeCalculatedWith(tensor))
                continue;
            const StoredTensor*& kept = largest[{tensor.dtype, tensor.shape.rank()}];
            if (!kept || tensor.shape.elements() > kept->shape.elements())
                kept = &tensor;
        }
    }
    std::vector<const StoredTensor*> chosen;
    for (const auto& [kind, tensor] : largest)
        chosen.push_back(tensor);
    std::ranges::stable_sort(chosen, std::ranges::greater{}, [](const StoredTensor* tensor) { return tensor->size(); });
    chosen.resize(std::min(chosen.size(), kMostComputeChecks));
    return chosen;
}

/// The elements of a tensor as its file has them.
struct StoredElements {
    Dtype dtype = Dtype::Unknown; ///< fp32 where the file has a type that LibTorch has not; nothing is lost by it
    std::vector<std::byte> bytes;
};

/// Whole blocks of `type` as fp32.
Result<> widen(Dtype type, std::span<const std::byte> blocks, std::vector<std::byte>& numbers)
{
    const DtypeTraits& traits = traitsOf(type);
    const std::size_t begin = numbers.size();
    numbers.resize(begin + blocks.size() * 8 / traits.bitsPerBlock * traits.elementsPerBlock * sizeof(float));
    PrecisionLoss loss;
    return convertElements(type, blocks, Dtype::F32, std::span{numbers}.subspan(begin), loss);
}

/// Errors: Cancelled; FileChanged; those of readElements() and convertElements().
Result<StoredElements> readStored(const OpenedModel& model, const TensorEntry& entry, const std::stop_token& stop)
{
    StoredElements stored{.dtype = isComputable(entry.dtype) ? entry.dtype : Dtype::F32, .bytes = {}};
    stored.bytes.reserve(bytesOf(stored.dtype, entry.shape.elements().value_or(0)).value_or(Bytes{}).value);
    const auto take = [&](std::span<const std::byte> block) -> Result<> {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while stored weights were read");
        if (stored.dtype != entry.dtype)
            return widen(entry.dtype, block, stored.bytes);
        stored.bytes.insert(stored.bytes.end(), block.begin(), block.end());
        return {};
    };
    if (auto read = readElements(model.files.source(entry.file), entry, take); !read)
        return fail(std::move(read).error());
    if (auto unchanged = model.files.checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    return stored;
}

TorchComputation computationWith(const StoredTensor& tensor, std::int32_t cudaDevice, const StoredElements& stored)
{
    const std::uint64_t elements = tensor.shape.elements().value_or(0);
    TorchComputation computation{
        .weights = {.address = tensor.address(), .elements = elements, .dtype = tensor.dtype, .cudaDevice = cudaDevice},
        .stored = {.address = reinterpret_cast<std::uint64_t>(stored.bytes.data()),
            .elements = elements,
            .dtype = stored.dtype},
        .shape = {},
        .rank = static_cast<std::uint32_t>(tensor.shape.rank())};
    std::ranges::copy(tensor.shape.dimensions, computation.shape.begin());
    return computation;
}

class ComputeChecks {
public:
    ComputeChecks(EngineServices& services, const ModelRecord& model, const Device& device, const std::stop_token& stop)
        : m_services(services)
        , m_model(model)
        , m_device(device.description())
        , m_stop(stop)
    {
    }

    ComputeOutcome run()
    {
        const std::vector<LoadedComponentPtr> components = loadedComponents(m_services, m_device.id, m_model.id);
        if (auto done = checkAll(chosenWeights(components)); !done)
            noteProblem(std::move(done).error());
        return std::move(m_outcome);
    }

private:
    Result<> checkAll(const std::vector<const StoredTensor*>& weights)
    {
        if (weights.empty())
            return fail(ErrorCode::Unsupported,
                "model '" + m_model.id.text
                    + "' has no weights that LibTorch calculates with: none of its tensors is a "
                      "matrix or a convolution of at least 16 × 16 and of the type fp64, fp32, fp16, bf16 or fp8 on "
                      "the device",
                context());
        const auto torch = TorchModule::open();
        if (!torch)
            return fail(torch.error());
        const auto model = openModel(m_model);
        if (!model)
            return fail(model.error());
        const TensorLookup lookup{model->index};
        for (const StoredTensor* tensor : weights) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "cancelled before all calculations were checked", context());
            const TensorEntry* entry = lookup.find(tensor->name);
            if (!entry || entry->shape != tensor->shape)
                return fail(ErrorCode::FileChanged,
                    "tensor '" + tensor->name + "' is not as it was in its file any more", context());
            if (auto checked = check(*torch, *model, *entry, *tensor); !checked)
                noteProblem(std::move(checked).error()); // another type may do
        }
        return {};
    }

    Result<> check(
        const TorchModule& torch, const OpenedModel& model, const TensorEntry& entry, const StoredTensor& tensor)
    {
        const auto stored = readStored(model, entry, m_stop);
        if (!stored)
            return fail(stored.error());
        auto computed = torch.computeCheck(computationWith(tensor, gpuOrdinalOf(m_device), *stored));
        if (!computed) {
            Error error = std::move(computed).error();
            error.detail = "calculating with '" + tensor.name + "': " + error.detail;
            error.context.modelId = m_model.id;
            error.context.deviceId = m_device.id;
            return fail(std::move(error));
        }
        add({.name = isMatrix(tensor.shape) ? "matmul" : "conv2d",
            .tensor = toValidUtf8(std::string_view{tensor.name}.substr(m_model.files[entry.file].namePrefix.size())),
            .type = std::string{toText(tensor.dtype)},
            .shape = tensor.shape.dimensions,
            .seconds = computed->seconds,
            .operations = computed->operations,
            .deviation = computed->deviation,
            .matches = computed->deviation <= 1});
        return {};
    }

    void add(ComputeCheck check)
    {
        if (!check.matches) {
            std::array<char, 32> times{};
            (void)std::snprintf(times.data(), times.size(), "%.3g", check.deviation);
            m_services.log.write(LogLevel::Warning,
                "A calculation (" + check.name + ") with '" + check.tensor + "' of model '" + m_model.id.text + "' on "
                    + m_device.id.text + " is wrong: it is off by " + times.data() + " times what rounding explains");
        }
        m_outcome.checks.push_back(std::move(check));
    }

    void noteProblem(Error problem)
    {
        if (!m_outcome.problem)
            m_outcome.problem = std::move(problem);
    }

    [[nodiscard]] ErrorContext context() const { return {.modelId = m_model.id, .deviceId = m_device.id}; }

    EngineServices& m_services;
    const ModelRecord& m_model;
    const DeviceDescription& m_device;
    const std::stop_token& m_stop;
    ComputeOutcome m_outcome;
};

} // namespace

ComputeOutcome checkCompute(
    EngineServices& services, const ModelRecord& model, const Device& device, const std::stop_token& stop)
try {
    return ComputeChecks{services, model, device, stop}.run();
} catch (const std::bad_alloc&) {
    return {.checks = {},
        .problem =
            Error{ErrorCode::OutOfHostMemory, "there was no memory to check calculations in", {.modelId = model.id}}};
}

} // namespace weightroom::engine
