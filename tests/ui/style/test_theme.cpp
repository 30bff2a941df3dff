// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/contrast.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QDir>
#include <QTest>

using namespace weightroom::ui;

class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void contrastIsThatOfWcag();
    void textsCanBeRead_data();
    void textsCanBeRead();
    void choosingChangesThePalette();
    void everyIconDraws();
};

void TestTheme::contrastIsThatOfWcag()
{
    QCOMPARE(contrastOf(Qt::black, Qt::white), 21.0);
    QCOMPARE(contrastOf(Qt::red, Qt::red), 1.0);
    // The darkest grey that may not, and the lightest that may stand on white.
    QVERIFY(contrastOf(QColor(0x777777), Qt::white) < kTextContrast);
    QVERIFY(contrastOf(Qt::white, QColor(0x767676)) >= kTextContrast);
}

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
    for (const QColor& ground : {theme.window, theme.base, theme.raised}) {
        for (const QColor& text : {theme.text, theme.muted, theme.accent, theme.success, theme.warning, theme.danger})
            QVERIFY2(contrastOf(text, ground) >= kTextContrast,
                qPrintable(text.name() + QStringLiteral(" on ") + ground.name()));
    }
    QVERIFY(contrastOf(theme.onAccent, theme.accent) >= kTextContrast);
    for (const QColor& text : {theme.text, theme.danger})
        QVERIFY2(contrastOf(text, theme.selection) >= kTextContrast, qPrintable(text.name()));
    constexpr double kSeen = 1.6; // parts of a gauge against its empty track: they lie side by side
    for (const QColor& owner : theme.owners)
        QVERIFY2(contrastOf(owner, theme.track) >= kSeen, qPrintable(owner.name()));
}

void TestTheme::choosingChangesThePalette()
{
    applyTheme(*qApp, ThemeChoice::Dark);
    QCOMPARE(QApplication::palette().color(QPalette::Window), Theme::dark().window);
    QCOMPARE(&themeOf(QApplication::palette()), &Theme::dark());
    QVERIFY(!qApp->styleSheet().isEmpty() && !qApp->styleSheet().contains(QLatin1Char('@')));
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
