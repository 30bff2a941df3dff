// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"
#include "tests/model_engine/monitor/history/history_samples.h"
#include "tests/support/manual_clock.h"
#include "tests/support/quick_folder.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// A history in a folder of its own, and what is around it.
class HistoryRig {
public:
    [[nodiscard]] std::unique_ptr<engine::HistoryStore> open()
    {
        return std::make_unique<engine::HistoryStore>(m_folder.path(), m_clock, m_log);
    }
    [[nodiscard]] const TemporaryFolder& folder() const { return m_folder; }
    [[nodiscard]] std::filesystem::path file() const { return m_folder / "monitor.sqlite3"; }
    [[nodiscard]] ManualClock& clock() { return m_clock; }
    [[nodiscard]] const RecordingLog& log() const { return m_log; }

    /// Past the store, as another program would.
    [[nodiscard]] engine::Result<> execute(const std::string& sql) const
    {
        const auto database = engine::Database::open(file(), engine::DatabaseAccess::Write);
        return database ? database->execute(sql) : engine::Result<>(engine::fail(database.error()));
    }
    [[nodiscard]] engine::Result<std::int64_t> number(const std::string& sql) const
    {
        const auto database = engine::Database::open(file(), engine::DatabaseAccess::ReadOnly);
        return database ? database->number(sql) : engine::Result<std::int64_t>(engine::fail(database.error()));
    }

private:
    TemporaryFolder m_folder{quickFolder()};
    ManualClock m_clock;
    RecordingLog m_log;
};

inline engine::HistoryBatch samplesOf(std::vector<engine::MetricSample> samples)
{
    return {.samples = std::move(samples), .loads = {}, .alerts = {}};
}

} // namespace weightroom::test
