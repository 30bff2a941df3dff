// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an engine notices by itself, and when it answers without a scan.
#include "tests/model_engine/catalog/watcher/hung_file_system.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// An engine that watches its folder.
struct Rig : EngineRig {
    Rig() { watching = FolderWatching::On; }

    /// Scans until the answer needs no scan: the watch may have begun after the first.
    [[nodiscard]] bool becomesFresh()
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (std::chrono::steady_clock::now() < end) {
            const auto answer = scan();
            if (answer && answer->at("from_cache").get<bool>())
                return true;
        }
        return false;
    }
    /// Whether the answer came without a scan.
    [[nodiscard]] Result<bool> isFromCache(const Json& request = Json::object())
    {
        const auto answer = call("model.get_available_models", request);
        return answer ? answer->at("from_cache").get<bool>() : Result<bool>(fail(answer.error()));
    }
    /// Makes its folder one of ComfyUI that names another folder, with one model.
    void nameElsewhere() const
    {
        folder.write("models/folder_paths.py", "");
        folder.write("models/extra_model_paths.yaml", "a:\n  loras: " + (folder / "else").string() + "\n");
        writeElsewhere("a");
    }
    void writeElsewhere(const std::string& name) const
    {
        folder.write("else/" + name + ".safetensors", SafetensorsBuilder().tensor("weight", "F16", {8}).build());
    }
    /// Waits until the folder is watched like this, with so many sets of folders elsewhere that are watched likewise.
    [[nodiscard]] bool waitForWatch(Watching wanted, std::size_t outside = 0)
    {
        return waitFor([&](const EngineSnapshot& snapshot) {
            const FolderWatch& watch = snapshot.folderWatches.front();
            return watch.condition.watching == wanted && watch.outside.size() == outside
                && std::ranges::all_of(watch.outside,
                    [&](const OutsideWatch& elsewhere) { return elsewhere.condition.watching == wanted; });
        });
    }
    /// Waits until there is one model of this name, with this problem.
    [[nodiscard]] bool waitForModel(const std::string& name, ErrorCode problem = ErrorCode::Unknown)
    {
        return waitFor([&](const EngineSnapshot& snapshot) {
            if (snapshot.models.size() != 1 || snapshot.models.front().record->name != name)
                return false;
            const auto& found = snapshot.models.front().record->problem;
            return (found ? found->code : ErrorCode::Unknown) == problem;
        });
    }
};

} // namespace

class TestEngineWatching : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changesShowByThemselves();
    void anArrivingFileIsNotBroken();
    void answersWithoutAScanWhileNothingChanges();
    void otherQuestionsNeedAScan();
    void aScanIsOldAfterHalfAnHour();
    void withoutAWatchEachAnswerNeedsAScan();
    void watchesTheFoldersOfTheSettings();
    void watchesFoldersThatALayoutNames();
    void whatALayoutNoLongerNamesLeaves();
    void foldersOfALayoutAreWatchedFromTheStart();
    void tellsHowFoldersAreWatched();
    void aHungFolderIsNotScanned();
    void aHungFolderElsewhereIsLeftOut();
    void whatChangesByItselfIsAnAutomaticJob();
    void workersScanAndCount();
};

void TestEngineWatching::changesShowByThemselves()
{
    Rig rig;
    QVERIFY(rig.becomesFresh());
    const auto path = rig.write("a", kKiB);
    QVERIFY(rig.waitForModel("a"));
    const std::string id = rig.idOf("a");
    std::filesystem::rename(path, rig.folder / "models/b.safetensors");
    QVERIFY(rig.waitForModel("b"));
    QCOMPARE(rig.idOf("b"), id);
    std::filesystem::remove(rig.folder / "models/b.safetensors");
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) { return snapshot.models.empty(); }));
}

void TestEngineWatching::anArrivingFileIsNotBroken()
{
    Rig rig;
    QVERIFY(rig.becomesFresh());
    const std::string content = SafetensorsBuilder().tensor("weight", "F16", {512}).build();
    std::ofstream file{rig.folder / "models/a.safetensors", std::ios::binary};
    file.write(content.data(), 100).flush();
    QVERIFY(rig.waitForModel("a", ErrorCode::FileArriving));
    file.write(content.data() + 100, static_cast<std::streamsize>(content.size() - 100));
    file.close();
    QVERIFY(rig.waitForModel("a"));
}

