// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "model_engine/core/files/file.h"
#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

constexpr std::int64_t kSeries = 5;

/// The batch `number`, from 1: the same value for all series, one load and one alert. Three share a second, and the
/// hours of a test are some.
HistoryBatch batchOf(std::int64_t number)
{
    const seconds at = 7s * (number / 3);
    HistoryBatch batch{
        .samples = {}, .loads = {loadAt(at)}, .alerts = {alertAt(at, static_cast<std::uint64_t>(number))}};
    for (int series = 0; series < kSeries; ++series)
        batch.samples.push_back(
            sampleAt(at, static_cast<double>(number), {Metric::Power, {"GPU_" + std::to_string(series)}}));
    return batch;
}

/// A process that writes batches without end, and tells the number of each that was written.
class Writer {
public:
    Writer(HistoryRig& rig, std::int64_t first)
    {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
            return;
        m_news = UniqueFd{pipe[0]};
        const UniqueFd tell{pipe[1]};
        m_process = ::fork();
        if (m_process == 0)
            write(rig, first, tell.get());
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() { kill(); }

    /// Waits for the next number; false when there will be none.
    bool hear()
    {
        std::int64_t number = 0;
        if (::read(m_news.get(), &number, sizeof number) != sizeof number)
            return false;
        m_heard = number;
        return true;
    }

    /// The last number that was told; nothing of the process is left. -1: it had ended by itself.
    std::int64_t kill()
    {
        if (m_process <= 0)
            return m_heard;
        ::kill(m_process, SIGKILL);
        int status = 0;
        ::waitpid(m_process, &status, 0);
        m_process = 0;
        while (hear()) { }
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? m_heard : -1;
    }

private:
    [[noreturn]] static void write(HistoryRig& rig, std::int64_t first, int tell)
    {
        const auto store = rig.open();
        for (std::int64_t number = first;; ++number) {
            if (!store->write(batchOf(number)) || ::write(tell, &number, sizeof number) != sizeof number)
                ::_exit(1);
        }
    }

    pid_t m_process = 0;
    UniqueFd m_news;
    std::int64_t m_heard = 0;
};

/// How many batches are there; what is not as it must be, as an error.
Result<std::int64_t> wholeBatches(const HistoryRig& rig)
{
    const auto database = Database::open(rig.file(), DatabaseAccess::ReadOnly);
    if (!database)
        return fail(database.error());
    const auto number = [&](const std::string& sql) { return database->number(sql).value_or(-1); };
    const std::int64_t batches = number("SELECT count(*) FROM load");
    const std::string all = std::to_string(batches);
    // All numbers from 1 on are there once, in each step of each series.
    const std::int64_t series = number("SELECT count(*) FROM (SELECT 1 FROM point GROUP BY step, series_id HAVING"
                                       " sum(count) = "
        + all + " AND sum(sum) = " + all + " * (" + all + " + 1) / 2 AND min(minimum) = 1 AND max(maximum) = " + all
        + ")");
    const std::int64_t alerts = number("SELECT count(*) FROM alert WHERE number <= " + all);
    const std::int64_t checked = number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'");
    if (checked == 1 && alerts == batches && (series == 3 * kSeries || batches == 0))
        return batches;
    return fail(ErrorCode::Internal,
        all + " loads, " + std::to_string(alerts) + " alerts, " + std::to_string(series) + " whole series");
}

/// Some time of the processor, to be in another place of the work each time.
void spin(int rounds)
{
    static std::atomic<int> counter;
    for (int round = 0; round < rounds; ++round)
        counter.fetch_add(1);
}

} // namespace

class TestHistoryCrash : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsWholeBatchesThroughKills();
    void letsOneProcessWrite();
};

void TestHistoryCrash::keepsWholeBatchesThroughKills()
{
    constexpr int kKills = 400;
    constexpr int kKillsOfAFile = 50; // then a new one: it is killed while it is made, too
    std::mt19937 random{20261127};
    const auto below = [&](int end) { return std::uniform_int_distribution{0, end - 1}(random); };
    std::unique_ptr<HistoryRig> rig;
    std::int64_t written = 0;
    int partly = 0; // killed between a write and its news
    for (int kills = 0; kills < kKills; ++kills) {
        if (kills % kKillsOfAFile == 0) {
            rig = std::make_unique<HistoryRig>();
            written = 0;
        }
        Writer writer{*rig, written + 1};
        // Now and then long enough for the log to be brought into the file.
        for (int heard = below(kills % 20 == 0 ? 300 : 6); heard > 0; --heard)
            QVERIFY(writer.hear());
        spin(below(400'000));
        const std::int64_t told = std::max(writer.kill(), written);
        VERIFY_RESULT(rig->open()->alerts(1)); // the next start
        const auto batches = wholeBatches(*rig);
        VERIFY_RESULT(batches);
        QVERIFY2(*batches == told || *batches == told + 1, std::to_string(kills).c_str());
        partly += *batches != told ? 1 : 0;
        written = *batches;
        for (const std::string& name : rig->folder().entries())
            QVERIFY2(name.find("damaged") == std::string::npos, name.c_str());
    }
    QCOMPARE(rig->log().count(LogLevel::Warning, ""), std::size_t{0});
    qInfo("%d of %d kills came between a write and its news", partly, kKills);
}

void TestHistoryCrash::letsOneProcessWrite()
{
    HistoryRig rig;
    Writer writer{rig, 1};
    QVERIFY(writer.hear());
    const auto store = rig.open();
    VERIFY_ERROR(store->write(batchOf(1)), ErrorCode::FileInUse);
    VERIFY_ERROR(store->prune({}), ErrorCode::FileInUse);
    const auto seen = store->loads(kAllTime);
    VERIFY_RESULT(seen);
    QVERIFY(!seen->empty());
    const std::int64_t told = writer.kill();
    QVERIFY(told > 0);
    const auto batches = wholeBatches(rig);
    VERIFY_RESULT(batches);
    VERIFY_RESULT(store->write(batchOf(*batches + 1)));
    QCOMPARE(wholeBatches(rig).value_or(-1), *batches + 1);
}

QTEST_APPLESS_MAIN(TestHistoryCrash)
#include "test_history_crash.moc"
