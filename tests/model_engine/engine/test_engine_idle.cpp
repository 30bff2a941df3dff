// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// A rig whose engine works in idle time, which comes when the test's clock says so.
class IdleRig : public EngineRig {
public:
    IdleRig()
    {
        idleWork = IdleWork::On;
        clock = m_clock;
        dataFolder = folder / "data";
    }
    ~IdleRig() { close(); }

    void advance(ManualClock::Duration duration) { m_clock->advance(duration); }
    [[nodiscard]] std::optional<HashingProgress> progress() { return engine().snapshot()->hashing; }
    /// Whether all that can be hashed is; time goes by with each look.
    [[nodiscard]] bool isDone(std::uint64_t files)
    {
        advance(1min);
        return progress() == HashingProgress{files, files};
    }
    /// Whether anything is known of the model's present file. Asks nothing, which would be work.
    [[nodiscard]] bool isKnown(const std::string& name)
    {
        const EngineSnapshotPtr now = engine().snapshot();
        const auto model = findModel(*now, ModelId{idOf(name)});
        return model && !hashesNow(*(*model)->record, (*model)->hashes.get()).front().isEmpty();
    }
    /// The known hashes of a model's only file: "sha256 computed", "sha256 hub blob name", … with their values.
    [[nodiscard]] std::map<std::string, std::string> known(
        const std::string& name, const std::string& operation = "model.get_model")
    {
        std::map<std::string, std::string> hashes;
        const auto answer = call(operation, {{"model_id", idOf(name)}});
        if (!answer)
            return hashes;
        for (const Json& row : answer->at("known_hashes").at(0).at("hashes")) {
            const std::string key = row.at("algorithm").get<std::string>() + " " + row.at("source").get<std::string>();
            hashes[key] = row.at("value").get<std::string>();
        }
        return hashes;
    }

private:
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
};

/// What somebody who asks for it gets.
std::string computed(IdleRig& rig, const std::string& name, const char* algorithm)
{
    const auto answer = rig.call("model.get_model_hashes", {{"model_id", rig.idOf(name)}});
    return answer ? answer->at("files").at(0).at("hashes").at(algorithm).get<std::string>() : std::string{};
}

} // namespace

/// What an engine does while nobody wants anything of it.
class TestEngineIdle : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesHashesInIdleTime();
    void waitsForTheEndOfAllWork();
    void isNoJob();
    void keepsWhatItHasTaken();
    void takesThemAnewWhenAFileChanges();
    void doesNothingWhenItIsSwitchedOff();
    void doesNothingUnlessTheEngineIsToldTo();
    void passesOverWhatCannotBeRead();
    void knowsTheNamesOfBlobsAtOnce();
    void endsInTheMiddleOfAFile();
    void keepsWhatSomebodyAskedFor();
};

void TestEngineIdle::takesHashesInIdleTime()
{
    IdleRig rig;
    rig.write("hat", kMiB * 3);
    rig.write("beret", kKiB);
    rig.folder.write("models/broken.safetensors", "<html>");
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.known("hat").empty());
    QTRY_VERIFY(rig.isDone(2)); // without the broken one
    const auto known = rig.known("hat");
    QCOMPARE(known.size(), std::size_t{6});
    QCOMPARE(rig.known("beret").size(), std::size_t{5}); // too short for AutoV1
    QVERIFY(rig.known("hat", "model.get_model_metadata") == known);
    for (const char* algorithm : {"sha256", "tensor_sha256", "autov1", "autov2", "autov3", "crc32"})
        QCOMPARE(known.at(std::string{algorithm} + " computed"), computed(rig, "hat", algorithm));
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QCOMPARE(writeJson(status->at("hashing")), std::string{R"({"files_done":2,"files_total":2})"});
}

void TestEngineIdle::waitsForTheEndOfAllWork()
{
    IdleRig rig;
    rig.write("hat", kKiB);
    Gate gate;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.state == JobState::Running)
            gate.pass();
    };
    std::jthread scan{[&] { QVERIFY(rig.scan().has_value()); }};
    gate.waitForArrivals();
    rig.advance(1h);
    QVERIFY(!rig.progress()); // not even looked
    gate.open();
    scan.join();
    QTRY_VERIFY(rig.isDone(1));
}

void TestEngineIdle::isNoJob()
{
    IdleRig rig;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    const std::size_t jobs = rig.engine().jobs().size();
    QTRY_VERIFY(rig.isDone(1));
    QCOMPARE(rig.engine().jobs().size(), jobs);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineIdle::keepsWhatItHasTaken()
{
    IdleRig rig;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    QTRY_VERIFY(rig.isDone(1));
    const auto before = rig.known("hat");
    rig.close();
    rig.idleWork = IdleWork::Off; // so that nobody takes them anew
    VERIFY_RESULT(rig.scan());
    QCOMPARE(before.size(), std::size_t{5});
    QVERIFY(rig.known("hat") == before);
    // Where its name changes, the bytes are the same.
    std::filesystem::rename(rig.folder / "models/hat.safetensors", rig.folder / "models/cap.safetensors");
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.known("cap") == before);
}

