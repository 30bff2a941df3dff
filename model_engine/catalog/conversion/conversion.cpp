// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion.h"

#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/conversion/conversion_target.h"
#include "model_engine/catalog/conversion/diffusers/pipeline_plan.h"
#include "model_engine/catalog/conversion/single_file_plan.h"
#include "model_engine/catalog/conversion/staged_folder.h"
#include "model_engine/catalog/conversion/tensor_stream.h"
#include "model_engine/catalog/open_files.h"

#include <algorithm>

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

/// In the new file; a plan that a header was made of has no size that overflows.
Bytes sizeOf(const OutputTensor& tensor)
{
    return bytesOf(tensor.description.dtype, tensor.description.shape.elements().value_or(0)).value_or(Bytes{});
}

/// Carries a plan out.
class Conversion {
public:
    Conversion(const OpenedModel& model, const ConversionPlan& plan, const ConversionProgress& progress,
        const std::stop_token& stop)
        : m_model(model)
        , m_plan(plan)
        , m_progress(progress)
        , m_stop(stop)
    {
    }

    /// Takes the room of all files before the first byte is written.
    [[nodiscard]] Result<> prepare(const std::filesystem::path& root)
    {
        for (const OutputFile& output : m_plan.files) {
            const std::filesystem::path path = output.path.empty() ? root : root / output.path;
            auto file = SafetensorsFile::create(path, descriptionOf(output));
            if (!file)
                return fail(ofAllFiles(std::move(file).error()));
            m_total += file->dataSize();
            m_taken += file->size();
            m_files.push_back(std::move(*file));
        }
        return {};
    }

    [[nodiscard]] Result<> write()
    {
        for (std::size_t i = 0; i < m_files.size(); ++i) {
            if (auto written = write(m_files[i], m_plan.files[i]); !written)
                return written;
        }
        return m_model.files.checkUnchanged();
    }

    [[nodiscard]] Result<> commit(IfExists ifExists)
    {
        for (SafetensorsFile& file : m_files) {
            if (auto committed = file.commit(ifExists); !committed)
                return committed;
        }
        return {};
    }

    /// `target`: where the files are in the end.
    [[nodiscard]] ConversionReport report(const std::filesystem::path& target)
    {
        for (std::size_t i = 0; i < m_files.size(); ++i) {
            const std::filesystem::path& path = m_plan.files[i].path;
            m_report.files.push_back({path.empty() ? target : target / path, m_files[i].size()});
        }
        m_report.written = m_taken;
        m_report.droppedTensors = m_plan.droppedTensors;
        m_report.droppedSize = m_plan.droppedSize;
        m_report.notes = m_plan.notes;
        return std::move(m_report);
    }

private:
    /// What one file of several lacks is not what the user has to make room for.
    [[nodiscard]] Error ofAllFiles(Error error) const
    {
        if (error.code != ErrorCode::DiskFull || !error.context.available)
            return error;
        Bytes needed;
        for (const OutputFile& output : m_plan.files) {
            for (const OutputTensor& tensor : output.tensors)
                needed += sizeOf(tensor);
        }
        error.context.required = std::max(needed, error.context.required.value_or(Bytes{}));
        error.context.available = *error.context.available + m_taken;
        return error;
    }

    [[nodiscard]] Result<> write(SafetensorsFile& file, const OutputFile& output)
    {
        std::optional<TensorStream> stream;
        const auto fill = [&](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) -> Result<> {
            if (offset == 0)
                stream.emplace(m_model.files, output.tensors[tensor], m_report.loss);
            if (auto read = stream->read(block); !read)
                return read;
            m_done += Bytes{block.size()};
            m_progress(m_done, m_total);
            return m_model.files.checkUnchanged(); // soon: the rest of a large file would take minutes
        };
        m_report.tensors += output.tensors.size();
        m_report.convertedTensors += static_cast<std::uint64_t>(std::ranges::count_if(output.tensors,
            [](const OutputTensor& tensor) { return tensor.parts.front().dtype != tensor.description.dtype; }));
        return file.write(fill, m_stop);
    }

    const OpenedModel& m_model;
    const ConversionPlan& m_plan;
    const ConversionProgress& m_progress;
    const std::stop_token& m_stop;
    std::vector<SafetensorsFile> m_files;
    Bytes m_done;
    Bytes m_total;
    Bytes m_taken; ///< on the disk, by all files
    ConversionReport m_report;
};

Result<> writeTexts(const std::filesystem::path& folder, const ConversionPlan& plan)
{
    for (const OutputText& text : plan.texts) {
        if (auto written = writeFileAtomically(folder / text.path, text.content); !written)
            return written;
    }
    return {};
}

/// Of files and texts: each in a folder right below the root, or in the root itself.
Result<> makeFolders(const StagedFolder& staged, const ConversionPlan& plan)
{
    for (const OutputFile& file : plan.files) {
        if (auto made = staged.addFolder(file.path.parent_path()); !made)
            return made;
    }
    return {};
}

Result<ConversionReport> writeFile(Conversion conversion, const ConversionRequest& request)
{
    if (auto prepared = conversion.prepare(request.target); !prepared)
        return fail(std::move(prepared).error());
    if (auto written = conversion.write(); !written)
        return fail(std::move(written).error());
    if (auto committed = conversion.commit(request.ifExists); !committed)
        return fail(std::move(committed).error());
    return conversion.report(request.target);
}

Result<ConversionReport> writeFolder(
    Conversion conversion, const ConversionPlan& plan, const ConversionRequest& request)
{
    auto staged = StagedFolder::create(request.target);
    if (!staged)
        return fail(std::move(staged).error());
    if (auto made = makeFolders(*staged, plan); !made)
        return fail(std::move(made).error());
    if (auto prepared = conversion.prepare(staged->path()); !prepared)
        return fail(std::move(prepared).error());
    if (auto written = conversion.write(); !written)
        return fail(std::move(written).error());
    if (auto committed = conversion.commit(IfExists::Refuse); !committed)
        return fail(std::move(committed).error());
    if (auto written = writeTexts(staged->path(), plan); !written)
        return fail(std::move(written).error());
    if (auto committed = staged->commit(); !committed)
        return fail(std::move(committed).error());
    return conversion.report(request.target);
}

} // namespace

Result<ConversionReport> convertModel(const ModelRecord& record, const ConversionRequest& request,
    const ConversionProgress& progress, const std::stop_token& stop)
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
    Conversion conversion{*model, *plan, progress, stop};
    return request.format == ConversionTarget::Diffusers ? writeFolder(std::move(conversion), *plan, request)
                                                         : writeFile(std::move(conversion), request);
}

} // namespace weightroom::engine
