// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QDir>
#include <QTest>

#include <cmath>

using namespace weightroom::ui;

namespace {

double channel(double value) { return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); }

double luminance(const QColor& color)
{
    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) + 0.0722 * channel(color.blueF());
}

/// As WCAG 2 defines it: 1 … 21.
double contrast(const QColor& a, const QColor& b)
{
    const double first = luminance(a) + 0.05;
    const double second = luminance(b) + 0.05;
    return std::max(first, second) / std::min(first, second);
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void textsCanBeRead_data();
    void textsCanBeRead();
    void choosingChangesThePalette();
    void everyIconDraws();
};

void TestTheme::textsCanBeRead_data()
{
    QTest::addColumn<bool>("isDark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestTheme::textsCanBeRead()
{
    QFETCH(const bool, isDark);
    const Theme& theme = isDark ? Theme::dark() : Theme::light();
    constexpr double kEnough = 4.5; // WCAG AA for text
    for (const QColor& ground : {theme.window, theme.base, theme.raised}) {
        for (const QColor& text : {theme.text, theme.muted, theme.accent, theme.success, theme.warning, theme.danger})
            QVERIFY2(
                contrast(text, ground) >= kEnough, qPrintable(text.name() + QStringLiteral(" on ") + ground.name()));
    }
    QVERIFY(contrast(theme.onAccent, theme.accent) >= kEnough);
    for (const QColor& text : {theme.text, theme.danger})
        QVERIFY2(contrast(text, theme.selection) >= kEnough, qPrintable(text.name()));
    constexpr double kSeen = 1.6; // parts of a gauge against its empty track: they lie side by side
    for (const QColor& owner : theme.owners)
        QVERIFY2(contrast(owner, theme.track) >= kSeen, qPrintable(owner.name()));
}

void TestTheme::choosingChangesThePalette()
{
    applyTheme(*qApp, ThemeChoice::Dark);
    QCOMPARE(QApplication::palette().color(QPalette::Window), Theme::dark().window);
    QCOMPARE(&themeOf(QApplication::palette()), &Theme::dark());
    QVERIFY(!qApp->styleSheet().isEmpty());
    QVERIFY2(!qApp->styleSheet().contains(QLatin1Char('@')), "a colour of the style sheet has no value");
    applyTheme(*qApp, ThemeChoice::Light);
    QCOMPARE(&themeOf(QApplication::palette()), &Theme::light());
}

void TestTheme::everyIconDraws()
{
    applyTheme(*qApp, ThemeChoice::Light);
    const QStringList files = QDir(QStringLiteral(":/icons")).entryList();
    QVERIFY(files.size() > 10);
    for (const QString& file : files) {
        const QString name = file.chopped(4);
        const QImage image = iconPixmap(name, Qt::red, 24, 2.0).toImage();
        QCOMPARE(image.size(), QSize(48, 48));
        QImage blank = image;
        blank.fill(Qt::transparent);
        QVERIFY2(image != blank, qPrintable(name));
        QVERIFY(!themedIcon(name).pixmap(16).isNull());
    }
}

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
