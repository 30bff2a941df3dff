// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/metadata_json.h"

#include "model_engine/core/utf8.h"

namespace weightroom::engine {
namespace {

/// A header may have 100 MB; what is larger than this is no text for an answer.
constexpr Bytes kLargestRawHeader = kMiB * 4;

Json valueJson(const MetadataValue& value)
{
    Json alternatives = Json::array();
    for (const MetadataValue::Alternative& other : value.alternatives)
        alternatives.push_back({{"value", other.value}, {"source", other.source}});
    return {{"value", value.value}, {"source", value.source}, {"alternatives", std::move(alternatives)}};
}

Json groupJson(const ModelMetadata& metadata, MetadataGroup group)
{
    Json fields = Json::object();
    for (const auto& [field, value] : metadata.fields) {
        if (groupOf(field) == group)
            fields[std::string{toText(field)}] = valueJson(value);
    }
    return fields;
}

Json previewJson(const std::optional<Preview>& preview)
{
    if (!preview)
        return nullptr;
    if (!preview->embedded)
        return {{"kind", toText(preview->file.kind)}, {"path", toValidUtf8(preview->file.path.string())}};
    const EmbeddedPreview& picture = *preview->embedded;
    return {
        {"kind", "embedded"},
        {"source", picture.source},
        {"data_uri", "data:" + picture.mediaType + ";base64," + picture.base64},
    };
}

Json sidecarsJson(const std::vector<Sidecar>& sidecars)
{
    Json rows = Json::array();
    for (const Sidecar& sidecar : sidecars) {
        rows.push_back({
            {"path", toValidUtf8(sidecar.file.path.string())},
            {"dialect", toText(sidecar.file.dialect)},
            {"problem", sidecar.problem ? toJson(*sidecar.problem) : Json(nullptr)},
        });
    }
    return rows;
}

Json unknownJson(const std::vector<UnknownField>& unknown)
{
    Json rows = Json::array();
    for (const UnknownField& field : unknown) {
        rows.push_back(
            {{"name", field.name}, {"source", field.source}, {"value", field.value}, {"size_bytes", field.size.value}});
    }
    return rows;
}

Json problemsJson(const MetadataReport& report)
{
    Json problems = Json::array();
    for (const auto& problem : {report.headerProblem, report.folderProblem, report.databaseProblem}) {
        if (problem)
            problems.push_back(toJson(*problem));
    }
    return problems;
}

Json rawHeaderJson(const HeaderMetadata& header)
{
    Json fields = Json::object();
    Bytes size;
    for (const auto& [key, text] : header) {
        size += Bytes{key.size() + text.size()};
        if (size > kLargestRawHeader)
            return nullptr;
        // ordered_json looks a key up linearly; those of a map are all different.
        fields.get_ref<Json::object_t&>().emplace_back(key, text);
    }
    return fields;
}

Json hashRowJson(HashAlgorithm algorithm, const std::string& value, HashSource source)
{
    return {{"algorithm", toText(algorithm)}, {"value", value}, {"source", toText(source)}};
}

Json hashRowsJson(const KnownFileHashes& hashes)
{
    Json rows = Json::array();
    for (const auto& [algorithm, value] : hashes.computed) {
        if (value)
            rows.push_back(hashRowJson(algorithm, *value, HashSource::Computed));
    }
    if (!hashes.hubSha256.empty())
        rows.push_back(hashRowJson(HashAlgorithm::Sha256, hashes.hubSha256, HashSource::HubBlobName));
    return rows;
}

} // namespace

Json metadataJson(const MetadataReport& report)
{
    return {
        {"fields", groupJson(report.metadata, MetadataGroup::General)},
        {"training", groupJson(report.metadata, MetadataGroup::Training)},
        {"hashes", groupJson(report.metadata, MetadataGroup::Hashes)},
        {"preview", previewJson(report.preview)},
        {"sidecars", sidecarsJson(report.sidecars)},
        {"unknown", unknownJson(report.metadata.unknown)},
        {"unknown_left_out", report.metadata.unknownLeftOut},
        {"problems", problemsJson(report)},
    };
}

Json writableJson(const std::vector<WritableSidecar>& sidecars)
{
    Json rows = Json::array();
    for (const WritableSidecar& sidecar : sidecars) {
        Json fields = Json::array();
        for (const MetadataField field : sidecar.fields)
            fields.push_back(toText(field));
        rows.push_back({{"dialect", toText(sidecar.file.dialect)}, {"path", toValidUtf8(sidecar.file.path.string())},
            {"exists", sidecar.exists}, {"fields", std::move(fields)}});
    }
    return rows;
}

Json rawMetadataJson(const MetadataReport& report)
{
    Json sidecars = Json::object();
    for (const Sidecar& sidecar : report.sidecars) {
        if (!sidecar.problem)
            sidecars[toValidUtf8(sidecar.file.path.filename().string())] = toValidUtf8(sidecar.text);
    }
    return {{"header", rawHeaderJson(report.header)}, {"sidecars", std::move(sidecars)}};
}

Json hashesJson(const HashRequest& request, const FileHashes& hashes)
{
    Json rows = Json::object();
    for (const HashAlgorithm algorithm : request.algorithms) {
        const auto value = hashes.values.find(algorithm);
        rows[std::string{toText(algorithm)}] = value == hashes.values.end() ? Json(nullptr) : Json(value->second);
    }
    return rows;
}

Json knownHashesJson(const ModelRecord& record, const ModelHashes& hashes)
{
    Json files = Json::array();
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        files.push_back({{"path", toValidUtf8(record.files[i].path.string())}, {"hashes", hashRowsJson(hashes[i])}});
    }
    return files;
}

} // namespace weightroom::engine