void TestEngineIdle::takesThemAnewWhenAFileChanges()
{
    IdleRig rig;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    QTRY_VERIFY(rig.isDone(1));
    const auto before = rig.known("hat");
    rig.write("hat", kKiB * 2);
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.known("hat").empty());
    QTRY_VERIFY(rig.isDone(1) && rig.isKnown("hat"));
    QVERIFY(rig.known("hat").at("sha256 computed") != before.at("sha256 computed"));
}

void TestEngineIdle::doesNothingWhenItIsSwitchedOff()
{
    IdleRig rig;
    rig.settings.hashWhenIdle = false;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    rig.advance(1h);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"hash_when_idle", true}}));
    QTRY_VERIFY(rig.isDone(1));
    rig.write("cap", kKiB);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"hash_when_idle", false}}));
    VERIFY_RESULT(rig.scan());
    QTRY_VERIFY((rig.advance(1min), !rig.progress()));
    QVERIFY(rig.known("cap").empty());
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QVERIFY(status->at("hashing").is_null());
}

void TestEngineIdle::doesNothingUnlessTheEngineIsToldTo()
{
    IdleRig rig;
    rig.idleWork = IdleWork::Off; // as for one command of weightroomctl
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    rig.advance(1h);
    VERIFY_RESULT(rig.scan());
    QVERIFY(!rig.progress());
    QVERIFY(rig.known("hat").empty());
}

void TestEngineIdle::passesOverWhatCannotBeRead()
{
    IdleRig rig;
    const auto gone = rig.write("gone", kKiB);
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    std::filesystem::remove(gone); // no scan has told
    QTRY_VERIFY((rig.advance(1min), rig.progress() == HashingProgress{1, 2}));
    QVERIFY(!rig.known("hat").empty());
    QVERIFY(rig.known("gone").empty());
}

void TestEngineIdle::knowsTheNamesOfBlobsAtOnce()
{
    IdleRig rig;
    const std::string name(64, 'a');
    const std::string weights = SafetensorsBuilder().tensor("x", "F16", {3}).build();
    rig.folder.write("models/models--org--hat/blobs/" + name, weights);
    const auto snapshot = rig.folder / "models/models--org--hat/snapshots/0123";
    std::filesystem::create_directories(snapshot);
    std::filesystem::create_symlink("../../blobs/" + name, snapshot / "hat.safetensors");
    VERIFY_RESULT(rig.scan());
    const std::string model = rig.engine().snapshot()->models.front().record->name;
    const auto asked = rig.known(model, "model.get_model_metadata");
    QCOMPARE(asked.size(), std::size_t{1});
    QCOMPARE(asked.at("sha256 hub blob name"), name);
    QTRY_VERIFY(rig.isDone(1));
    const auto known = rig.known(model);
    QCOMPARE(known.at("sha256 hub blob name"), name); // what is claimed,
    QVERIFY(known.at("sha256 computed") != name); // beside what is
    const auto checked = rig.call("model.post_model_validate", {{"model_id", rig.idOf(model)}, {"check_hashes", true}});
    VERIFY_RESULT(checked);
    QVERIFY(!checked->at("is_valid").get<bool>());
    QCOMPARE(checked->at("hashes").at(0).at("source").get<std::string>(), std::string{"hub blob name"});
    QVERIFY(!checked->at("hashes").at(0).at("is_equal").get<bool>());
}

void TestEngineIdle::endsInTheMiddleOfAFile()
{
    // Half an hour of hashing, in a file that takes no room on the disk.
    constexpr std::uint64_t kGiant = 256 * kGiB.value;
    IdleRig rig;
    const std::string header = SafetensorsBuilder().entry("x", "U8", {kGiant}, 0, kGiant).build();
    const auto file = rig.folder.write("models/giant.safetensors", header);
    std::filesystem::resize_file(file, header.size() + kGiant);
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.engine().snapshot()->models.front().record->isUsable());
    QTRY_VERIFY((rig.advance(1min), rig.progress() == HashingProgress{0, 1}));
    VERIFY_RESULT(rig.scan()); // work goes on as ever
    rig.advance(1min);
    rig.close(); // and returns
}

void TestEngineIdle::keepsWhatSomebodyAskedFor()
{
    IdleRig rig;
    rig.idleWork = IdleWork::Off;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.get_model_hashes", {{"model_id", rig.idOf("hat")}, {"algorithms", {"crc32"}}}));
    QCOMPARE(rig.known("hat").size(), std::size_t{1});
    VERIFY_RESULT(rig.call("model.get_model_hashes", {{"model_id", rig.idOf("hat")}, {"algorithms", {"autov2"}}}));
    QCOMPARE(rig.known("hat").size(), std::size_t{2});
    rig.close();
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.known("hat").size(), std::size_t{2});
}

QTEST_APPLESS_MAIN(TestEngineIdle)
#include "test_engine_idle.moc"
