// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/hash_check.h"

#include "model_engine/catalog/metadata/file_hashes.h"
#include "model_engine/catalog/metadata/metadata_reader.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

void add(std::vector<HashComparison>& claims, std::string_view algorithm, const Json& value, const std::string& source)
{
    if (value.is_string())
        claims.push_back({std::string{algorithm}, source, value.get<std::string>(), {}});
}

/// All claims of all sources; who says the same as another is not listed again.
std::vector<HashComparison> claimsOf(const ModelMetadata& metadata)
{
    std::vector<HashComparison> claims;
    for (const auto& [field, value] : metadata.fields) {
        if (groupOf(field) != MetadataGroup::Hashes)
            continue;
        add(claims, toText(field), value.value, value.source);
        for (const MetadataValue::Alternative& other : value.alternatives)
            add(claims, toText(field), other.value, other.source);
    }
    return claims;
}

HashRequest requestFor(const std::filesystem::path& file, const std::vector<HashComparison>& claims)
{
    HashRequest request{file, {}, PagesAfterHash::Keep};
    for (const HashComparison& claim : claims) {
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

void enterComputed(std::vector<HashComparison>& claims, const FileHashes& hashes)
{
    for (HashComparison& claim : claims) {
        const auto algorithm = hashAlgorithmFromText(claim.algorithm);
        const auto value = algorithm ? hashes.values.find(*algorithm) : hashes.values.end();
        if (value != hashes.values.end())
            claim.computed = value->second;
    }
}

ValidationCheck outcomeOf(const std::vector<HashComparison>& claims)
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

} // namespace

Result<> checkHashes(
    const ModelRecord& record, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop)
{
    if (record.files.size() != 1) {
        report.checks.push_back({"hashes", CheckStatus::NotApplicable,
            {FindingWord::SeveralFiles, {{"files", record.files.size()}}},
            "the model has " + std::to_string(record.files.size()) + " files, and hashes are claimed for single ones"});
        return {};
    }
    const std::filesystem::path& file = record.files.front().path;
    const auto metadata = readModelMetadata({record.path, file}, stop);
    if (!metadata)
        return fail(metadata.error());
    report.hashes = claimsOf(metadata->metadata);
    if (report.hashes.empty()) {
        report.checks.push_back({"hashes", CheckStatus::NotApplicable, {FindingWord::NoClaim},
            "neither the header nor a file beside it claims a hash"});
        return {};
    }
    const auto hashes = hashFile(requestFor(file, report.hashes), stop, PassProgress{report, progress});
    if (!hashes)
        return fail(hashes.error());
    enterComputed(report.hashes, *hashes);
    report.checks.push_back(outcomeOf(report.hashes));
    return {};
}

} // namespace weightroom::engine
