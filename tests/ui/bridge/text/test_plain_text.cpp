// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/plain_text.h"

#include <QTest>
#include <QTextDocument>

using namespace weightroom::ui;

class TestPlainText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hostileNames_data();
    void hostileNames();
    void bytesThatAreNotUtf8();
    void toolTipsShowMarkupLiterally();
};

void TestPlainText::hostileNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("shown");
    QTest::newRow("plain") << QStringLiteral("sd_xl_base 1.0") << QStringLiteral("sd_xl_base 1.0");
    QTest::newRow("letters of other scripts") << QStringLiteral("模型 עברית é") << QStringLiteral("模型 עברית é");
    QTest::newRow("beyond 16 bits") << QStringLiteral("\U0001F600") << QStringLiteral("\U0001F600");
    QTest::newRow("newline") << QStringLiteral("a\nb") << QStringLiteral("a⟨U+000A⟩b");
    QTest::newRow("escape sequence") << QStringLiteral("\x1b[31mred") << QStringLiteral("⟨U+001B⟩[31mred");
    QTest::newRow("reading direction") << QStringLiteral("a\u202Egnp") << QStringLiteral("a⟨U+202E⟩gnp");
    QTest::newRow("invisible") << QStringLiteral("a\u200Bb") << QStringLiteral("a⟨U+200B⟩b");
    QTest::newRow("NUL") << QString(QChar(0)) << QStringLiteral("⟨U+0000⟩");
    QTest::newRow("line separator") << QStringLiteral("a\u2028b") << QStringLiteral("a⟨U+2028⟩b");
    QTest::newRow("markup stays what it is") << QStringLiteral("<b>x</b>") << QStringLiteral("<b>x</b>");
}

void TestPlainText::hostileNames()
{
    QFETCH(const QString, name);
    QTEST(plainText(name), "shown");
}

void TestPlainText::bytesThatAreNotUtf8()
{
    const QString text = plainText(std::string_view("a\xff"
                                                    "b"));
    QCOMPARE(text, QStringLiteral("a\uFFFDb"));
}

void TestPlainText::toolTipsShowMarkupLiterally()
{
    const QString hostile = QStringLiteral("<img src='p.png'>.safetensors & more\nsecond line");
    QTextDocument document;
    document.setHtml(plainToolTip(hostile));
    QCOMPARE(document.toPlainText(), hostile);
    QVERIFY(!document.toHtml().contains(QStringLiteral("<img")));
    QCOMPARE(plainToolTip({}), QString());
}

QTEST_MAIN(TestPlainText)
#include "test_plain_text.moc"
