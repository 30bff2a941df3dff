// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/line_splitter.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <vector>

using namespace weightroom::engine;

class TestLineSplitter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsLinesHoweverTheyCome();
    void refusesALineThatIsTooLong_data();
    void refusesALineThatIsTooLong();
};

void TestLineSplitter::findsLinesHoweverTheyCome()
{
    const std::string stream = "first\nsecond\r\n\nlast one\nbegun";
    const std::vector<std::string> expected{"first", "second", "", "last one"};
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        LineSplitter splitter{Bytes{8}};
        std::vector<std::string> lines;
        for (std::size_t begin = 0; begin < stream.size(); begin += piece) {
            splitter.add(std::string_view{stream}.substr(begin, piece));
            while (true) {
                auto line = splitter.next();
                VERIFY_RESULT(line);
                if (!*line)
                    break;
                lines.push_back(**line);
            }
        }
        QVERIFY(lines == expected);
        QCOMPARE(splitter.waiting(), 5U);
    }
}

void TestLineSplitter::refusesALineThatIsTooLong_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::newRow("with its end") << QByteArray{"123456789\n"};
    QTest::newRow("before its end has come") << QByteArray{"123456789"};
}

void TestLineSplitter::refusesALineThatIsTooLong()
{
    QFETCH(QByteArray, stream);
    LineSplitter splitter{Bytes{8}};
    splitter.add("12345678\n");
    splitter.add(stream.toStdString());
    QCOMPARE(splitter.next().value(), std::optional<std::string>{"12345678"});
    VERIFY_ERROR(splitter.next(), ErrorCode::InvalidFormat);
}

QTEST_APPLESS_MAIN(TestLineSplitter)
#include "test_line_splitter.moc"
