// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/sidecar.h"
#include "tests/model_engine/catalog/metadata/claims_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <sys/stat.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

std::string nested(std::size_t depth)
{
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
        text += R"({"a":)";
    return text + "1" + std::string(depth, '}');
}

} // namespace

/// Broken and hostile files beside a model.
class TestSidecar : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void brokenJsonIsAProblem_data();
    void brokenJsonIsAProblem();
    void readsWhatIsOnlyOdd_data();
    void readsWhatIsOnlyOdd();
    void boundsTheSize();
    void takesDescriptionsAsTheyAre_data();
    void takesDescriptionsAsTheyAre();
    void refusesWhatIsNoFile();
    void reportsAnUnreadableFile();
    void followsLinksBesideTheModelOnly();
    void followsTheLinkOfTheModel();
};

void TestSidecar::brokenJsonIsAProblem_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<ErrorCode>("expected");
    const auto row = [](const char* name, const QByteArray& content, ErrorCode expected) {
        QTest::newRow(name) << content << expected;
    };
    row("empty", "", ErrorCode::InvalidJson);
    row("only a byte order mark", "\xef\xbb\xbf", ErrorCode::InvalidJson);
    row("cut off", R"({"notes": "a)", ErrorCode::InvalidJson);
    row("NaN", R"({"preferred weight": NaN})", ErrorCode::InvalidJson);
    row("infinity", R"({"preferred weight": Infinity})", ErrorCode::InvalidJson);
    row("a number beyond doubles", R"({"preferred weight": 1e999})", ErrorCode::InvalidJson);
    row("a key twice", R"({"notes": "a", "notes": "b"})", ErrorCode::InvalidJson);
    row("a key twice, escaped", R"({"notes": "a", "\u006eotes": "b"})", ErrorCode::InvalidJson);
    row("not UTF-8", "{\"notes\": \"\xff\xfe\"}", ErrorCode::InvalidJson);
    row("half a surrogate", R"({"notes": "\ud800"})", ErrorCode::InvalidJson);
    row("a raw line break", "{\"notes\": \"a\nb\"}", ErrorCode::InvalidJson);
    row("UTF-16", QByteArray("\xff\xfe{\0}\0", 6), ErrorCode::InvalidJson);
    row("more behind it", R"({"notes": "a"} {})", ErrorCode::InvalidJson);
    row("a comma too many", R"({"notes": "a",})", ErrorCode::InvalidJson);
    row("a comment", R"({/* */"notes": "a"})", ErrorCode::InvalidJson);
    row("deep", QByteArray::fromStdString(nested(65)), ErrorCode::InvalidJson);
    row("very deep", QByteArray(100'000, '['), ErrorCode::InvalidJson);
    row("a page", "<!doctype html><html></html>", ErrorCode::InvalidJson);
    row("a list", "[]", ErrorCode::InvalidFormat);
    row("a text", "\"notes\"", ErrorCode::InvalidFormat);
    row("null", "null", ErrorCode::InvalidFormat);
}

void TestSidecar::brokenJsonIsAProblem()
{
    QFETCH(QByteArray, content);
    QFETCH(ErrorCode, expected);
    const TemporaryFolder folder;
    const fs::path model = folder.write("x.safetensors", "model");
    const fs::path path = folder.write("x.json", content.toStdString());
    const Sidecar sidecar = readSidecar({path, SidecarDialect::A1111}, sidecarFolders(model));
    QVERIFY(sidecar.problem);
    QCOMPARE(sidecar.problem->code, expected);
    QCOMPARE(sidecar.problem->context.path, path.string());
    QVERIFY(!sidecar.problem->detail.empty());
    QVERIFY(sidecar.text.empty() && sidecar.document.is_null());
    const SourceClaims claims = claimsFromSidecar(sidecar, "x.safetensors");
    QVERIFY(claims.claims.empty() && claims.unknown.empty());
}

void TestSidecar::readsWhatIsOnlyOdd_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<std::string>("notes");
    QTest::newRow("a byte order mark") << QByteArray("\xef\xbb\xbf{\"notes\": \"a\"}") << std::string{R"("a")"};
    QTest::newRow("white space") << QByteArray("\n\t {\"notes\": \"a\"}\r\n ") << std::string{R"("a")"};
    QTest::newRow("markup") << QByteArray(R"({"notes": "<img src=x onerror=alert(1)>"})")
                            << std::string{R"("<img src=x onerror=alert(1)>")"};
    QTest::newRow("an escape sequence") << QByteArray(R"({"notes": "\u001b[2J"})") << std::string{R"("\u001b[2J")"};
    QTest::newRow("right to left") << QByteArray(R"({"notes": "\u202egnp.exe"})")
                                   << std::string{"\"\xe2\x80\xaegnp.exe\""};
    QTest::newRow("a NUL") << QByteArray(R"({"notes": "a\u0000b"})") << std::string{R"("a\u0000b")"};
    QTest::newRow("empty object") << QByteArray("{}") << std::string{"-"};
    QTest::newRow("another type") << QByteArray(R"({"notes": {"a": [1, 2]}})") << std::string{"-"};
}

void TestSidecar::readsWhatIsOnlyOdd()
{
    QFETCH(QByteArray, content);
    QFETCH(std::string, notes);
    const TemporaryFolder folder;
    const fs::path model = folder.write("x.safetensors", "model");
    const fs::path path = folder.write("x.json", content.toStdString());
    const Sidecar sidecar = readSidecar({path, SidecarDialect::A1111}, sidecarFolders(model));
    QVERIFY(!sidecar.problem);
    QCOMPARE(valueOf(claimsFromSidecar(sidecar, "x.safetensors"), MetadataField::Notes), notes);
}

void TestSidecar::boundsTheSize()
{
    const TemporaryFolder folder;
    const fs::path model = folder.write("x.safetensors", "model");
    const std::string before = R"({"other": ")";
    const std::string after = R"("})";
    const std::string filler(kLargestSidecar.value - before.size() - after.size(), 'x');
    const fs::path path = folder.write("x.json", before + filler + after);
    QVERIFY(!readSidecar({path, SidecarDialect::A1111}, sidecarFolders(model)).problem);
    fs::resize_file(path, kLargestSidecar.value + 1);
    const Sidecar sidecar = readSidecar({path, SidecarDialect::A1111}, sidecarFolders(model));
    QVERIFY(sidecar.problem);
    QCOMPARE(sidecar.problem->code, ErrorCode::InvalidValue);
    fs::resize_file(path, (kGiB * 1024).value); // sparse: nothing is taken for it
    QVERIFY(readSidecar({path, SidecarDialect::Description}, sidecarFolders(model)).problem);
}

