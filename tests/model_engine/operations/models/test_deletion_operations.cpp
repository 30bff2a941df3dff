// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

/// Through a real engine, with a trash of the test's own.
class TestDeletionOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { qputenv("XDG_DATA_HOME", m_dataHome); }
    void movesAModelToTheTrashAndBack();
    void saysWhatItWouldMove();
    void refusesWhatIsInMemory();
    void releasesWhatIsInMemoryOnRequest();
    void aFailedDeletionTakesNothingAway();
    void aFailedUndoCanBeTriedAgain();
    void undoesEachDeletionOnce();
    void reportsAMissingModel();
    void restoresOnlyIntoTheListWhatWasThere();

private:
    [[nodiscard]] Result<Json> remove(const std::string& id, Json fields = Json::object())
    {
        fields["model_id"] = id;
        return m_rig->call("model.delete_model", fields);
    }
    [[nodiscard]] Result<Json> restore(const Json& answer)
    {
        return m_rig->call("model.post_model_restore", {{"deletion_id", answer.at("deletion_id")}});
    }

    QByteArray m_dataHome = qgetenv("XDG_DATA_HOME");
    std::optional<EngineRig> m_rig;
    std::string m_hat;
    fs::path m_file;
};

void TestDeletionOperations::init()
{
    m_rig.emplace();
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString((m_rig->folder / "data").string()));
    fs::create_directories(m_rig->folder / "data");
    m_file = m_rig->write("hat", kMiB);
    m_rig->folder.write("models/hat.json", "{}");
    VERIFY_RESULT(m_rig->scan());
    m_hat = m_rig->idOf("hat");
}

void TestDeletionOperations::movesAModelToTheTrashAndBack()
{
    const auto deleted = remove(m_hat);
    VERIFY_RESULT(deleted);
    QVERIFY(!fs::exists(m_file));
    QVERIFY(!fs::exists(m_rig->folder / "models/hat.json"));
    QVERIFY(fs::exists(m_rig->folder / "data/Trash/files/hat.safetensors"));
    QCOMPARE(deleted->at("files").size(), std::size_t{2});
    QVERIFY(deleted->at("size_bytes").get<std::uint64_t>() > kMiB.value);
    QVERIFY(m_rig->idOf("hat").empty());
    QCOMPARE(m_rig->engine().snapshot()->deletions.size(), 1U);
    QCOMPARE(m_rig->engine().snapshot()->deletions.front().name, std::string{"hat"});

    const auto restored = restore(*deleted);
    VERIFY_RESULT(restored);
    QVERIFY(fs::exists(m_file));
    QVERIFY(fs::exists(m_rig->folder / "models/hat.json"));
    QCOMPARE(m_rig->idOf("hat"), m_hat);
    QVERIFY(m_rig->engine().snapshot()->deletions.empty());
    QVERIFY(fs::is_empty(m_rig->folder / "data/Trash/info"));
    VERIFY_RESULT(m_rig->load(m_hat)); // its file has other times now
}

void TestDeletionOperations::saysWhatItWouldMove()
{
    VERIFY_RESULT(m_rig->load(m_hat));
    const auto answer = remove(m_hat, {{"dry_run", true}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("files").size(), std::size_t{2});
    QCOMPARE(answer->at("in_memory").get<std::string>(), std::string{"HOST_0, cache"});
    QVERIFY(!answer->contains("deletion_id"));
    QVERIFY(fs::exists(m_file));
    QCOMPARE(m_rig->idOf("hat"), m_hat);
}

void TestDeletionOperations::refusesWhatIsInMemory()
{
    VERIFY_RESULT(m_rig->load(m_hat));
    const auto refused = remove(m_hat);
    VERIFY_ERROR(refused, ErrorCode::ModelInUse);
    QVERIFY(refused.error().detail.ends_with("HOST_0, cache"));
    QVERIFY(fs::exists(m_file));
    QVERIFY(m_rig->heldOn(0) > Bytes{});
}

void TestDeletionOperations::releasesWhatIsInMemoryOnRequest()
{
    VERIFY_RESULT(m_rig->load(m_hat));
    VERIFY_RESULT(remove(m_hat, {{"when_in_memory", "release"}}));
    QCOMPARE(m_rig->heldOn(0), Bytes{});
    QCOMPARE(m_rig->heldInCache(), Bytes{});
    QCOMPARE(m_rig->wrongSnapshot(), std::string{});
}

void TestDeletionOperations::aFailedDeletionTakesNothingAway()
{
    // Everybody may read here and nobody but the owner can make a trash.
    fs::permissions(m_rig->folder.path(), fs::perms{0755});
    m_rig->close();
    const UnprivilegedFiles unprivileged;
    VERIFY_RESULT(m_rig->scan());
    VERIFY_RESULT(m_rig->load(m_hat));
    const auto failed = remove(m_hat, {{"when_in_memory", "release"}});
    VERIFY_ERROR(failed, ErrorCode::Unsupported);
    QVERIFY(fs::exists(m_file));
    QVERIFY(m_rig->heldOn(0) > Bytes{});
    QCOMPARE(m_rig->idOf("hat"), m_hat);
    QVERIFY(m_rig->engine().snapshot()->deletions.empty());
}

void TestDeletionOperations::aFailedUndoCanBeTriedAgain()
{
    const auto deleted = remove(m_hat);
    VERIFY_RESULT(deleted);
    m_rig->folder.write("models/hat.safetensors", "something else");
    VERIFY_ERROR(restore(*deleted), ErrorCode::AlreadyExists);
    fs::remove(m_file);
    VERIFY_RESULT(restore(*deleted));
    QCOMPARE(m_rig->idOf("hat"), m_hat);
}

void TestDeletionOperations::undoesEachDeletionOnce()
{
    const auto deleted = remove(m_hat);
    VERIFY_RESULT(deleted);
    VERIFY_RESULT(restore(*deleted));
    const auto again = restore(*deleted);
    VERIFY_ERROR(again, ErrorCode::InvalidValue);
    QCOMPARE(again.error().context.field, std::string{"deletion_id"});
}

void TestDeletionOperations::reportsAMissingModel()
{
    VERIFY_ERROR(remove("nobody"), ErrorCode::ModelNotFound);
    fs::remove(m_file);
    VERIFY_ERROR(remove(m_hat), ErrorCode::NotFound);
}

void TestDeletionOperations::restoresOnlyIntoTheListWhatWasThere()
{
    const auto deleted = remove(m_hat);
    VERIFY_RESULT(deleted);
    fs::remove_all(m_rig->folder / "data/Trash/files");
    VERIFY_ERROR(restore(*deleted), ErrorCode::NotFound);
    QVERIFY(m_rig->idOf("hat").empty());
}

QTEST_APPLESS_MAIN(TestDeletionOperations)
#include "test_deletion_operations.moc"
