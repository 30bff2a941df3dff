// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip_row.h"

#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace weightroom::ui;

class TestChipRow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void choosesSeveral();
    void keepsWhatIsStillThere();
    void isHiddenWhenThereIsNothingToChoose();
    void beginsANewLineWhereThereIsNoRoom();

private:
    static QToolButton* chip(const ChipRow& row, const QString& text)
    {
        for (QToolButton* button : row.findChildren<QToolButton*>()) {
            if (button->text() == text)
                return button;
        }
        return nullptr;
    }
};

void TestChipRow::choosesSeveral()
{
    ChipRow row;
    row.setWords({QStringLiteral("SDXL"), QStringLiteral("Flux")});
    QSignalSpy changes(&row, &ChipRow::chosenChanged);
    chip(row, QStringLiteral("SDXL"))->click();
    chip(row, QStringLiteral("Flux"))->click();
    QCOMPARE(row.chosen(), (QSet<QString>{QStringLiteral("SDXL"), QStringLiteral("Flux")}));
    chip(row, QStringLiteral("SDXL"))->click();
    QCOMPARE(row.chosen(), QSet<QString>{QStringLiteral("Flux")});
    QCOMPARE(changes.count(), 3);
    row.clearChosen();
    QVERIFY(row.chosen().isEmpty());
}

void TestChipRow::keepsWhatIsStillThere()
{
    ChipRow row;
    row.setWords({QStringLiteral("SDXL"), QStringLiteral("Flux")});
    chip(row, QStringLiteral("SDXL"))->click();
    QSignalSpy changes(&row, &ChipRow::chosenChanged);
    row.setWords({QStringLiteral("Flux"), QStringLiteral("SDXL"), QStringLiteral("Wan")});
    QVERIFY(row.chosen().contains(QStringLiteral("SDXL")));
    QCOMPARE(changes.count(), 0);
    row.setWords({QStringLiteral("Flux"), QStringLiteral("Wan")});
    QVERIFY(row.chosen().isEmpty());
    QCOMPARE(changes.count(), 1);
}

void TestChipRow::isHiddenWhenThereIsNothingToChoose()
{
    QWidget window;
    ChipRow row(&window);
    window.show();
    row.setWords({QStringLiteral("SDXL")});
    QVERIFY(!row.isVisible());
    row.setWords({QStringLiteral("SDXL"), QStringLiteral("Flux")});
    QVERIFY(row.isVisible());
}

void TestChipRow::beginsANewLineWhereThereIsNoRoom()
{
    ChipRow row;
    QStringList words;
    for (int i = 0; i < 8; ++i)
        words.append(QStringLiteral("architecture %1").arg(i));
    row.setWords(words);
    row.show();
    QVERIFY(row.heightForWidth(250) > row.heightForWidth(2000));
    row.resize(250, row.heightForWidth(250));
    QVERIFY(QTest::qWaitForWindowExposed(&row));
    for (const QToolButton* button : row.findChildren<QToolButton*>())
        QVERIFY2(row.rect().contains(button->geometry()), qPrintable(button->text()));
}

QTEST_MAIN(TestChipRow)
#include "test_chip_row.moc"
