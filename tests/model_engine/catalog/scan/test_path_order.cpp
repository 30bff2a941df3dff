// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/path_order.h"

#include <QTest>

#include <filesystem>
#include <vector>

using namespace weightroom::engine;

class TestPathOrder final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isTheOrderOfPaths();
};

void TestPathOrder::isTheOrderOfPaths()
{
    const std::vector<std::filesystem::path> paths{"/", "/a", "/a/b", "/a-b", "/a-b/c", "/a b", "/ab", "/a.b", "/a/b/c",
        "/B", "/a/\xff", "/a\x01/b", "/\xc3\xa4/b", "/b"};
    for (const auto& a : paths) {
        for (const auto& b : paths) {
            QVERIFY2(PathOrder{}(a.native(), b.native()) == (a < b), (a.string() + " " + b.string()).c_str());
        }
    }
}

QTEST_APPLESS_MAIN(TestPathOrder)
#include "test_path_order.moc"
