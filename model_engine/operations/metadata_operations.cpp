// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/metadata_operations.h"

#include "model_engine/catalog/metadata/hub_blob.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/hash_keeping.h"
#include "model_engine/operations/metadata_json.h"
#include "model_engine/operations/requested_model.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

std::vector<std::filesystem::path> filesOf(const ModelRecord& record)
{
    std::vector<std::filesystem::path> files;
    for (const ModelFile& file : record.files)
        files.push_back(file.path);
    return files;
}

/// The names of blobs cost a look at a link: they are known of any model that is asked about.
ModelHashes withBlobNames(const ModelRecord& model, ModelHashes hashes)
{
    for (std::size_t number = 0; number < hashes.size(); ++number)
        hashes[number].hubSha256 = hubBlobSha256(model.files[number].path);
    return hashes;
}

Result<Json> getModelMetadata(const EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto requested = requestedModel(services, arguments);
    if (!requested)
        return fail(requested.error());
    const ModelRecord& model = **requested;
    job.setPhase(JobPhase::Reading);
    const auto report = readModelMetadata({model.path, model.files.front().path}, job.stopToken());
    if (!report)
        return fail(report.error());
    Json answer{{"model_id", model.id.text}, {"path", toValidUtf8(model.path.string())}};
    answer.update(metadataJson(*report));
    answer["known_hashes"] = knownHashesJson(model, withBlobNames(model, knownHashes(services, model)));
    if (arguments.boolean("include_raw", false))
        answer["raw"] = rawMetadataJson(*report);
    return answer;
}

std::set<HashAlgorithm> algorithmsFrom(const Arguments& arguments)
{
    std::set<HashAlgorithm> algorithms;
    for (const HashAlgorithm algorithm : hashAlgorithms()) {
        const auto wanted = arguments.texts("algorithms");
        if (wanted.empty() || std::ranges::find(wanted, toText(algorithm)) != wanted.end())
            algorithms.insert(algorithm);
    }
    return algorithms;
}

/// Reports the progress over several files, of which those that come count with their whole size.
class HashProgressReport {
public:
    HashProgressReport(JobContext& job, const std::vector<std::filesystem::path>& files)
        : m_job(job)
    {
        for (const std::filesystem::path& file : files)
            m_toCome += sizeOf(file);
    }
    void beginFile(const std::filesystem::path& file)
    {
        m_before = m_reported;
        m_toCome -= std::min(m_toCome, sizeOf(file));
    }
    void operator()(Bytes done, Bytes total)
    {
        m_job.setTotal((m_before + total + m_toCome).value);
        m_job.advance((m_before + done - m_reported).value);
        m_reported = m_before + done;
    }

private:
    [[nodiscard]] static Bytes sizeOf(const std::filesystem::path& file)
    {
        std::error_code unknown;
        const std::uintmax_t size = std::filesystem::file_size(file, unknown);
        return Bytes{unknown ? 0 : size};
    }

    JobContext& m_job;
    Bytes m_before; ///< of files that are done
    Bytes m_reported;
    Bytes m_toCome;
};

/// What was computed need not be computed again.
void keep(EngineServices& services, const std::optional<TakenHashes>& taken)
{
    if (!taken)
        return;
    if (auto kept = keepHashes(services, {&*taken, 1}); !kept)
        services.log.write(LogLevel::Debug, "Hashes could not be kept: " + describe(kept.error()));
}

Result<Json> getModelHashes(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto requested = requestedModel(services, arguments);
    if (!requested)
        return fail(requested.error());
    job.setPhase(JobPhase::Reading);
    const std::vector<std::filesystem::path> paths = filesOf(**requested);
    HashProgressReport report{job, paths};
    Json files = Json::array();
    for (std::size_t number = 0; number < paths.size(); ++number) {
        const std::filesystem::path& path = paths[number];
        report.beginFile(path);
        const HashRequest request{path, algorithmsFrom(arguments), PageCacheUse::Fill};
        const auto hashes = hashFile(request, job.stopToken(), std::ref(report));
        if (!hashes)
            return fail(hashes.error());
        keep(services, takenFrom(*requested, number, request, *hashes));
        files.push_back({
            {"path", toValidUtf8(path.string())},
            {"size_bytes", hashes->identity.size.value},
            {"hashes", hashesJson(request, *hashes)},
        });
    }
    services.executor.invoke([&] { services.publish(); });
    return Json{{"model_id", (*requested)->id.text}, {"files", std::move(files)}};
}

OperationSpec metadataSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_metadata",
        .summary = "What the header of a model and the files beside it say about it, each field with its source.",
        .duration = Duration::Long,
        .fields = {modelIdField(), modelPathField(),
            {.name = "include_raw",
                .type = FieldType::Boolean,
                .help = "Whether header and sidecars are added as they stand in the files; left out: false."}},
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::Cancelled},
        .answer =
            "model_id, path; fields (title, trigger_words, license, ...), training and hashes as claimed, each by "
            "its name with value, source and alternatives; preview (a file, a picture of the header, or null); "
            "sidecars with their dialect and problem; unknown, unknown_left_out; problems; known_hashes, which were "
            "taken before or are the names of blobs; raw when asked for",
        .describe = describeRequestedModelJob(services, "get_model_metadata", JobWeight::Light),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getModelMetadata(services, arguments, *job); },
    };
}

OperationSpec hashesSpec(EngineServices& services)
{
    std::vector<std::string_view> names;
    for (const HashAlgorithm algorithm : hashAlgorithms())
        names.push_back(toText(algorithm));
    return {
        .family = "model",
        .name = "get_model_hashes",
        .summary = "Computes the hashes by which programs and websites name a model's files.",
        .duration = Duration::Long,
        .fields = {modelIdField(), modelPathField(),
            {.name = "algorithms",
                .type = FieldType::TextList,
                .help = "The hashes that are wanted; left out: all.",
                .minimum = 1,
                .maximum = static_cast<std::int64_t>(names.size()),
                .allowed = names}},
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::NotRegularFile, ErrorCode::IoError, ErrorCode::FileChanged, ErrorCode::Cancelled},
        .answer = "model_id; files, each with its path, size_bytes and hashes, of which those are null that the file "
                  "does not have",
        .describe = describeRequestedModelJob(services, "get_model_hashes", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getModelHashes(services, arguments, *job); },
    };
}

} // namespace

void addMetadataOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(metadataSpec(services));
    registry.add(hashesSpec(services));
}

} // namespace weightroom::engine