void TestEngineWatching::answersWithoutAScanWhileNothingChanges()
{
    Rig rig;
    rig.write("a", kKiB);
    QVERIFY(rig.becomesFresh());
    const auto cached = rig.scan();
    VERIFY_RESULT(cached);
    QVERIFY(cached->at("from_cache").get<bool>());
    const auto scanned = rig.call("model.get_available_models", {{"refresh", "always"}});
    VERIFY_RESULT(scanned);
    QVERIFY(!scanned->at("from_cache").get<bool>());
    QVERIFY(cached->at("models") == scanned->at("models"));
    const Json& directory = cached->at("directories").at(0);
    QCOMPARE(directory.at("path").get<std::string>(), (rig.folder / "models").string());
    QCOMPARE(directory.at("watched_by").get<std::string>(), std::string{"inotify"});
    QCOMPARE(directory.at("files").get<int>(), 1);
    QVERIFY(rig.becomesFresh());
    rig.write("b", kKiB);
    const auto changed = rig.scan(); // right behind the change
    VERIFY_RESULT(changed);
    QCOMPARE(changed->at("models").size(), std::size_t{2});
}

void TestEngineWatching::otherQuestionsNeedAScan()
{
    Rig rig;
    const std::string models = (rig.folder / "models").string();
    for (const Json& request :
        {Json{{"refresh", "always"}}, Json{{"maximum_depth", 3}}, Json{{"include_subdirectories", false}},
            Json{{"file_extensions", {".gguf"}}}, Json{{"scan_directories", {models}}}}) {
        QVERIFY(rig.becomesFresh());
        const auto fromCache = rig.isFromCache(request);
        VERIFY_RESULT(fromCache);
        QVERIFY2(!*fromCache, writeJson(request).c_str());
    }
    QVERIFY(rig.becomesFresh());
    const auto asked = rig.isFromCache({{"scan_directories", {models}}, {"refresh", "if_needed"}});
    VERIFY_RESULT(asked);
    QVERIFY(*asked);
}

void TestEngineWatching::aScanIsOldAfterHalfAnHour()
{
    const auto clock = std::make_shared<ManualClock>();
    Rig rig;
    rig.clock = clock;
    QVERIFY(rig.becomesFresh());
    clock->advance(std::chrono::minutes{29});
    auto fromCache = rig.isFromCache();
    VERIFY_RESULT(fromCache);
    QVERIFY(*fromCache);
    clock->advance(std::chrono::minutes{1});
    fromCache = rig.isFromCache();
    VERIFY_RESULT(fromCache);
    QVERIFY(!*fromCache);
}

void TestEngineWatching::withoutAWatchEachAnswerNeedsAScan()
{
    EngineRig rig;
    for (int time = 0; time < 2; ++time) {
        const auto answer = rig.scan();
        VERIFY_RESULT(answer);
        QVERIFY(!answer->at("from_cache").get<bool>());
        QCOMPARE(answer->at("directories").at(0).at("watched_by").get<std::string>(), std::string{"none"});
    }
}

void TestEngineWatching::watchesTheFoldersOfTheSettings()
{
    Rig rig;
    QVERIFY(rig.becomesFresh());
    std::filesystem::create_directories(rig.folder / "other");
    const std::string other = (rig.folder / "other").string();
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"model_folders", {other}}}));
    QVERIFY(rig.becomesFresh());
    rig.folder.write("other/c.safetensors", SafetensorsBuilder().tensor("weight", "F16", {8}).build());
    QVERIFY(rig.waitForModel("c"));
}

void TestEngineWatching::watchesFoldersThatALayoutNames()
{
    Rig rig;
    rig.nameElsewhere();
    QVERIFY(rig.becomesFresh()); // nothing is walked while nothing changes
    QVERIFY(rig.waitForModel("a"));
    rig.writeElsewhere("b");
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) { return snapshot.models.size() == 2; }));
    QVERIFY(rig.becomesFresh());
    rig.writeElsewhere("c");
    const auto changed = rig.scan(); // right behind the change
    VERIFY_RESULT(changed);
    QCOMPARE(changed->at("models").size(), std::size_t{3});
}

