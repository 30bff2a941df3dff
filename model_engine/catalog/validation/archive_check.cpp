// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/archive_check.h"

#include "model_engine/catalog/metadata/digest.h"
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/zip_entries.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr Bytes kBlock = kMiB;

class ArchiveCheck {
public:
    ArchiveCheck(
        const ByteSource& source, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop)
        : m_source(source)
        , m_report(report)
        , m_progress(progress)
        , m_stop(stop)
    {
    }

    /// The number of entries, and the names of those that are damaged.
    struct Outcome {
        std::uint64_t entries = 0;
        std::uint64_t damaged = 0;
        std::vector<std::string> names; ///< of the first ones
    };

    [[nodiscard]] Result<> run(Outcome& outcome)
    {
        auto directory = readZipDirectory(m_source);
        if (!directory)
            return fail(std::move(directory).error());
        if (auto located = locateZipEntries(m_source, *directory); !located)
            return located;
        for (const ZipEntry& entry : directory->entries)
            m_progress.expect(entry.data.size);
        for (const ZipEntry& entry : directory->entries) {
            const auto crc = crcOf(entry);
            if (!crc)
                return fail(crc.error());
            ++outcome.entries;
            if (*crc == entry.crc)
                continue;
            if (outcome.damaged++ < kMostFindingNames)
                outcome.names.push_back(entry.name);
        }
        return {};
    }

private:
    [[nodiscard]] Result<std::uint32_t> crcOf(const ZipEntry& entry)
    {
        auto digest = makeCrc32();
        if (!digest)
            return fail(std::move(digest).error());
        for (std::uint64_t done = 0; done < entry.data.size.value;) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "cancelled while checksums were checked");
            const auto block = std::span{m_block}.first(std::min(kBlock.value, entry.data.size.value - done));
            if (auto read = m_source.readAt(entry.data.begin + done, block); !read)
                return fail(std::move(read).error());
            if (auto updated = (*digest)->update(block); !updated)
                return fail(std::move(updated).error());
            done += block.size();
            m_report.read += Bytes{block.size()};
            m_progress.advance(Bytes{block.size()});
        }
        return finish(**digest);
    }

    [[nodiscard]] static Result<std::uint32_t> finish(Digest& digest)
    {
        const auto digits = digest.finish();
        if (!digits)
            return fail(digits.error());
        constexpr int kHexadecimal = 16;
        std::uint32_t crc = 0;
        std::from_chars(digits->data(), digits->data() + digits->size(), crc, kHexadecimal);
        return crc;
    }

    const ByteSource& m_source;
    ValidationReport& m_report;
    const ByteProgress& m_progress;
    const std::stop_token& m_stop;
    std::vector<std::byte> m_block = std::vector<std::byte>(kBlock.value);
};

/// Of a file that a reader has accepted: an archive, then.
Result<bool> beginsLikeZip(const ByteSource& source)
{
    constexpr std::array kMark{std::byte{'P'}, std::byte{'K'}};
    std::array<std::byte, kMark.size()> beginning{};
    if (auto read = source.readAt(0, beginning); !read)
        return fail(std::move(read).error());
    return beginning == kMark;
}

ValidationCheck outcomeOf(const ArchiveCheck::Outcome& outcome)
{
    if (outcome.entries == 0)
        return {"checksums", CheckStatus::NotApplicable, {FindingWord::NoChecksums}, "its format has no checksums"};
    const std::string entries = std::to_string(outcome.entries);
    if (outcome.damaged == 0)
        return {"checksums", CheckStatus::Passed, {FindingWord::ChecksumsEqual, {{"entries", outcome.entries}}},
            "the archive's " + entries + " entries have their checksums"};
    CheckFinding finding{
        FindingWord::ChecksumsDiffer, {{"entries", outcome.entries}, {"damaged", outcome.damaged}}, outcome.names};
    return {"checksums", CheckStatus::Failed, std::move(finding),
        std::to_string(outcome.damaged) + " of the archive's " + entries
            + " entries differ from their checksums, first " + quotedName(outcome.names.front())};
}

} // namespace

Result<> checkArchives(const ModelRecord& record, const OpenedModel& model, ValidationReport& report,
    const ByteProgress& progress, const std::stop_token& stop)
{
    ArchiveCheck::Outcome outcome;
    for (std::size_t file = 0; file < record.files.size(); ++file) {
        const ByteSource& source = model.files.source(file);
        const auto isZip = beginsLikeZip(source);
        if (!isZip)
            return fail(isZip.error());
        if (!*isZip)
            continue;
        if (auto checked = ArchiveCheck{source, report, progress, stop}.run(outcome); !checked)
            return checked;
    }
    report.checks.push_back(outcomeOf(outcome));
    return model.files.checkUnchanged();
}

} // namespace weightroom::engine
