// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/component_operations.h"

#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/metadata/digest.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/core/utf8.h"
#include "model_engine/formats/tensor_elements.h"
#include "model_engine/operations/models/model_json.h"
#include "model_engine/operations/models/requested_model.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// Reads the tensors of a model anew, and writes them as rows of the answer.
class TensorRows {
public:
    TensorRows(const ModelRecord& record, const OpenedModel& model, JobContext& job)
        : m_record(record)
        , m_model(model)
        , m_job(job)
    {
    }

    [[nodiscard]] Result<Json> rows(const Arguments& arguments)
    {
        const bool withHashes = arguments.boolean("include_hashes", false);
        m_job.setTotal(withHashes ? m_model.index.dataSize.value : m_model.index.tensors.size());
        Json rows = Json::array();
        for (const TensorEntry& entry : m_model.index.tensors) {
            Json row = rowOf(entry);
            if (withHashes) {
                auto hash = hashOf(entry);
                if (!hash)
                    return fail(std::move(hash).error());
                row["sha256"] = std::move(*hash);
            } else {
                m_job.advance(1);
            }
            rows.push_back(std::move(row));
        }
        return rows;
    }

private:
    [[nodiscard]] Json rowOf(const TensorEntry& entry) const
    {
        const ComponentRecord* component = componentOf(m_record.identified, entry.name);
        const std::string& prefix = m_record.files[entry.file].namePrefix;
        return {
            {"name", toValidUtf8(std::string_view{entry.name}.substr(prefix.size()))},
            {"dtype", fileDtypeName(entry.dtype, m_model.index.format)},
            {"shape", fileShape(entry, m_model.index.format).dimensions},
            {"size_bytes", contiguousSize(entry).value},
            {"component_id", component ? Json(component->id.text) : Json(nullptr)},
        };
    }

    [[nodiscard]] Result<std::string> hashOf(const TensorEntry& entry)
    {
        auto digest = makeSha256();
        if (!digest)
            return fail(std::move(digest).error());
        const auto take = [&](std::span<const std::byte> bytes) -> Result<> {
            if (m_job.isCancelled())
                return fail(ErrorCode::Cancelled, "cancelled while tensors were hashed");
            m_job.advance(bytes.size());
            return (*digest)->update(bytes);
        };
        if (auto read = readElements(m_model.files.source(entry.file), entry, take); !read)
            return fail(std::move(read).error());
        return (*digest)->finish();
    }

    const ModelRecord& m_record;
    const OpenedModel& m_model;
    JobContext& m_job;
};

Result<Json> getModelComponents(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto record = requestedModel(services, arguments);
    if (!record)
        return fail(record.error());
    if ((*record)->problem)
        return fail(*(*record)->problem);
    job.setPhase(JobPhase::Reading);
    const Json model = modelJson({.record = *record, .cached = {}, .devices = {}});
    Json answer{
        {"model_id", model.at("model_id")},
        {"path", model.at("path")},
        {"format", model.at("format")},
        {"components", model.at("components")},
        {"variants", variantsJson(**record)},
    };
    if (!arguments.boolean("include_tensors", false) && !arguments.boolean("include_hashes", false))
        return answer;
    const auto opened = openModel(**record);
    if (!opened)
        return fail(opened.error());
    auto rows = TensorRows{**record, *opened, job}.rows(arguments);
    if (!rows)
        return fail(std::move(rows).error());
    answer["tensors"] = std::move(*rows);
    return answer;
}

OperationSpec componentsSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_components",
        .summary = "The components of a model, and its tensors on request.",
        .duration = Duration::Long,
        .fields =
            {
                modelIdField(),
                modelPathField(),
                {.name = "include_tensors",
                    .type = FieldType::Boolean,
                    .help = "Whether each tensor is listed; left out: false."},
                {.name = "include_hashes",
                    .type = FieldType::Boolean,
                    .help = "Whether each tensor is listed with the SHA-256 of its elements, for which the whole model "
                            "is read; left out: false."},
            },
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::NotRegularFile, ErrorCode::FileChanged, ErrorCode::FileTruncated, ErrorCode::InvalidFormat,
            ErrorCode::UnknownFormat, ErrorCode::UnsafePickle, ErrorCode::IoError, ErrorCode::Cancelled},
        .answer =
            "model_id, path, format, components; variants: of the components of a pipeline that have more than one set "
            "of weights each set with its variant (null: none), file and is_taken; tensors when they are asked for: "
            "name, dtype in the format's own "
            "spelling, shape in the order of the file, size_bytes, component_id, and sha256 of the elements as "
            "stored, one behind the other",
        .describe = describeRequestedModelJob(services, "get_model_components", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getModelComponents(services, arguments, *job); },
    };
}

} // namespace

void addComponentOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(componentsSpec(services));
}

} // namespace weightroom::engine
