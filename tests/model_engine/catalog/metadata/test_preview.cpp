// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/preview.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr auto kJpeg = "/9j/4AAQSkZJRg==";
constexpr auto kPng = "iVBORw0KGgoAAAANSUhEUg==";

/// "type source base64", or "none".
std::string described(const std::optional<EmbeddedPreview>& preview)
{
    return preview ? preview->mediaType + " " + preview->source + " " + preview->base64 : "none";
}

} // namespace

class TestPreview : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsPicturesInHeaders_data();
    void findsPicturesInHeaders();
    void boundsPicturesInHeaders();
    void prefersFiles();
    void passesOverWhatIsNoFile();
};

void TestPreview::findsPicturesInHeaders_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("expected");
    const auto row = [](const char* name, const std::string& key, const std::string& text, const std::string& found) {
        QTest::newRow(name) << key << text << found;
    };
    const std::string thumbnail = "modelspec.thumbnail";
    const std::string covers = "ssmd_cover_images";
    row("thumbnail", thumbnail, std::string{"data:image/jpeg;base64,"} + kJpeg,
        std::string{"image/jpeg header modelspec.thumbnail "} + kJpeg);
    row("another type than claimed", thumbnail, std::string{"data:image/jpeg;base64,"} + kPng,
        std::string{"image/png header modelspec.thumbnail "} + kPng);
    row("webp", thumbnail, "data:image/webp;base64,UklGRiIAAABXRUJQ",
        "image/webp header modelspec.thumbnail UklGRiIAAABXRUJQ");
    row("vector graphics", thumbnail, "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=", "none");
    row("vector graphics as a picture", thumbnail, "data:image/png;base64,PHN2Zz48L3N2Zz4=", "none");
    row("a page", thumbnail, "data:text/html;base64,PGh0bWw+", "none");
    row("an address", thumbnail, "https://x.org/a.jpg", "none");
    row("a path", thumbnail, "file:///etc/passwd", "none");
    row("no base64", thumbnail, std::string{"data:image/jpeg;base64,"} + kJpeg + "\"><script>", "none");
    row("percent encoding", thumbnail, "data:image/jpeg,%FF%D8%FF", "none");
    row("empty", thumbnail, "", "none");
    row("cover", covers, std::string{"[\""} + kPng + "\"]", std::string{"image/png header ssmd_cover_images "} + kPng);
    row("the first that is a picture", covers, std::string{R"([5, "text", null, ")"} + kJpeg + "\"]",
        std::string{"image/jpeg header ssmd_cover_images "} + kJpeg);
    row("no covers", covers, "[]", "none");
    row("covers that are no list", covers, "{}", "none");
    row("broken covers", covers, "[\"", "none");
}

void TestPreview::findsPicturesInHeaders()
{
    QFETCH(std::string, key);
    QFETCH(std::string, text);
    QFETCH(std::string, expected);
    QCOMPARE(described(embeddedPreview({{key, text}})), expected);
}

void TestPreview::boundsPicturesInHeaders()
{
    const std::string longest = kJpeg + std::string(kLargestEmbeddedPreview.value - 16, 'A');
    const std::string prefix = "data:image/jpeg;base64,";
    QVERIFY(embeddedPreview({{"modelspec.thumbnail", prefix + longest}}));
    QVERIFY(!embeddedPreview({{"modelspec.thumbnail", prefix + longest + "AA"}}));
    const HeaderMetadata huge{{"ssmd_cover_images", "[\"" + std::string((kMiB * 8).value, 'A') + "\"]"},
        {"modelspec.thumbnail", prefix + kJpeg}};
    QCOMPARE(embeddedPreview(huge)->source, std::string{"header modelspec.thumbnail"});
    // Covers stand above the thumbnail.
    const HeaderMetadata both{
        {"ssmd_cover_images", std::string{"[\""} + kPng + "\"]"}, {"modelspec.thumbnail", prefix + kJpeg}};
    QCOMPARE(embeddedPreview(both)->source, std::string{"header ssmd_cover_images"});
}

void TestPreview::prefersFiles()
{
    const TemporaryFolder folder;
    const HeaderMetadata header{{"modelspec.thumbnail", std::string{"data:image/jpeg;base64,"} + kJpeg}};
    Companions companions;
    QVERIFY(!choosePreview(companions, {}));
    QVERIFY(choosePreview(companions, header)->embedded);
    companions.previews = {
        {folder.write("x.mp4", "video"), PreviewKind::Video}, {folder.write("x.png", "png"), PreviewKind::Image}};
    const auto preview = choosePreview(companions, header);
    QVERIFY(!preview->embedded);
    QCOMPARE(preview->file.path, folder / "x.mp4");
    QCOMPARE(preview->file.kind, PreviewKind::Video);
}

void TestPreview::passesOverWhatIsNoFile()
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "x.preview.png");
    fs::create_symlink("nothing", folder / "x.preview.jpg");
    const Companions companions{.sidecars = {},
        .previews = {{folder / "x.preview.png", PreviewKind::Image}, {folder / "x.preview.jpg", PreviewKind::Image},
            {folder / "x.gone", PreviewKind::Image}, {folder.write("x.png", "png"), PreviewKind::Image}},
        .pairedVaes = {}};
    QCOMPARE(choosePreview(companions, {})->file.path, folder / "x.png");
}

QTEST_APPLESS_MAIN(TestPreview)
#include "test_preview.moc"
