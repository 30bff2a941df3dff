// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/companions.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Names = std::vector<std::string>;

/// "dialect:name dialect:name …"
std::string sidecarsOf(const Companions& companions)
{
    std::string text;
    for (const SidecarFile& file : companions.sidecars)
        text += std::string{toText(file.dialect)} + ":" + file.path.filename().string() + " ";
    return text;
}

std::string previewsOf(const Companions& companions)
{
    std::string text;
    for (const PreviewFile& file : companions.previews)
        text += file.path.filename().string() + (file.kind == PreviewKind::Video ? "(video) " : " ");
    return text;
}

} // namespace

class TestCompanions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsEachDialect_data();
    void findsEachDialect();
    void ordersPreviews();
    void belongsToOneStemOnly_data();
    void belongsToOneStemOnly();
    void findsPairedVaes();
    void looksIntoTheFolder();
    void oddStems_data();
    void oddStems();
    void reportsAMissingFolder();
    void namesTheFileToWrite();
};

void TestCompanions::findsEachDialect_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::string>("expected");
    QTest::newRow("a1111") << std::string{"x.json"} << std::string{"a1111:x.json "};
    QTest::newRow("lora manager") << std::string{"x.metadata.json"} << std::string{"lora_manager:x.metadata.json "};
    QTest::newRow("matrix") << std::string{"x.cm-info.json"} << std::string{"stability_matrix:x.cm-info.json "};
    QTest::newRow("civitai") << std::string{"x.civitai.info"} << std::string{"civitai_info:x.civitai.info "};
    QTest::newRow("swarm") << std::string{"x.swarm.json"} << std::string{"swarm_ui:x.swarm.json "};
    QTest::newRow("txt") << std::string{"x.txt"} << std::string{"description:x.txt "};
    QTest::newRow("description") << std::string{"x.description.txt"} << std::string{"description:x.description.txt "};
    QTest::newRow("markdown") << std::string{"x.md"} << std::string{"description:x.md "};
    QTest::newRow("yaml") << std::string{"x.yaml"} << std::string{"ldm_config:x.yaml "};
    QTest::newRow("capitals") << std::string{"x.JSON"} << std::string{"a1111:x.JSON "};
    QTest::newRow("another case of the stem") << std::string{"X.json"} << std::string{};
    QTest::newRow("an unknown ending") << std::string{"x.other.json"} << std::string{};
    QTest::newRow("no ending") << std::string{"x"} << std::string{};
    QTest::newRow("a longer name") << std::string{"xjson"} << std::string{};
}

void TestCompanions::findsEachDialect()
{
    QFETCH(std::string, name);
    QFETCH(std::string, expected);
    QCOMPARE(sidecarsOf(companionsAmong("/m", "x", Names{name, "x.safetensors"})), expected);
}

void TestCompanions::ordersPreviews()
{
    // The order in which programs look for them; here from the last to the first.
    const Names inOrder{"x.preview.png", "x.preview.jpg", "x.preview.jpeg", "x.preview.webp", "x.preview.gif",
        "x.preview.avif", "x.preview.jxl", "x.preview.mp4", "x.preview.webm", "x.png", "x.jpg", "x.jpeg", "x.webp",
        "x.gif", "x.avif", "x.jxl", "x.mp4", "x.webm", "x.thumb.jpg", "x.thumb.png"};
    std::string expected;
    for (const std::string& name : inOrder)
        expected += name + (name.ends_with("mp4") || name.ends_with("webm") ? "(video) " : " ");
    Names names = inOrder;
    std::ranges::reverse(names);
    names.insert(names.begin(), {"x.svg", "x.preview.svg", "x.preview.txt", "y.png"});
    QCOMPARE(previewsOf(companionsAmong("/m", "x", names)), expected);
    QCOMPARE(previewsOf(companionsAmong("/m", "x", Names{"x.PNG", "x.png"})), std::string{"x.png "});
}

void TestCompanions::belongsToOneStemOnly_data()
{
    QTest::addColumn<std::string>("stem");
    QTest::addColumn<std::string>("expected");
    QTest::newRow("short") << std::string{"x"} << std::string{"a1111:x.json lora_manager:x.metadata.json "};
    QTest::newRow("with a dot") << std::string{"x.v2"} << std::string{"a1111:x.v2.json "};
    QTest::newRow("named as a dialect") << std::string{"x.metadata"} << std::string{"a1111:x.metadata.json "};
    QTest::newRow("empty") << std::string{} << std::string{};
}

void TestCompanions::belongsToOneStemOnly()
{
    QFETCH(std::string, stem);
    QFETCH(std::string, expected);
    const Names names{"x.json", "x.v2.json", "x.metadata.json", "xx.json", "x.v2.safetensors", "x.safetensors"};
    QCOMPARE(sidecarsOf(companionsAmong("/m", stem, names)), expected);
}

void TestCompanions::findsPairedVaes()
{
    const auto companions = companionsAmong("/m", "x", Names{"x.vae.pt", "x.vae.safetensors", "x.vae"});
    QCOMPARE(companions.pairedVaes.size(), std::size_t{2});
    QCOMPARE(companions.pairedVaes[0], std::filesystem::path{"/m/x.vae.safetensors"});
}

void TestCompanions::looksIntoTheFolder()
{
    const TemporaryFolder folder;
    const auto model = folder.write("x.safetensors", "model");
    folder.write("x.json", "{}");
    folder.write("x.preview.png", "png");
    folder.write("other.json", "{}");
    std::filesystem::create_directory(folder / "x.md"); // a folder is no description
    const auto companions = companionsOf(model);
    VERIFY_RESULT(companions);
    QCOMPARE(sidecarsOf(*companions), std::string{"a1111:x.json "});
    QCOMPARE(companions->sidecars.front().path, folder / "x.json");
    QCOMPARE(previewsOf(*companions), std::string{"x.preview.png "});
}

void TestCompanions::oddStems_data()
{
    QTest::addColumn<QByteArray>("stem");
    QTest::newRow("newline") << QByteArray("a\nb");
    QTest::newRow("not UTF-8") << QByteArray("\xff\xfe");
    QTest::newRow("hidden") << QByteArray(".x");
    QTest::newRow("a pattern") << QByteArray("*[a]?");
    QTest::newRow("240 bytes") << QByteArray(240, 'x');
}

void TestCompanions::oddStems()
{
    QFETCH(QByteArray, stem);
    const TemporaryFolder folder;
    const auto model = folder.write(stem.toStdString() + ".safetensors", "model");
    folder.write(stem.toStdString() + ".json", "{}");
    const auto companions = companionsOf(model);
    VERIFY_RESULT(companions);
    QCOMPARE(companions->sidecars.size(), std::size_t{1});
}

void TestCompanions::reportsAMissingFolder()
{
    VERIFY_ERROR(companionsOf("/nowhere/at/all/x.safetensors"), ErrorCode::NotFound);
    const TemporaryFolder folder;
    VERIFY_ERROR(companionsOf(folder.write("file", "") / "x.safetensors"), ErrorCode::NotFound);
}

void TestCompanions::namesTheFileToWrite()
{
    QCOMPARE(sidecarPath("/m/x.v2.safetensors", SidecarDialect::A1111), std::filesystem::path{"/m/x.v2.json"});
    QCOMPARE(sidecarPath("/m/x.sft", SidecarDialect::LoraManager), std::filesystem::path{"/m/x.metadata.json"});
}

QTEST_APPLESS_MAIN(TestCompanions)
#include "test_companions.moc"