void TestSidecar::takesDescriptionsAsTheyAre_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<std::string>("description"); // empty: a problem
    QTest::newRow("text") << QByteArray("Two\nlines\n") << std::string{R"("Two\nlines")"};
    QTest::newRow("markup") << QByteArray("<script>x</script>") << std::string{R"("<script>x</script>")"};
    QTest::newRow("not UTF-8") << QByteArray("caf\xe9") << std::string{"\"caf\xef\xbf\xbd\""};
    QTest::newRow("UTF-16") << QByteArray("\xff\xfe"
                                          "a\0",
        4) << std::string{};
    QTest::newRow("empty") << QByteArray("") << std::string{"-"};
    QTest::newRow("too long for a field") << QByteArray(300 * 1024, 'x') << std::string{"-"};
}

void TestSidecar::takesDescriptionsAsTheyAre()
{
    QFETCH(QByteArray, content);
    QFETCH(std::string, description);
    const TemporaryFolder folder;
    const fs::path model = folder.write("x.safetensors", "model");
    const fs::path path = folder.write("x.txt", content.toStdString());
    const Sidecar sidecar = readSidecar({path, SidecarDialect::Description}, sidecarFolders(model));
    QCOMPARE(sidecar.problem.has_value(), description.empty());
    if (!sidecar.problem)
        QCOMPARE(valueOf(claimsFromSidecar(sidecar, "x.safetensors"), MetadataField::Description), description);
}

