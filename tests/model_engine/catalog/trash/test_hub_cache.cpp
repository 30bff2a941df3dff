// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/hub_cache.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

class TestHubCache : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void knowsARevisionByItsFolders();
    void takesOtherFoldersForWhatTheyAre();
    void tellsUnusedBlobsFromSharedOnes();
    void looksIntoFoldersOfASnapshot();
    void findsTheRefsOfARevision();
    void reportsAMissingRepository();

private:
    [[nodiscard]] fs::path repository() const { return *m_folder / "hub/models--org--name"; }
    fs::path link(const std::string& file, const std::string& blob) const
    {
        const fs::path path = repository() / "snapshots" / file;
        fs::create_directories(path.parent_path());
        fs::create_symlink(fs::relative(repository() / "blobs" / blob, path.parent_path()), path);
        return path;
    }
    [[nodiscard]] HubRevision revision(const std::string& name) const
    {
        return {repository(), repository() / "snapshots" / name};
    }

    std::optional<TemporaryFolder> m_folder;
};

void TestHubCache::init()
{
    m_folder.emplace();
    for (const char* blob : {"aa", "bb"})
        m_folder->write(std::string{"hub/models--org--name/blobs/"} + blob, blob);
}

void TestHubCache::knowsARevisionByItsFolders()
{
    const auto file = link("r1/unet/x.safetensors", "aa");
    const auto found = hubRevisionOf(file);
    QVERIFY(found.has_value());
    QVERIFY(found->repository == repository());
    QVERIFY(found->snapshot == repository() / "snapshots/r1");
    QVERIFY(hubRevisionOf(repository() / "snapshots/r1").has_value()); // a pipeline's folder
}

void TestHubCache::takesOtherFoldersForWhatTheyAre()
{
    QVERIFY(!hubRevisionOf(*m_folder / "models/x.safetensors"));
    QVERIFY(!hubRevisionOf(m_folder->write("snapshots/r1/x", "")));
    QVERIFY(!hubRevisionOf(m_folder->write("a--b/snapshots/r1/x", ""))); // without blobs
    QVERIFY(!hubRevisionOf({}));
    QVERIFY(!hubRevisionOf("/"));
}

void TestHubCache::tellsUnusedBlobsFromSharedOnes()
{
    const auto first = link("r1/x.safetensors", "aa");
    const auto second = link("r1/y.safetensors", "bb");
    link("r2/x.safetensors", "aa");
    const auto blobs = blobsOf(revision("r1"), {first, second});
    VERIFY_RESULT(blobs);
    QCOMPARE(blobs->unused.size(), 1U);
    QVERIFY(blobs->unused.front() == repository() / "blobs/bb");
    QCOMPARE(blobs->shared.size(), 1U);
    QVERIFY(blobs->shared.front() == repository() / "blobs/aa");
}

void TestHubCache::looksIntoFoldersOfASnapshot()
{
    link("r1/unet/x.safetensors", "aa");
    link("r1/vae/x.safetensors", "bb");
    fs::create_symlink("/etc/hostname", repository() / "snapshots/r1/odd"); // no blob
    const auto blobs = blobsOf(revision("r1"), {repository() / "snapshots/r1"});
    VERIFY_RESULT(blobs);
    QCOMPARE(blobs->unused.size(), 2U);
    QVERIFY(blobs->shared.empty());
    const auto part = blobsOf(revision("r1"), {repository() / "snapshots/r1/vae"});
    VERIFY_RESULT(part);
    QCOMPARE(part->unused.size(), 1U);
}

void TestHubCache::findsTheRefsOfARevision()
{
    m_folder->write("hub/models--org--name/refs/main", "r1");
    m_folder->write("hub/models--org--name/refs/pr/1", "r2\n");
    const auto refs = refsOf(revision("r1"));
    QCOMPARE(refs.size(), 1U);
    QVERIFY(refs.front() == repository() / "refs/main");
    QCOMPARE(refsOf(revision("r2")).size(), 1U);
    QVERIFY(refsOf(revision("r3")).empty());
}

void TestHubCache::reportsAMissingRepository()
{
    VERIFY_ERROR(blobsOf({*m_folder / "nowhere", *m_folder / "nowhere/snapshots/r"}, {}), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestHubCache)
#include "test_hub_cache.moc"
