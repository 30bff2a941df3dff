// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/pipeline_plan.h"

#include "model_engine/catalog/conversion/diffusers/part_renaming.h"
#include "model_engine/catalog/conversion/diffusers/pipeline_texts.h"
#include "model_engine/catalog/conversion/diffusers/prediction_marks.h"
#include "model_engine/catalog/conversion/output_metadata.h"
#include "model_engine/catalog/conversion/single_file_plan.h"
#include "model_engine/formats/format_reader.h"

#include <algorithm>
#include <iterator>

namespace weightroom::engine {
namespace {

constexpr std::string_view kTokenizerNote =
    "A checkpoint holds no tokenizer: give one to from_pretrained(), or put the folder 'tokenizer' (for SDXL "
    "'tokenizer_2' too) of another pipeline beside the others.";

/// The tensors of each part, in the order of the parts; what belongs to none is counted in `plan`.
std::vector<std::vector<PartTensor>> tensorsByPart(const TensorIndex& index, std::span<const PipelinePart> parts,
    std::string_view PipelinePart::*prefix, ConversionPlan& plan)
{
    std::vector<std::vector<PartTensor>> byPart(parts.size());
    for (const TensorEntry& entry : index.tensors) {
        const std::string_view name = entry.name;
        const auto part =
            std::ranges::find_if(parts, [&](const PipelinePart& one) { return name.starts_with(one.*prefix); });
        if (part == parts.end())
            drop(plan, entry);
        else
            byPart[static_cast<std::size_t>(part - parts.begin())].push_back(
                {name.substr(((*part).*prefix).size()), &entry});
    }
    return byPart;
}

Result<> checkComplete(const ModelRecord& record)
{
    const TensorNameList& missing = record.identified.missing;
    if (missing.count == 0)
        return {};
    return fail(ErrorCode::ModelUnusable,
        std::to_string(missing.count) + " tensors are missing that its architecture has, first "
            + missing.names.front(),
        {.modelId = record.id, .path = record.path.string()});
}

Result<std::vector<OutputTensor>> renamedTensors(const PipelinePart& part, std::span<const PartTensor> tensors,
    Naming to, const ConversionRequest& request, ConversionPlan& plan)
{
    auto renamed = renamePart(part.kind, tensors, to, request.precision);
    if (!renamed)
        return fail(std::move(renamed).error());
    for (const TensorEntry* entry : renamed->dropped)
        drop(plan, *entry);
    return std::move(renamed->tensors);
}

/// Tensors of no elements, "of" one that the model has.
void addMarks(OutputFile& file, const std::filesystem::path& folder, const TensorEntry& any)
{
    for (const std::string_view mark : marksOfScheduler(folder)) {
        TensorEntry nothing = any;
        nothing.shape = {0};
        nothing.range.size = {};
        nothing.strides.clear();
        file.tensors.push_back({{std::string{mark}, any.dtype, nothing.shape}, {nothing}});
    }
}

/// The header of the UNet's file, for a folder: the fields that a single file had.
Result<TensorIndex> headerOfUnet(const OpenedModel& model, std::span<const PartTensor> unet)
{
    if (unet.empty())
        return TensorIndex{};
    return readTensorIndex(model.files.source(unet.front().entry->file));
}

} // namespace

Result<ConversionPlan> planPipelineFolder(
    const ModelRecord& record, const OpenedModel& model, const ConversionRequest& request)
{
    const auto parts = pipelinePartsOf(record.identified);
    if (!parts)
        return fail(parts.error());
    if (auto complete = checkComplete(record); !complete)
        return fail(std::move(complete).error());
    ConversionPlan plan;
    const auto byPart = tensorsByPart(model.index, *parts, &PipelinePart::prefix, plan);
    for (std::size_t i = 0; i < parts->size(); ++i) {
        const PipelinePart& part = (*parts)[i];
        if (byPart[i].empty())
            return fail(ErrorCode::ModelUnusable,
                "the file holds no tensors of '" + std::string{part.prefix} + "', and a folder needs all parts",
                {.modelId = record.id, .path = record.path.string()});
        auto tensors = renamedTensors(part, byPart[i], Naming::Diffusers, request, plan);
        if (!tensors)
            return fail(std::move(tensors).error());
        sortByAlignment(*tensors);
        plan.files.push_back({std::filesystem::path{part.folder} / part.file, std::move(*tensors),
            outputMetadata(model.index, record.path.filename().native())});
    }
    auto texts = pipelineTexts(record.identified, model);
    if (!texts)
        return fail(std::move(texts).error());
    plan.texts = std::move(*texts);
    plan.notes.emplace_back(kTokenizerNote);
    return plan;
}

Result<ConversionPlan> planFileOfPipeline(
    const ModelRecord& record, const OpenedModel& model, const ConversionRequest& request)
{
    const auto parts = pipelinePartsOf(record.identified);
    if (!parts)
        return fail(parts.error());
    if (auto complete = checkComplete(record); !complete)
        return fail(std::move(complete).error());
    ConversionPlan plan;
    OutputFile file;
    const auto byPart = tensorsByPart(model.index, *parts, &PipelinePart::folder, plan);
    const auto header = headerOfUnet(model, byPart.front());
    if (!header)
        return fail(header.error());
    file.metadata = outputMetadata(*header, record.path.filename().native());
    for (std::size_t i = 0; i < parts->size(); ++i) {
        auto tensors = renamedTensors((*parts)[i], byPart[i], Naming::SingleFile, request, plan);
        if (!tensors)
            return fail(std::move(tensors).error());
        for (OutputTensor& tensor : *tensors) {
            tensor.description.name.insert(0, (*parts)[i].prefix);
            file.tensors.push_back(std::move(tensor));
        }
    }
    addMarks(file, record.path, model.index.tensors.front());
    sortByAlignment(file.tensors);
    plan.files.push_back(std::move(file));
    return plan;
}

} // namespace weightroom::engine