void TestEngineWatching::whatALayoutNoLongerNamesLeaves()
{
    Rig rig;
    rig.nameElsewhere();
    rig.write("mine", kKiB);
    QVERIFY(rig.becomesFresh());
    QVERIFY(rig.waitForWatch(Watching::Inotify, 1));
    rig.folder.write("models/extra_model_paths.yaml", "a:\n"); // noticed as the models are
    QVERIFY(rig.waitForModel("mine"));
    QVERIFY(rig.waitForWatch(Watching::Inotify, 0));
    QVERIFY(rig.becomesFresh());
    rig.writeElsewhere("b");
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("from_cache").get<bool>()); // nobody looks there any more
    QCOMPARE(answer->at("models").size(), std::size_t{1});

    rig.nameElsewhere();
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) { return snapshot.models.size() == 3; }));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"model_folders", Json::array()}}));
    QVERIFY(rig.engine().snapshot()->models.empty()); // with the folder goes what it alone has named
    QVERIFY(rig.engine().snapshot()->folderWatches.empty());
}

void TestEngineWatching::foldersOfALayoutAreWatchedFromTheStart()
{
    Rig rig;
    rig.dataFolder = rig.folder / "data";
    rig.nameElsewhere();
    QVERIFY(rig.becomesFresh());
    rig.close();
    rig.engine(); // made anew; nobody asks it for a scan
    QVERIFY(rig.waitForModel("a"));
    QVERIFY(rig.waitForWatch(Watching::Inotify, 1));
    rig.writeElsewhere("b");
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) { return snapshot.models.size() == 2; }));
}

void TestEngineWatching::tellsHowFoldersAreWatched()
{
    Rig rig;
    rig.nameElsewhere();
    rig.watchProbe.kindOf = [](const std::filesystem::path&) { return FileSystemKind::Network; };
    rig.watchTiming.poll = std::chrono::hours{1};
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.waitForWatch(Watching::Polling, 1));
    const auto answer = rig.call("library.get_library_folders");
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("is_watching").get<bool>());
    const Json& folder = answer->at("folders").at(0);
    QCOMPARE(folder.at("path").get<std::string>(), (rig.folder / "models").string());
    QCOMPARE(folder.at("watching").get<std::string>(), std::string{"polling"});
    QCOMPARE(folder.at("polling_reason").get<std::string>(), std::string{"network-file-system"});
    QCOMPARE(folder.at("poll_interval_seconds").get<double>(), 3600.0);
    QVERIFY(folder.at("limit_name").is_null());
    QVERIFY(folder.at("limit").is_null());
    QVERIFY(folder.at("outside").at(0).at("folders") == Json::array({(rig.folder / "else").string()}));
    QCOMPARE(folder.at("outside").at(0).at("watching").get<std::string>(), std::string{"polling"});

    EngineRig unwatched;
    const auto none = unwatched.call("library.get_library_folders");
    VERIFY_RESULT(none);
    QVERIFY(!none->at("is_watching").get<bool>());
    QCOMPARE(none->at("folders").at(0).at("watching").get<std::string>(), std::string{"none"});
}

void TestEngineWatching::aHungFolderIsNotScanned()
{
    Rig rig;
    rig.write("a", kKiB);
    const std::filesystem::path hung = rig.folder / "hung";
    rig.folder.write("hung/b.safetensors", SafetensorsBuilder().tensor("weight", "F16", {8}).build());
    VERIFY_RESULT(rig.call("model.get_available_models", {{"scan_directories", {hung.string()}}})); // while it answers
    rig.close();
    const HungFileSystem network{hung};
    rig.settings.modelFolders.push_back(hung);
    rig.watchProbe = network.probe();
    rig.watchTiming.answer = std::chrono::milliseconds{20};
    rig.watchTiming.farewell = std::chrono::milliseconds{20};
    rig.engine();
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) {
        return snapshot.folderWatches.back().condition.watching == Watching::NotAnswering;
    }));
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("models").size(), std::size_t{1});
    const Json& problems = answer->at("folder_problems");
    QCOMPARE(problems.size(), std::size_t{1});
    QCOMPARE(problems.at(0).at("path").get<std::string>(), hung.string());
    QCOMPARE(problems.at(0).at("error").at("code").get<std::string>(), std::string{"not_answering"});
    VERIFY_ERROR(
        rig.call("model.get_available_models", {{"scan_directories", {hung.string()}}}), ErrorCode::NotAnswering);

    network.gate().open();
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) {
        return snapshot.folderWatches.back().condition.watching == Watching::Inotify;
    }));
    const auto later = rig.scan();
    VERIFY_RESULT(later);
    QCOMPARE(later->at("models").size(), std::size_t{2});
    QVERIFY(later->at("folder_problems").empty());
    rig.close();
    rig.watchProbe = {};
}

