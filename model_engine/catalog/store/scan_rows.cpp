// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/scan_rows.h"

#include "model_engine/core/json.h"

#include <algorithm>
#include <iterator>

namespace weightroom::engine {
namespace {

/// As long as a scan counts as fresh: a scan that finds nothing new writes nothing.
constexpr std::chrono::minutes kWorthWriting{30};

Json documentOf(const DirectoryScan& scan)
{
    const ScanStatistics& statistics = scan.statistics;
    Json outside = Json::array();
    for (const std::filesystem::path& folder : scan.outside)
        outside.push_back(folder.native());
    return {
        {"outside_directories", std::move(outside)},
        {"folders", statistics.folders},
        {"files", statistics.files},
        {"files_read", statistics.filesRead},
        {"errors", statistics.errors},
        {"size_bytes", statistics.bytes.value},
        {"elapsed_seconds", statistics.elapsed.count()},
        {"finished_at",
            std::chrono::duration_cast<std::chrono::seconds>(statistics.finishedAt.time_since_epoch()).count()},
    };
}

Result<DirectoryScan> scanFrom(std::filesystem::path directory, const std::string& text)
try {
    const auto document = parseJson(text);
    if (!document)
        return fail(document.error());
    DirectoryScan scan{.directory = std::move(directory), .statistics = {}};
    for (const Json& folder : document->at("outside_directories"))
        scan.outside.emplace_back(folder.get<std::string>());
    ScanStatistics& statistics = scan.statistics;
    statistics.folders = document->at("folders").get<std::uint64_t>();
    statistics.files = document->at("files").get<std::uint64_t>();
    statistics.filesRead = document->at("files_read").get<std::uint64_t>();
    statistics.errors = document->at("errors").get<std::uint64_t>();
    statistics.bytes = Bytes{document->at("size_bytes").get<std::uint64_t>()};
    statistics.elapsed = std::chrono::duration<double>{document->at("elapsed_seconds").get<double>()};
    statistics.finishedAt = Clock::Wall{std::chrono::seconds{document->at("finished_at").get<std::int64_t>()}};
    return scan;
} catch (const Json::exception& error) {
    return fail(ErrorCode::InvalidJson, error.what());
}

bool saysNew(const DirectoryScan& beforeScan, const DirectoryScan& afterScan)
{
    const ScanStatistics& before = beforeScan.statistics;
    const ScanStatistics& after = afterScan.statistics;
    const bool sameFigures = before.folders == after.folders && before.files == after.files
        && before.errors == after.errors && before.bytes == after.bytes;
    return !sameFigures || beforeScan.outside != afterScan.outside
        || after.finishedAt - before.finishedAt >= kWorthWriting;
}

} // namespace

Result<StoredScans> readScans(const Database& database)
{
    auto select = database.prepare("SELECT path, document FROM folder_scan");
    if (!select)
        return fail(std::move(select).error());
    StoredScans scans;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return scans;
        const auto bytes = select->blob(0);
        const std::filesystem::path path = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (auto scan = scanFrom(path, select->text(1)))
            scans.emplace(path, std::move(*scan));
    }
}

Result<> writeScan(const Database& database, const DirectoryScan& scan)
{
    auto insert = database.prepare("INSERT OR REPLACE INTO folder_scan(path, document) VALUES(?1, ?2)");
    if (!insert)
        return fail(std::move(insert).error());
    insert->bindBlob(1, std::as_bytes(std::span{scan.directory.native()}));
    return insert->bindText(2, writeJson(documentOf(scan))).run();
}

std::vector<DirectoryScan> scansToWrite(const StoredScans& rows, std::span<const DirectoryScan> scans)
{
    std::vector<DirectoryScan> written;
    std::ranges::copy_if(scans, std::back_inserter(written), [&](const DirectoryScan& scan) {
        const auto row = rows.find(scan.directory);
        return row == rows.end() || saysNew(row->second, scan);
    });
    return written;
}

} // namespace weightroom::engine
