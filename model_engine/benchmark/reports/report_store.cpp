// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_store.h"

#include "model_engine/benchmark/reports/statistics.h"
#include "model_engine/core/files/new_file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::string_view kExtension = ".json";

tl::unexpected<Error> notFound(const BenchmarkId& id)
{
    return fail(
        ErrorCode::BenchmarkNotFound, "there is no benchmark report '" + toValidUtf8(id.text) + "'", {.field = "id"});
}

Result<> makeFolder(const std::filesystem::path& folder)
{
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        return fail(systemError(failed.value(), "create the folder", folder));
    return {};
}

/// What would be kept: read back first, so that no report is written that nobody can read.
Result<std::string> textOf(const BenchmarkReport& report)
{
    std::string text = writeJson(toJson(report), 1) + "\n";
    if (text.size() > kLargestReport.value)
        return fail(ErrorCode::InvalidValue, "the benchmark report takes " + toText(Bytes{text.size()}),
            {.required = Bytes{text.size()}, .available = kLargestReport});
    if (auto read = readBenchmarkReport(text); !read)
        return fail(std::move(read).error());
    return text;
}

Error withPath(Error error, const std::filesystem::path& file)
{
    error.detail = "'" + file.string() + "' cannot be used: " + error.detail;
    error.context.path = file.string();
    return error;
}

} // namespace

ReportHead headOf(const BenchmarkReport& report)
{
    ReportHead head{
        .id = report.id,
        .startedAt = report.startedAt,
        .end = report.end,
        .settings = report.settings,
        .machine = report.machine,
        .models = {},
    };
    for (const ModelBenchmark& model : report.models) {
        const StageResult* whole = model.find(BenchmarkStage::Whole);
        const bool isMeasured = whole && !whole->measurements.empty();
        head.models.push_back({model.model, isMeasured ? std::optional{medianOf(whole->seconds())} : std::nullopt});
    }
    return head;
}

Json toJson(const ReportHead& head)
{
    Json models = Json::array();
    for (const ReportHead::Model& model : head.models)
        models.push_back({{"name", toValidUtf8(model.model.name)},
            {"whole_seconds", model.wholeSeconds ? Json(*model.wholeSeconds) : Json()}});
    return {
        {"id", head.id.text},
        {"started_at", toIsoText(head.startedAt, IsoPrecision::Milliseconds)},
        {"end", toText(head.end)},
        {"device_id", head.settings.device.text},
        {"device_name", head.machine.device ? head.machine.device->name : std::string{}},
        {"precision", toText(head.settings.precision.precision)},
        {"temperature", toText(head.settings.temperature)},
        {"iterations", head.settings.iterations},
        {"version", head.machine.version},
        {"models", std::move(models)},
    };
}

ReportStore::ReportStore(std::filesystem::path folder, std::size_t most)
    : m_folder(std::move(folder))
    , m_most(most)
{
}

Result<ReportRemoval> ReportStore::save(const BenchmarkReport& report) const
{
    if (m_folder.empty())
        return fail(ErrorCode::Unsupported, "this engine has no folder for benchmark reports");
    const auto text = textOf(report);
    if (!text)
        return fail(text.error());
    if (auto made = makeFolder(m_folder); !made)
        return fail(std::move(made).error());
    auto file = NewFile::create(fileOf(report.id));
    if (!file)
        return fail(std::move(file).error());
    if (auto written = file->append(std::as_bytes(std::span{*text})); !written)
        return fail(std::move(written).error());
    if (auto named = file->commit(IfExists::Refuse); !named)
        return fail(std::move(named).error());
    return removeOldestBeside(report.id);
}

Result<std::vector<StoredReport>> ReportStore::list() const
{
    auto all = ids();
    if (!all)
        return fail(std::move(all).error());
    std::vector<StoredReport> reports;
    for (auto id = all->rbegin(); id != all->rend(); ++id) {
        auto report = load(*id);
        if (report)
            reports.push_back({*id, headOf(*report)});
        else if (report.error().code != ErrorCode::BenchmarkNotFound) // removed this very moment
            reports.push_back({*id, fail(std::move(report).error())});
    }
    return reports;
}

Result<BenchmarkReport> ReportStore::load(const BenchmarkId& id) const
{
    if (m_folder.empty() || !isBenchmarkId(id))
        return notFound(id);
    const std::filesystem::path file = fileOf(id);
    const auto text = readSmallFile(file, kLargestReport);
    if (!text)
        return text.error().code == ErrorCode::NotFound ? notFound(id) : fail(text.error());
    auto report = readBenchmarkReport(*text);
    if (!report)
        return fail(withPath(std::move(report).error(), file));
    if (report->id != id)
        return fail(
            withPath({ErrorCode::InvalidValue, "it is the report '" + report->id.text + "'", {.field = "id"}}, file));
    return report;
}

Result<> ReportStore::remove(const BenchmarkId& id) const
{
    if (m_folder.empty() || !isBenchmarkId(id))
        return notFound(id);
    if (::unlink(fileOf(id).c_str()) == 0)
        return {};
    if (errno == ENOENT)
        return notFound(id);
    return fail(systemError(errno, "remove", fileOf(id)));
}

std::filesystem::path ReportStore::fileOf(const BenchmarkId& id) const
{
    return m_folder / (id.text + std::string{kExtension});
}

Result<std::vector<BenchmarkId>> ReportStore::ids() const
{
    std::vector<BenchmarkId> all;
    std::error_code failed;
    std::filesystem::directory_iterator entry{m_folder, failed};
    for (; !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
        const std::filesystem::path name = entry->path().filename();
        const BenchmarkId id{name.stem().string()};
        if (name.extension() == kExtension && isBenchmarkId(id))
            all.push_back(id);
    }
    if (failed && failed != std::errc::no_such_file_or_directory)
        return fail(systemError(failed.value(), "list the folder", m_folder));
    std::ranges::sort(all);
    return all;
}

ReportRemoval ReportStore::removeOldestBeside(const BenchmarkId& saved) const
{
    ReportRemoval removal;
    auto all = ids();
    if (!all) {
        removal.problem = std::move(all).error();
        return removal;
    }
    std::erase(*all, saved); // which a clock that is wrong may make the oldest
    for (std::size_t i = 0; i + m_most < all->size() + 1; ++i) {
        auto removed = remove((*all)[i]);
        if (removed)
            removal.removed.push_back((*all)[i]);
        else if (removed.error().code != ErrorCode::BenchmarkNotFound) // another process was faster
            removal.problem = std::move(removed).error();
    }
    return removal;
}

} // namespace weightroom::engine