void TestEngineWatching::aHungFolderElsewhereIsLeftOut()
{
    Rig rig;
    rig.dataFolder = rig.folder / "data";
    rig.nameElsewhere();
    rig.write("mine", kKiB);
    QVERIFY(rig.becomesFresh());
    rig.close();
    const HungFileSystem network{rig.folder / "else"};
    rig.watchProbe = network.probe();
    rig.watchTiming.answer = std::chrono::milliseconds{20};
    rig.watchTiming.farewell = std::chrono::milliseconds{20};
    rig.engine();
    QVERIFY(rig.waitFor([](const EngineSnapshot& snapshot) {
        const std::vector<OutsideWatch>& outside = snapshot.folderWatches.front().outside;
        return outside.size() == 1 && outside.front().condition.watching == Watching::NotAnswering;
    }));
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("models").size(), std::size_t{2}); // what is known of it stays
    QCOMPARE(answer->at("folder_problems").at(0).at("path").get<std::string>(), (rig.folder / "else").string());
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{2});

    network.gate().open();
    QVERIFY(rig.waitForWatch(Watching::Inotify, 1));
    QVERIFY(rig.becomesFresh());
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{2});
    rig.close();
    rig.watchProbe = {};
}

void TestEngineWatching::whatChangesByItselfIsAnAutomaticJob()
{
    Rig rig;
    std::mutex mutex;
    std::map<JobOrigin, Json> changes;
    rig.onJob = [&](const JobSnapshot& job) {
        const std::lock_guard lock{mutex};
        if (job.state == JobState::Succeeded)
            changes[job.description.origin] = job.result.at("model_changes");
    };
    QVERIFY(rig.becomesFresh());
    rig.write("a", kKiB);
    QVERIFY(rig.waitForModel("a"));
    QVERIFY(Watch::waitUntil([&] {
        const std::lock_guard lock{mutex};
        return changes.contains(JobOrigin::Automatic);
    }));
    rig.close();
    QVERIFY(changes.at(JobOrigin::User) == (Json{{"added", 0}, {"changed", 0}, {"removed", 0}}));
    QVERIFY(changes.at(JobOrigin::Automatic) == (Json{{"added", 1}, {"changed", 0}, {"removed", 0}}));
}

void TestEngineWatching::workersScanAndCount()
{
    EngineRig rig;
    rig.write("a", kKiB);
    rig.folder.write("models/loras/broken.safetensors", "<!DOCTYPE html>");
    const auto counted = rig.call("worker.comprehensive_model_scan");
    VERIFY_RESULT(counted);
    QCOMPARE(counted->at("model_count").get<int>(), 1);
    QCOMPARE(counted->at("incompatible_model_count").get<int>(), 1);
    QVERIFY(counted->at("by_model_type") == (Json{{"unknown", 1}}));
    QVERIFY(counted->at("by_architecture") == (Json{{"unknown", 1}}));
    QCOMPARE(counted->at("directories").size(), std::size_t{1});
    QCOMPARE(counted->at("scan_statistics").at("files_read").get<int>(), 2);

    const auto one = rig.call("worker.scan_model_directory", {{"directory", (rig.folder / "models/loras").string()}});
    VERIFY_RESULT(one);
    QCOMPARE(one->at("files").get<int>(), 1);
    QCOMPARE(one->at("errors").get<int>(), 1);
    QCOMPARE(one->at("files_read").get<int>(), 0); // the other scan has read it
    QCOMPARE(one->at("model_ids").size(), std::size_t{1});
    VERIFY_ERROR(rig.call("worker.scan_model_directory", {{"directory", (rig.folder / "missing").string()}}),
        ErrorCode::NotFound);

    const auto found = rig.call("worker.discover_available_models");
    VERIFY_RESULT(found);
    QCOMPARE(found->at("models").size(), std::size_t{1});
    QCOMPARE(found->at("incompatible_models").size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestEngineWatching)
#include "test_engine_watching.moc"
