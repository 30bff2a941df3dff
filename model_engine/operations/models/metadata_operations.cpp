// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/metadata_operations.h"

#include "model_engine/catalog/metadata/hub_blob.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/library/hash_keeping.h"
#include "model_engine/operations/models/metadata_json.h"
#include "model_engine/operations/models/requested_model.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
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

Json answerFrom(const EngineServices& services, const ModelRecord& model, const MetadataReport& report)
{
    Json answer{{"model_id", model.id.text}, {"path", toValidUtf8(model.path.string())}};
    answer.update(metadataJson(report));
    answer["known_hashes"] = knownHashesJson(model, withBlobNames(model, knownHashes(services, model)));
    answer["writable_sidecars"] = writableJson(writableSidecars(model.path, report.sidecars));
    return answer;
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
    Json answer = answerFrom(services, model, *report);
    if (arguments.boolean("include_raw", false))
        answer["raw"] = rawMetadataJson(*report);
    return answer;
}

/// The dialects and fields that can be written; the writer knows which belong together.
constexpr std::array kWritableDialects{
    SidecarDialect::A1111, SidecarDialect::LoraManager, SidecarDialect::StabilityMatrix};
constexpr std::array kWritableFields{MetadataField::Description, MetadataField::Notes, MetadataField::TriggerWords,
    MetadataField::PreferredWeight, MetadataField::NegativeText, MetadataField::BaseModel, MetadataField::Vae,
    MetadataField::Tags, MetadataField::Favorite, MetadataField::Title};

SidecarDialect dialectFrom(const Arguments& arguments)
{
    const std::string text = arguments.text("sidecar");
    const auto dialect = std::ranges::find(kWritableDialects, text, [](SidecarDialect known) { return toText(known); });
    return dialect == kWritableDialects.end() ? SidecarDialect::None : *dialect;
}

std::vector<MetadataChange> changesFrom(const Arguments& arguments)
{
    std::vector<MetadataChange> changes;
    for (const MetadataField field : kWritableFields) {
        const std::string name{toText(field)};
        if (!arguments.has(name))
            continue;
        const Json& value = arguments.values().at(name);
        const bool isCleared = value.is_null() || (value.is_array() && value.empty())
            || (value.is_string() && value.get_ref<const std::string&>().empty());
        changes.push_back({field, isCleared ? std::nullopt : std::optional{value}});
    }
    return changes;
}

/// `oneAtATime`: of two changes of one file, which is read and replaced, one would be lost.
Result<> writeChanges(const ModelRecord& model, const Arguments& arguments, std::mutex& oneAtATime)
{
    const std::vector<MetadataChange> changes = changesFrom(arguments);
    if (changes.empty())
        return fail(ErrorCode::MissingField, "there is no field that would be changed");
    const std::lock_guard lock{oneAtATime};
    return changeSidecar(model.path, dialectFrom(arguments), changes);
}

Json writtenPath(const MetadataReport& report, SidecarDialect dialect)
{
    const auto written =
        std::ranges::find(report.sidecars, dialect, [](const Sidecar& sidecar) { return sidecar.file.dialect; });
    return written == report.sidecars.end() ? Json(nullptr) : Json(toValidUtf8(written->file.path.string()));
}

Result<Json> postModelMetadataUpdate(
    const EngineServices& services, const Arguments& arguments, JobContext& job, std::mutex& oneAtATime)
{
    const auto requested = requestedModel(services, arguments);
    if (!requested)
        return fail(requested.error());
    const ModelRecord& model = **requested;
    job.setPhase(JobPhase::Writing);
    if (auto written = writeChanges(model, arguments, oneAtATime); !written)
        return fail(std::move(written).error());
    const auto report = readModelMetadata({model.path, model.files.front().path}, {}); // it is written: no way back
    if (!report)
        return fail(report.error());
    Json answer = answerFrom(services, model, *report);
    answer["written_path"] = writtenPath(*report, dialectFrom(arguments));
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
            "taken before or are the names of blobs; writable_sidecars, into which post_model_metadata_update can "
            "write: "
            "dialect, path, exists (false: it is made), fields; raw when asked for",
        .dataKeys = {"raw.header", "raw.sidecars"},
        .describe = describeRequestedModelJob(services, "get_model_metadata", JobWeight::Light),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getModelMetadata(services, arguments, *job); },
    };
}

FieldSpec noteField(Name name, FieldType type, std::string_view help)
{
    return {.name = name, .type = type, .help = help, .minimum = 0, .clearing = Clearing::Yes};
}

std::vector<FieldSpec> updateFields()
{
    return {
        modelIdField(),
        modelPathField(),
        {.name = "sidecar",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "Whose file it is: a1111 (x.json, also of Forge; made when there is none), lora_manager "
                    "(x.metadata.json) or stability_matrix (x.cm-info.json).",
            .allowed = {"a1111", "lora_manager", "stability_matrix"}},
        noteField("description", FieldType::Text, "a1111: what it is."),
        noteField("notes", FieldType::Text, "a1111, lora_manager: what the user notes."),
        noteField("trigger_words", FieldType::TextList, "a1111: the words that wake it up, all of them."),
        noteField("preferred_weight", FieldType::Number, "a1111: the weight at which a LoRA works best."),
        noteField("negative_text", FieldType::Text, "a1111: what belongs into the negative prompt."),
        noteField("base_model", FieldType::Text, "a1111: SD1, SD2, SDXL or Unknown."),
        noteField("vae", FieldType::Text, "a1111: the VAE that goes with a checkpoint."),
        noteField("tags", FieldType::TextList, "lora_manager: all tags."),
        noteField("favorite", FieldType::Boolean, "lora_manager: whether it is one of the favourites."),
        noteField("title", FieldType::Text, "stability_matrix: its name."),
    };
}

OperationSpec updateSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_metadata_update",
        .summary = "Writes what the user notes about a model into the file in which another program keeps it; null, an "
                   "empty text or an empty list takes a field out, and all else in that file stays.",
        .duration = Duration::Long,
        .fields = updateFields(),
        .errors = {ErrorCode::MissingField, ErrorCode::ModelNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::NotRegularFile, ErrorCode::IoError, ErrorCode::DiskFull, ErrorCode::AlreadyExists,
            ErrorCode::FileChanged, ErrorCode::InvalidJson, ErrorCode::InvalidFormat, ErrorCode::Unsupported},
        .answer = "what get_model_metadata answers now, and written_path",
        .describe = describeRequestedModelJob(services, "post_model_metadata_update", JobWeight::Light),
        .handler = [&services, oneAtATime = std::make_shared<std::mutex>()](const Arguments& arguments,
                       JobContext* job) { return postModelMetadataUpdate(services, arguments, *job, *oneAtATime); },
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
        .dataKeys = {"files.hashes"}, // as `algorithms` names them
        .describe = describeRequestedModelJob(services, "get_model_hashes", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getModelHashes(services, arguments, *job); },
    };
}

} // namespace

void addMetadataOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(metadataSpec(services));
    registry.add(updateSpec(services));
    registry.add(hashesSpec(services));
}

} // namespace weightroom::engine
