// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/single_file_plan.h"

#include "model_engine/catalog/conversion/output_metadata.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <functional>

namespace weightroom::engine {
namespace {

constexpr std::string_view kEmaCopy = "model_ema.";

/// A file of nothing but averaged weights is no copy of others.
bool dropsEma(const TensorIndex& index, EmaCopy ema)
{
    return ema == EmaCopy::Drop && std::ranges::any_of(index.tensors, [](const TensorEntry& entry) {
        return entry.name.starts_with("model.diffusion_model.");
    });
}

} // namespace

void drop(ConversionPlan& plan, const TensorEntry& entry)
{
    ++plan.droppedTensors;
    plan.droppedSize += contiguousSize(entry);
}

Result<Dtype> outputDtype(const TensorEntry& entry, const std::optional<Dtype>& precision)
{
    const DtypeTraits& traits = traitsOf(entry.dtype);
    const bool isStorable = !traits.safetensorsName.empty();
    if (precision && traits.isFloat && hasNumbers(entry.dtype))
        return *precision;
    if (isStorable)
        return entry.dtype;
    if (hasNumbers(entry.dtype))
        return Dtype::F16;
    return fail(ErrorCode::Unsupported,
        "tensor " + quotedName(entry.name) + " is of the type " + std::string{traits.name}
            + ", which safetensors has not and whose values cannot be computed");
}

Result<ConversionPlan> planSingleFile(
    const TensorIndex& index, const ConversionRequest& request, std::string_view sourceName)
{
    ConversionPlan plan;
    OutputFile file;
    file.metadata = outputMetadata(index, sourceName);
    const bool hasUnusedCopy = dropsEma(index, request.ema);
    for (const TensorEntry& entry : index.tensors) {
        if (hasUnusedCopy && entry.name.starts_with(kEmaCopy)) {
            drop(plan, entry);
            continue;
        }
        const auto dtype = outputDtype(entry, request.precision);
        if (!dtype)
            return fail(dtype.error());
        file.tensors.push_back({{entry.name, *dtype, entry.shape}, {entry}});
    }
    sortByAlignment(file.tensors);
    plan.files.push_back(std::move(file));
    return plan;
}

void sortByAlignment(std::vector<OutputTensor>& tensors)
{
    std::ranges::stable_sort(tensors, std::greater{},
        [](const OutputTensor& tensor) { return traitsOf(tensor.description.dtype).bitsPerBlock; });
}

} // namespace weightroom::engine
