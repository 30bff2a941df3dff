// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion.h"

#include "model_engine/catalog/conversion/conversion_key.h"
#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/conversion/conversion_run.h"
#include "model_engine/catalog/conversion/conversion_target.h"
#include "model_engine/catalog/conversion/diffusers/pipeline_plan.h"
#include "model_engine/catalog/conversion/leftovers.h"
#include "model_engine/catalog/conversion/partial_output.h"
#include "model_engine/catalog/conversion/single_file_plan.h"
#include "model_engine/catalog/scan/open_files.h"

namespace weightroom::engine {
namespace {

/// Weights whose numbers mean nothing without others beside them would be wrong in another precision.
Result<> checkScales(const ModelRecord& record, const ConversionRequest& request)
{
    if (!request.precision || record.identified.quantization.empty())
        return {};
    return fail(ErrorCode::Unsupported,
        "the weights are packed or scaled by tensors beside them (" + record.identified.quantization
            + "): their precision can only be kept");
}

Result<ConversionPlan> planFor(const ModelRecord& record, const OpenedModel& model, const ConversionRequest& request)
{
    if (auto plain = checkScales(record, request); !plain)
        return fail(std::move(plain).error());
    const bool isFolder = model.index.format == FileFormat::Diffusers;
    if (request.format == ConversionTarget::Safetensors) {
        return isFolder ? planFileOfPipeline(record, model, request)
                        : planSingleFile(model.index, request, record.path.filename().native());
    }
    if (isFolder)
        return fail(ErrorCode::Unsupported, "a diffusers folder is converted to one file, not to another folder");
    return planPipelineFolder(record, model, request);
}

SafetensorsPlan descriptionOf(const OutputFile& file)
{
    SafetensorsPlan description;
    description.metadata = file.metadata;
    for (const OutputTensor& tensor : file.tensors)
        description.tensors.push_back(tensor.description);
    return description;
}

Result<std::vector<SafetensorsContent>> contentsOf(const ConversionPlan& plan)
{
    std::vector<SafetensorsContent> contents;
    for (const OutputFile& file : plan.files) {
        auto content = SafetensorsContent::make(descriptionOf(file));
        if (!content)
            return fail(std::move(content).error());
        contents.push_back(std::move(*content));
    }
    return contents;
}

Result<> writeTexts(const std::filesystem::path& folder, const ConversionPlan& plan)
{
    for (const OutputText& text : plan.texts) {
        if (auto written = writeFileAtomically(folder / text.path, text.content); !written)
            return written;
    }
    return {};
}

Result<> carryOut(ConversionRun& run, PartialOutput& output, const ConversionPlan& plan, IfExists ifExists)
{
    if (auto prepared = run.prepare(); !prepared)
        return prepared;
    if (auto written = run.write(); !written)
        return written;
    if (auto written = writeTexts(output.content(), plan); !written)
        return written;
    return output.commit(ifExists);
}

/// A full disk, a disk that fails, a lack of memory and the end of the program may pass. The rest does not, or is
/// meant.
bool isWorthKeeping(const Error& error, const ConversionControl& control)
{
    switch (error.code) {
    case ErrorCode::DiskFull:
    case ErrorCode::IoError:
    case ErrorCode::OutOfHostMemory:
        return true;
    case ErrorCode::Cancelled:
        return control.afterStop && control.afterStop() == AfterStop::Keep;
    default:
        return false;
    }
}

/// Decides what is left, and says so. What could not be written is for the user the target.
Error afterwards(
    Error error, PartialOutput& output, const std::filesystem::path& target, const ConversionControl& control)
{
    if (error.context.path.starts_with(output.folder().native()))
        error.context.path = target.string();
    if (!isWorthKeeping(error, control))
        output.discard();
    else if (output.point())
        error.detail += "; what was written is kept in '" + output.folder().string() + "' for another attempt";
    return error;
}

Result<ConversionReport> convertPlanned(const ModelRecord& record, const OpenedModel& model, const ConversionPlan& plan,
    const ConversionRequest& request, const ConversionControl& control)
{
    const auto contents = contentsOf(plan);
    if (!contents)
        return fail(contents.error());
    auto output = PartialOutput::open(request.target, conversionKey(record, request, plan, *contents));
    if (!output)
        return fail(std::move(output).error());
    removeLeftovers(request.target.parent_path()); // not what has just been opened, which is locked
    if (request.resume == Resume::No) {
        if (auto cleared = output->startAnew(); !cleared)
            return fail(std::move(cleared).error());
    }
    ConversionRun run{model, plan, *contents, *output, control};
    if (auto done = carryOut(run, *output, plan, request.ifExists); !done)
        return fail(afterwards(std::move(done).error(), *output, request.target, control));
    return run.report(request.target);
}

} // namespace

Result<ConversionReport> convertModel(
    const ModelRecord& record, const ConversionRequest& request, const ConversionControl& control)
{
    if (record.problem)
        return fail(*record.problem);
    if (auto target = checkTarget(request, record); !target)
        return fail(std::move(target).error());
    const auto model = openModel(record);
    if (!model)
        return fail(model.error());
    const auto plan = planFor(record, *model, request);
    if (!plan)
        return fail(plan.error());
    return convertPlanned(record, *model, *plan, request, control);
}

} // namespace weightroom::engine
