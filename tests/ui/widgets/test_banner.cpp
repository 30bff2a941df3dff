// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/style/theme.h"

#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace weightroom::ui;

namespace {

/// Whether anything of the picture has exactly this colour: icons are drawn in one.
bool shows(const QImage& picture, const QColor& color)
{
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            if (picture.pixelColor(x, y) == color)
                return true;
        }
    }
    return false;
}

ErrorView errorOf(ErrorWeight weight)
{
    ErrorView error;
    error.sentence = QStringLiteral("Something failed.");
    error.advice = {QStringLiteral("Do this.")};
    error.weight = weight;
    return error;
}

} // namespace

class TestBanner : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasTheColorOfWhatItSays_data();
    void hasTheColorOfWhatItSays();
    void saysWhatWasTried();
    void takesBackOnlyItsOwn();
};

void TestBanner::hasTheColorOfWhatItSays_data()
{
    QTest::addColumn<ThemeChoice>("choice");
    QTest::newRow("light") << ThemeChoice::Light;
    QTest::newRow("dark") << ThemeChoice::Dark;
}

void TestBanner::hasTheColorOfWhatItSays()
{
    QFETCH(ThemeChoice, choice);
    applyTheme(*qApp, choice);
    const Theme& theme = choice == ThemeChoice::Dark ? Theme::dark() : Theme::light();
    Banner banner;
    const auto expect = [&](const QColor& color, const QColor& other) {
        banner.resize(700, banner.sizeHint().height());
        const QImage picture = banner.grab().toImage();
        return shows(picture, color) && !shows(picture, other);
    };
    for (const ErrorWeight weight : {ErrorWeight::Info, ErrorWeight::Warning}) {
        banner.showError(errorOf(weight));
        QVERIFY(expect(theme.warning, theme.danger));
    }
    for (const ErrorWeight weight : {ErrorWeight::Error, ErrorWeight::Critical}) {
        banner.showError(errorOf(weight));
        QVERIFY(expect(theme.danger, theme.warning));
    }
    banner.showNotice(
        QStringLiteral("Look."), QStringLiteral("Do"), [] {}, Banner::Tone::Warning);
    QVERIFY(expect(theme.warning, theme.danger));
    banner.showNotice(QStringLiteral("Done."), QStringLiteral("Undo"), [] {});
    QVERIFY(expect(theme.success, theme.warning));
}

void TestBanner::saysWhatWasTried()
{
    Banner banner;
    ErrorView error = errorOf(ErrorWeight::Error);
    error.tried = QStringLiteral("It was tried.");
    banner.showError(error);
    QStringList texts;
    for (const QLabel* label : banner.findChildren<QLabel*>())
        texts.append(label->text());
    QVERIFY(texts.contains(QStringLiteral("It was tried. Do this.")));
}

void TestBanner::takesBackOnlyItsOwn()
{
    Banner banner;
    banner.showNotice(
        QStringLiteral("Look."), QStringLiteral("Do"), [] {}, Banner::Tone::Warning);
    banner.takeBack(QStringLiteral("Something else."));
    QVERIFY(banner.isVisible());
    banner.takeBack(QStringLiteral("Look."));
    QVERIFY(!banner.isVisible());
}

QTEST_MAIN(TestBanner)
#include "test_banner.moc"
