// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/temporary_folder.h"
#include "ui/bridge/preview_loader.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::TemporaryFolder;

class TestPreviewLoader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsThePictureBesideAModel();
    void scalesLargePicturesDown();
    void takesTheNextWhenOneIsBroken();
    void looksIntoFolders();
    void aModelWithoutOneIsLookedAtOnce();
    void aReplacedPictureIsShown();
    void aPictureThatIsGoneGoes();
    void anUnchangedPictureIsNotReadAgain();
    void endsWhileItReads();

private:
    void writePicture(const std::string& name, const QSize& size, const QColor& color) const
    {
        QImage image(size, QImage::Format_RGB32);
        image.fill(color);
        m_folder.write(name, "");
        QVERIFY(image.save(QString::fromStdString((m_folder / name).string())));
    }
    [[nodiscard]] QByteArray path(const std::string& name) const
    {
        return QByteArray::fromStdString((m_folder / name).string());
    }
    /// The picture once it has come; null when it does not.
    [[nodiscard]] static QImage waitFor(PreviewLoader& loader, const QString& id, const QByteArray& path)
    {
        QSignalSpy changes(&loader, &PreviewLoader::changed);
        if (const QImage image = loader.preview(id, path); !image.isNull())
            return image;
        return changes.wait() ? loader.preview(id, path) : QImage();
    }

    TemporaryFolder m_folder;
};

void TestPreviewLoader::findsThePictureBesideAModel()
{
    writePicture("hat.preview.png", {20, 10}, Qt::red);
    PreviewLoader loader;
    const QImage image = waitFor(loader, QStringLiteral("hat"), path("hat.safetensors"));
    QCOMPARE(image.size(), QSize(20, 10));
    QCOMPARE(image.pixelColor(3, 3), QColor(Qt::red));
}

void TestPreviewLoader::scalesLargePicturesDown()
{
    writePicture("large.jpg", {2000, 1000}, Qt::blue);
    PreviewLoader loader;
    const QImage image = waitFor(loader, QStringLiteral("large"), path("large.safetensors"));
    QCOMPARE(image.size(), QSize(2 * PreviewLoader::kSide, PreviewLoader::kSide));
}

void TestPreviewLoader::takesTheNextWhenOneIsBroken()
{
    m_folder.write("torn.preview.png", "no picture");
    writePicture("torn.png", {4, 4}, Qt::green);
    PreviewLoader loader;
    QCOMPARE(waitFor(loader, QStringLiteral("torn"), path("torn.safetensors")).size(), QSize(4, 4));
}

void TestPreviewLoader::looksIntoFolders()
{
    writePicture("pipeline/preview.png", {6, 6}, Qt::green);
    PreviewLoader loader;
    QCOMPARE(waitFor(loader, QStringLiteral("pipeline"), path("pipeline")).size(), QSize(6, 6));
}

void TestPreviewLoader::aModelWithoutOneIsLookedAtOnce()
{
    PreviewLoader loader;
    QVERIFY(loader.preview(QStringLiteral("bare"), path("bare.safetensors")).isNull());
    // One behind the other: when this one has come, the first one was looked at.
    writePicture("second.png", {4, 4}, Qt::green);
    QVERIFY(!waitFor(loader, QStringLiteral("second"), path("second.safetensors")).isNull());
    writePicture("bare.png", {4, 4}, Qt::green);
    QVERIFY(loader.preview(QStringLiteral("bare"), path("bare.safetensors")).isNull());
    loader.lookAgain();
    QVERIFY(!waitFor(loader, QStringLiteral("bare"), path("bare.safetensors")).isNull());
}

void TestPreviewLoader::aReplacedPictureIsShown()
{
    writePicture("new.png", {4, 4}, Qt::green);
    PreviewLoader loader;
    QCOMPARE(waitFor(loader, QStringLiteral("new"), path("new.safetensors")).size(), QSize(4, 4));
    writePicture("new.png", {8, 4}, Qt::green);
    QCOMPARE(loader.preview(QStringLiteral("new"), path("new.safetensors")).size(), QSize(4, 4));
    loader.lookAgain();
    QSignalSpy changes(&loader, &PreviewLoader::changed);
    // The one that is known, until the new one has come.
    QCOMPARE(loader.preview(QStringLiteral("new"), path("new.safetensors")).size(), QSize(4, 4));
    QVERIFY(changes.wait());
    QCOMPARE(loader.preview(QStringLiteral("new"), path("new.safetensors")).size(), QSize(8, 4));
}

void TestPreviewLoader::aPictureThatIsGoneGoes()
{
    writePicture("gone.png", {4, 4}, Qt::green);
    PreviewLoader loader;
    QVERIFY(!waitFor(loader, QStringLiteral("gone"), path("gone.safetensors")).isNull());
    std::filesystem::remove(m_folder / "gone.png");
    loader.lookAgain();
    QSignalSpy changes(&loader, &PreviewLoader::changed);
    QVERIFY(!loader.preview(QStringLiteral("gone"), path("gone.safetensors")).isNull());
    QVERIFY(changes.wait());
    QVERIFY(loader.preview(QStringLiteral("gone"), path("gone.safetensors")).isNull());
}

void TestPreviewLoader::anUnchangedPictureIsNotReadAgain()
{
    writePicture("same.png", {4, 4}, Qt::green);
    writePicture("next.png", {4, 4}, Qt::green);
    PreviewLoader loader;
    QVERIFY(!waitFor(loader, QStringLiteral("same"), path("same.safetensors")).isNull());
    loader.lookAgain();
    QSignalSpy changes(&loader, &PreviewLoader::changed);
    QVERIFY(!loader.preview(QStringLiteral("same"), path("same.safetensors")).isNull());
    // One behind the other: when this one has come, the first one was looked at.
    QVERIFY(!waitFor(loader, QStringLiteral("next"), path("next.safetensors")).isNull());
    QCOMPARE(changes.count(), 1);
}

void TestPreviewLoader::endsWhileItReads()
{
    writePicture("large2.png", {3000, 3000}, Qt::blue);
    auto loader = std::make_unique<PreviewLoader>();
    for (int i = 0; i < 300; ++i)
        QVERIFY(loader->preview(QString::number(i), path("large2.safetensors")).isNull());
    loader.reset();
}

QTEST_MAIN(TestPreviewLoader)
#include "test_preview_loader.moc"
