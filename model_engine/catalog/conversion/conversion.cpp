// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion.h"

#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/conversion/conversion_target.h"
#include "model_engine/catalog/conversion/single_file_plan.h"
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

Result<ConversionPlan> planFor(const ModelRecord& record, const TensorIndex& index, const ConversionRequest& request)
{
    if (auto plain = checkScales(record, request); !plain)
        return fail(std::move(plain).error());
    if (request.format != ConversionTarget::Safetensors || index.format == FileFormat::Diffusers)
        return fail(ErrorCode::Unsupported, "diffusers folders cannot be converted yet");
    return planSingleFile(index, request, record.path.filename().native());
}

SafetensorsPlan descriptionOf(const OutputFile& file)
{
    SafetensorsPlan description;
    description.metadata = file.metadata;
    for (const OutputTensor& tensor : file.tensors)
        description.tensors.push_back(tensor.description);
    return description;
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
                return fail(std::move(file).error());
            m_total += file->dataSize();
            m_report.files.push_back({path, file->size()});
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

    [[nodiscard]] Result<ConversionReport> commit(IfExists ifExists)
    {
        for (SafetensorsFile& file : m_files) {
            if (auto committed = file.commit(ifExists); !committed)
                return fail(std::move(committed).error());
            m_report.written += file.size();
        }
        m_report.droppedTensors = m_plan.droppedTensors;
        m_report.droppedSize = m_plan.droppedSize;
        return std::move(m_report);
    }

private:
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
    ConversionReport m_report;
};

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
    const auto plan = planFor(record, model->index, request);
    if (!plan)
        return fail(plan.error());
    Conversion conversion{*model, *plan, progress, stop};
    if (auto prepared = conversion.prepare(request.target); !prepared)
        return fail(std::move(prepared).error());
    if (auto written = conversion.write(); !written)
        return fail(std::move(written).error());
    return conversion.commit(request.ifExists);
}

} // namespace weightroom::engine
