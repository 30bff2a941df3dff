// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_answer.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

class TestOperationAnswer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSmallOneIsShownWhole();
    void ofALargeOneTheBeginningIsShown();
    void aLongLineIsCut();
    void oneLineOfManyBytes();
    void whatSteersTheDisplayIsSpelledOut();
};

void TestOperationAnswer::aSmallOneIsShownWhole()
{
    const OperationAnswer answer = operationAnswer({{"a", 1}, {"b", {"\u00e4"}}});
    QCOMPARE(answer.shown, QStringLiteral("{\n  \"a\": 1,\n  \"b\": [\n    \"\u00e4\"\n  ]\n}"));
    QCOMPARE(QString::fromUtf8(answer.whole), answer.shown);
    QCOMPARE(answer.bytesHidden, quint64{0});
}

void TestOperationAnswer::ofALargeOneTheBeginningIsShown()
{
    engine::Json rows = engine::Json::array();
    for (int row = 0; row < 40'000; ++row)
        rows.push_back("row " + std::to_string(row));
    const OperationAnswer answer = operationAnswer(rows);
    QVERIFY(answer.whole.size() > kAnswerShown);
    QVERIFY(answer.shown.size() <= kAnswerShown);
    QVERIFY(answer.shown.size() > kAnswerShown - 100);
    // It ends with a whole line, and the rest is counted.
    const QByteArray shown = answer.shown.toUtf8() + '\n';
    QVERIFY(answer.whole.startsWith(shown));
    QCOMPARE(answer.bytesHidden, static_cast<quint64>(answer.whole.size() - answer.shown.size()));
    const auto read = engine::parseJson(answer.whole.toStdString());
    QVERIFY(read && *read == rows);
}

void TestOperationAnswer::aLongLineIsCut()
{
    const std::string text(10'000, 'x');
    const OperationAnswer answer = operationAnswer({{"text", text}, {"after", 7}});
    const QStringList lines = answer.shown.split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 4);
    QCOMPARE(lines[1].size(), kAnswerLine + 1);
    QVERIFY(lines[1].endsWith(QChar(0x2026)));
    QCOMPARE(lines[2], QStringLiteral("  \"after\": 7"));
    QCOMPARE(answer.bytesHidden, static_cast<quint64>(answer.whole.size() - (answer.shown.size() - 1)));
    QVERIFY(answer.whole.contains(QByteArray::fromStdString(text)));
}

void TestOperationAnswer::oneLineOfManyBytes()
{
    std::string text;
    while (text.size() < static_cast<std::size_t>(kAnswerShown) + 10)
        text += "\u4e2d"; // three bytes: the limit falls into one of them
    const OperationAnswer answer = operationAnswer(text);
    QVERIFY(!answer.shown.contains(QChar(QChar::ReplacementCharacter)));
    QVERIFY(answer.bytesHidden > 0);
}

void TestOperationAnswer::whatSteersTheDisplayIsSpelledOut()
{
    const OperationAnswer answer = operationAnswer({{"name", "a\u202eb"}});
    QVERIFY2(answer.shown.contains(QStringLiteral("a\u27E8U+202E\u27E9b")), qPrintable(answer.shown));
    QVERIFY(answer.whole.contains("a\u202eb")); // what is copied is what was answered
}

QTEST_GUILESS_MAIN(TestOperationAnswer)
#include "test_operation_answer.moc"
