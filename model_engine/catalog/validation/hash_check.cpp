// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/hash_check.h"

#include "model_engine/catalog/metadata/hub_blob.h"
#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/catalog/metadata/metadata_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weightroom::engine {
namespace {

using Claims = std::vector<HashComparison>;

/// All claims are about one file.
struct FileClaims {
    std::filesystem::path file;
    Claims claims;
};

void add(FileClaims& of, std::string_view algorithm, const Json& value, const std::string& source)
{
    if (value.is_string())
        of.claims.push_back({of.file, std::string{algorithm}, source, value.get<std::string>(), {}});
}

/// All claims of all sources; who says the same as another is not listed again.
void addClaims(FileClaims& claims, const ModelMetadata& metadata)
{
    for (const auto& [field, value] : metadata.fields) {
        if (groupOf(field) != MetadataGroup::Hashes)
            continue;
        add(claims, toText(field), value.value, value.source);
        for (const MetadataValue::Alternative& other : value.alternatives)
            add(claims, toText(field), other.value, other.source);
    }
}

/// What is claimed of each file: header and sidecars speak of single ones, the cache of the hub of all.
Result<std::vector<FileClaims>> claimsOf(const ModelRecord& record, const std::stop_token& stop)
{
    std::vector<FileClaims> files;
    for (const ModelFile& file : record.files) {
        FileClaims& of = files.emplace_back(FileClaims{file.path, {}});
        if (const std::string name = hubBlobSha256(file.path); !name.empty())
            add(of, toText(HashAlgorithm::Sha256), name, std::string{toText(HashSource::HubBlobName)});
    }
    if (files.size() != 1)
        return files;
    const auto metadata = readModelMetadata({record.path, files.front().file}, stop);
    if (!metadata)
        return fail(metadata.error());
    addClaims(files.front(), metadata->metadata);
    return files;
}

HashRequest requestFor(const FileClaims& of)
{
    HashRequest request{of.file, {}, PageCacheUse::Fill};
    for (const HashComparison& claim : of.claims) {
        if (const auto algorithm = hashAlgorithmFromText(claim.algorithm))
            request.algorithms.insert(*algorithm);
    }
    return request;
}

/// Tells of the bytes of one pass, whose number shows when it begins.
class PassProgress {
public:
    PassProgress(ValidationReport& report, const ByteProgress& progress)
        : m_report(report)
        , m_progress(progress)
    {
    }
    void operator()(Bytes done, Bytes total)
    {
        if (std::exchange(m_total, total) == Bytes{})
            m_progress.expect(total);
        m_report.read += done - m_done;
        m_progress.advance(done - std::exchange(m_done, done));
    }

private:
    ValidationReport& m_report;
    const ByteProgress& m_progress;
    Bytes m_total;
    Bytes m_done;
};

void enterComputed(Claims& claims, const FileHashes& hashes)
{
    for (HashComparison& claim : claims) {
        const auto algorithm = hashAlgorithmFromText(claim.algorithm);
        const auto value = algorithm ? hashes.values.find(*algorithm) : hashes.values.end();
        if (value != hashes.values.end())
            claim.computed = value->second;
    }
}

ValidationCheck outcomeOf(const Claims& claims)
{
    std::uint64_t computed = 0;
    std::string wrong;
    std::vector<std::string> names;
    for (const HashComparison& claim : claims) {
        computed += claim.computed.empty() ? 0 : 1;
        if (claim.computed.empty() || claim.computed == claim.claimed)
            continue;
        wrong += (wrong.empty() ? "" : ", ") + claim.algorithm + " of " + claim.source;
        names.push_back(claim.algorithm + ": " + claim.source);
    }
    const FindingCount hashes{"hashes", computed};
    if (!names.empty()) {
        return {"hashes", CheckStatus::Failed,
            {FindingWord::HashesDiffer, {hashes, {"differing", names.size()}}, firstNames(names)},
            "the file does not have the claimed " + wrong};
    }
    if (computed == 0)
        return {"hashes", CheckStatus::Skipped, {FindingWord::HashesNotComputed},
            "only hashes are claimed that are not computed"};
    return {"hashes", CheckStatus::Passed, {FindingWord::HashesEqual, {hashes}},
        std::to_string(computed) + " claimed hashes are those of the file"};
}

ValidationCheck nothingClaimed(const ModelRecord& record)
{
    const std::size_t files = record.files.size();
    if (files == 1) {
        return {"hashes", CheckStatus::NotApplicable, {FindingWord::NoClaim},
            "neither the header nor a file beside it claims a hash"};
    }
    return {"hashes", CheckStatus::NotApplicable, {FindingWord::SeveralFiles, {{"files", files}}},
        "the model has " + std::to_string(files) + " files, and hashes are claimed for single ones"};
}

} // namespace

Result<> checkHashes(
    const ModelRecord& record, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop)
{
    auto files = claimsOf(record, stop);
    if (!files)
        return fail(std::move(files).error());
    for (FileClaims& of : *files) {
        if (of.claims.empty())
            continue;
        const auto hashes = hashFile(requestFor(of), stop, PassProgress{report, progress});
        if (!hashes)
            return fail(hashes.error());
        enterComputed(of.claims, *hashes);
        std::ranges::move(of.claims, std::back_inserter(report.hashes));
    }
    report.checks.push_back(report.hashes.empty() ? nothingClaimed(record) : outcomeOf(report.hashes));
    return {};
}

} // namespace weightroom::engine