void TestSidecar::refusesWhatIsNoFile()
{
    const TemporaryFolder folder;
    const auto folders = sidecarFolders(folder.write("x.safetensors", "model"));
    const auto problemOf = [&](const fs::path& path) {
        return readSidecar({path, SidecarDialect::A1111}, folders).problem->code;
    };
    QCOMPARE(::mkfifo((folder / "x.json").c_str(), 0600), 0);
    QCOMPARE(problemOf(folder / "x.json"), ErrorCode::NotRegularFile); // and does not wait for a writer
    fs::create_directory(folder / "y.json");
    QCOMPARE(problemOf(folder / "y.json"), ErrorCode::NotRegularFile);
    fs::create_symlink("/dev/zero", folder / "z.json");
    QCOMPARE(problemOf(folder / "z.json"), ErrorCode::NotRegularFile);
    fs::create_symlink("loop.json", folder / "loop.json");
    QCOMPARE(problemOf(folder / "loop.json"), ErrorCode::NotRegularFile);
    fs::create_symlink("nothing", folder / "gone.json");
    QCOMPARE(problemOf(folder / "gone.json"), ErrorCode::NotRegularFile);
    QCOMPARE(problemOf(folder / "missing.json"), ErrorCode::NotFound);
}

void TestSidecar::reportsAnUnreadableFile()
{
    const TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    const auto folders = sidecarFolders(folder.write("x.safetensors", "model"));
    const fs::path path = folder.write("x.json", "{}");
    fs::permissions(path, fs::perms::none);
    const UnprivilegedFiles unprivileged;
    QCOMPARE(readSidecar({path, SidecarDialect::A1111}, folders).problem->code, ErrorCode::PermissionDenied);
}

void TestSidecar::followsLinksBesideTheModelOnly()
{
    const TemporaryFolder folder;
    const TemporaryFolder elsewhere;
    const auto folders = sidecarFolders(folder.write("x.safetensors", "model"));
    const fs::path secret = elsewhere.write("secret", "the user's own");
    fs::create_symlink(secret, folder / "x.txt");
    const Sidecar sidecar = readSidecar({folder / "x.txt", SidecarDialect::Description}, folders);
    QCOMPARE(sidecar.problem->code, ErrorCode::NotRegularFile);
    QVERIFY(sidecar.text.empty());
    fs::create_symlink(fs::path{".."} / elsewhere.path().filename() / "secret", folder / "x.md"); // upwards
    QVERIFY(readSidecar({folder / "x.md", SidecarDialect::Description}, folders).problem);
    folder.write("shared.json", R"({"notes": "a"})");
    fs::create_symlink("shared.json", folder / "x.json");
    QVERIFY(!readSidecar({folder / "x.json", SidecarDialect::A1111}, folders).problem);
}

void TestSidecar::followsTheLinkOfTheModel()
{
    // Users link models and their sidecars out of another drive.
    const TemporaryFolder folder;
    const TemporaryFolder drive;
    drive.write("x.safetensors", "model");
    drive.write("x.json", R"({"notes": "a"})");
    for (const char* name : {"x.safetensors", "x.json"})
        fs::create_symlink(drive / name, folder / name);
    const auto folders = sidecarFolders(folder / "x.safetensors");
    QVERIFY(!readSidecar({folder / "x.json", SidecarDialect::A1111}, folders).problem);
    // And whole folders.
    fs::create_directory_symlink(drive.path(), folder / "loras");
    const auto linked = sidecarFolders(folder / "loras/x.safetensors");
    QVERIFY(!readSidecar({folder / "loras/x.json", SidecarDialect::A1111}, linked).problem);
}

QTEST_APPLESS_MAIN(TestSidecar)
#include "test_sidecar.moc"
