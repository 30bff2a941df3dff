// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/absolute_paths.h"

#include <QTest>

#include <string>

using namespace weightroom::engine;

class TestAbsolutePaths : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void leavesFoldersOut_data();
    void leavesFoldersOut();
};

void TestAbsolutePaths::leavesFoldersOut_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("names");
    const auto row = [](const char* text, const char* names) {
        QTest::newRow(text) << std::string{text} << std::string{names};
    };
    row("", "");
    row("no path", "no path");
    row("/home/me/python3", "python3");
    row("could not run '/home/me/python3': no", "could not run 'python3': no");
    row("from 'torch' (/home/me/torch/__init__.py), line", "from 'torch' (__init__.py), line");
    row("/a/b /c/d", "b d");
    row("at /home/me/", "at ");
    row("see https://pytorch.org/get/started", "see https://pytorch.org/get/started");
    row("12/24 bytes", "12/24 bytes");
    row("run '/home/jane doe/venv/bin/python3': no", "run 'python3': no");
    row("an open quote '/home/me/python3 and more", "an open quote 'python3 and more");
    row("\"Traceback\\n/home/me/x.py\"", "\"Traceback\\nx.py\"");
    row("torch:/home/me/lib.so,/home/me/b.so", "torch:lib.so,b.so");
    row("</home/me/a.so>", "<a.so>");
}

void TestAbsolutePaths::leavesFoldersOut()
{
    QFETCH(const std::string, text);
    QTEST(withoutAbsolutePaths(text), "names");
}

QTEST_APPLESS_MAIN(TestAbsolutePaths)
#include "test_absolute_paths.moc"
