// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_tokens.h"

#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>
#include <sys/stat.h>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

mode_t modeOf(const std::filesystem::path& file)
{
    struct stat status { };
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

std::string contentOf(const std::filesystem::path& file)
{
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

class TestRestTokens : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void makesThemOnce();
    void refusesFilesThatOthersMayRead();
    void refusesWhatIsNoFile();
    void refusesWhatIsNoToken_data();
    void refusesWhatIsNoToken();
    void saysWhyNoneCanBeMade();
    void tellsRolesApart();
};

void TestRestTokens::makesThemOnce()
{
    const TemporaryFolder folder;
    const RestTokenFiles files{folder / "config/weightroom"}; // not there yet
    const auto made = keptRestTokens(files);
    VERIFY_RESULT(made);
    QVERIFY(made->full.size() == 64 && made->readOnly.size() == 64 && made->full != made->readOnly);
    QCOMPARE(modeOf(files.full()), mode_t{0600});
    QCOMPARE(modeOf(files.readOnly()), mode_t{0600});
    QCOMPARE(contentOf(files.full()), made->full + "\n"); // as $(cat …) takes it
    const auto kept = keptRestTokens(files);
    VERIFY_RESULT(kept);
    QCOMPARE(kept->full, made->full);
    QCOMPARE(kept->readOnly, made->readOnly);
    std::filesystem::remove(files.full());
    const auto renewed = keptRestTokens(files);
    VERIFY_RESULT(renewed);
    QVERIFY(renewed->full != made->full && renewed->readOnly == made->readOnly);
}

void TestRestTokens::refusesFilesThatOthersMayRead()
{
    const TemporaryFolder folder;
    const RestTokenFiles files{folder.path()};
    VERIFY_RESULT(keptRestTokens(files));
    for (const mode_t mode : {0640U, 0604U, 0660U, 0610U, 0644U}) {
        QCOMPARE(::chmod(files.readOnly().c_str(), mode), 0);
        const auto kept = keptRestTokens(files);
        VERIFY_ERROR(kept, ErrorCode::PermissionDenied);
        QCOMPARE(kept.error().context.path, files.readOnly().string());
        QCOMPARE(modeOf(files.readOnly()), mode); // left for its owner to look at
    }
    QCOMPARE(::chmod(files.readOnly().c_str(), 0400), 0);
    VERIFY_RESULT(keptRestTokens(files));
}

void TestRestTokens::refusesWhatIsNoFile()
{
    const TemporaryFolder folder;
    const RestTokenFiles files{folder.path()};
    std::filesystem::create_directory(files.full());
    VERIFY_ERROR(keptRestTokens(files), ErrorCode::NotRegularFile);
    std::filesystem::remove(files.full());
    std::filesystem::create_symlink(folder / "elsewhere", files.full());
    VERIFY_ERROR(keptRestTokens(files), ErrorCode::NotRegularFile);
    QVERIFY(!std::filesystem::exists(folder / "elsewhere"));
    std::filesystem::remove(files.full());
    QCOMPARE(::mkfifo(files.full().c_str(), 0600), 0);
    VERIFY_ERROR(keptRestTokens(files), ErrorCode::NotRegularFile); // and does not wait for a writer
}

void TestRestTokens::refusesWhatIsNoToken_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("nothing") << QByteArray{};
    QTest::newRow("short") << QByteArray(63, 'a');
    QTest::newRow("long") << QByteArray(65, 'a');
    QTest::newRow("very long") << QByteArray(100'000, 'a');
    QTest::newRow("other letters") << QByteArray(64, 'g');
    QTest::newRow("capitals") << QByteArray(64, 'A');
    QTest::newRow("two lines") << QByteArray(64, 'a').append("\n\n");
    QTest::newRow("a blank") << QByteArray(63, 'a').append(' ');
}

void TestRestTokens::refusesWhatIsNoToken()
{
    QFETCH(QByteArray, content);
    const TemporaryFolder folder;
    const RestTokenFiles files{folder.path()};
    folder.write("rest-token", content.toStdString());
    QCOMPARE(::chmod(files.full().c_str(), 0600), 0);
    VERIFY_ERROR(keptRestTokens(files), ErrorCode::InvalidFormat);
    QCOMPARE(contentOf(files.full()), content.toStdString());
}

void TestRestTokens::saysWhyNoneCanBeMade()
{
    const TemporaryFolder folder;
    folder.write("file", "");
    const auto made = keptRestTokens({folder / "file/weightroom"});
    QVERIFY(!made);
    QVERIFY(made.error().detail.find((folder / "file").string()) != std::string::npos);
}

void TestRestTokens::tellsRolesApart()
{
    const RestTokens tokens{.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')};
    QVERIFY(tokens.roleOf(std::string(64, 'a')) == ClientRole::Full);
    QVERIFY(tokens.roleOf(std::string(64, 'b')) == ClientRole::ReadOnly);
    for (const std::string& other : {std::string{}, std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'c')})
        QVERIFY(tokens.roleOf(other) == ClientRole::None);
    QVERIFY(RestTokens{}.roleOf("") == ClientRole::None);
}

QTEST_APPLESS_MAIN(TestRestTokens)
#include "test_rest_tokens.moc"
