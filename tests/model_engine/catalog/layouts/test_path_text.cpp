// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/path_text.h"

#include <QTest>

using namespace weightroom::engine;

Q_DECLARE_METATYPE(std::vector<std::string>)

class TestPathText final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void expandsPaths_data();
    void expandsPaths();
    void splitsTexts();
    void splitsAsAShell_data();
    void splitsAsAShell();
};

void TestPathText::initTestCase()
{
    qputenv("HOME", "/home/user");
    qputenv("WEIGHTROOM_TEST_DISK", "/mnt/big disk");
}

void TestPathText::expandsPaths_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("path");
    QTest::newRow("absolute") << "/data/models"
                              << "/data/models";
    QTest::newRow("relative") << "models/../loras/"
                              << "/base/loras";
    QTest::newRow("home") << "~/models"
                          << "/home/user/models";
    QTest::newRow("home alone") << "~"
                                << "/home/user";
    QTest::newRow("somebody's home") << "~other/x"
                                     << "/base/~other/x";
    QTest::newRow("variable") << "$WEIGHTROOM_TEST_DISK/x"
                              << "/mnt/big disk/x";
    QTest::newRow("in braces") << "${WEIGHTROOM_TEST_DISK}x"
                               << "/mnt/big diskx";
    QTest::newRow("unknown variable") << "$WEIGHTROOM_TEST_NOTHING/x"
                                      << "/base/$WEIGHTROOM_TEST_NOTHING/x";
    QTest::newRow("open brace") << "${HOME/x"
                                << "/base/${HOME/x";
    QTest::newRow("empty name") << "${}/$/x"
                                << "/base/${}/$/x";
    QTest::newRow("dollar at the end") << "/x/$"
                                       << "/x/$";
    QTest::newRow("white space") << "  /x y  "
                                 << "/x y";
    QTest::newRow("nothing") << ""
                             << "/base";
}

void TestPathText::expandsPaths()
{
    QFETCH(QString, text);
    QFETCH(QString, path);
    QCOMPARE(QString::fromStdString(configuredPath(text.toStdString(), "/base").string()), path);
}

void TestPathText::splitsTexts()
{
    QCOMPARE(splitText(" a ;b;; ;c d", ';'), (std::vector<std::string>{"a", "b", "c d"}));
    QVERIFY(splitText("", ';').empty());
}

void TestPathText::splitsAsAShell_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<std::vector<std::string>>("words");
    using Words = std::vector<std::string>;
    QTest::newRow("words") << " a\tb\nc " << Words{"a", "b", "c"};
    QTest::newRow("quotes") << R"("a b" 'c "d"' e'f'g)" << Words{"a b", R"(c "d")", "efg"};
    QTest::newRow("backslashes") << R"(a\ b "c\"d" '\' "\n")" << Words{"a b", "c\"d", "\\", "\\n"};
    QTest::newRow("a line that goes on") << "a\\\nb" << Words{"ab"};
    QTest::newRow("comments") << "a # b 'c\nd#e" << Words{"a", "d#e"};
    QTest::newRow("open quote") << "a 'b c" << Words{"a", "b c"};
    QTest::newRow("backslash at the end") << "a\\" << Words{"a"};
    QTest::newRow("empty word") << "''" << Words{""};
    QTest::newRow("comment alone") << "# nothing" << Words{};
}

void TestPathText::splitsAsAShell()
{
    QFETCH(QString, text);
    QFETCH(std::vector<std::string>, words);
    QCOMPARE(shellWords(text.toStdString()), words);
}

QTEST_APPLESS_MAIN(TestPathText)
#include "test_path_text.moc"
