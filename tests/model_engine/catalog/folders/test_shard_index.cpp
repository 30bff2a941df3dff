// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/shard_index.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

const std::vector<std::filesystem::path> kShards{"/m/a-00001-of-00002.bin", "/m/a-00002-of-00002.bin"};

/// "x" in the first shard, "y" in the second.
TensorIndex twoShards()
{
    TensorIndex index;
    index.tensors.push_back({"x", Dtype::U8, Shape{}, {8, Bytes{1}}, 0});
    index.tensors.push_back({"y", Dtype::U8, Shape{}, {8, Bytes{1}}, 1});
    return index;
}

} // namespace

class TestShardIndex : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void accepts_data();
    void accepts();
    void refuses_data();
    void refuses();
};

void TestShardIndex::accepts_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("all tensors") << QByteArray(
        R"({"metadata": {"total_size": 99}, "weight_map": {"x": "a-00001-of-00002.bin", "y": "a-00002-of-00002.bin"}})");
    QTest::newRow("some of them") << QByteArray(R"({"weight_map": {"y": "a-00002-of-00002.bin"}})");
}

void TestShardIndex::accepts()
{
    QFETCH(QByteArray, content);
    const TemporaryFolder folder;
    VERIFY_RESULT(checkShardIndex(folder.write("index.json", content.toStdString()), twoShards(), kShards));
}

void TestShardIndex::refuses_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const char* content, ErrorCode code, const char* mentions) {
        QTest::newRow(name) << QByteArray(content) << code << QString::fromUtf8(mentions);
    };
    row("no JSON", "x", ErrorCode::InvalidJson, "");
    row("no object", "[]", ErrorCode::InvalidFormat, "weight_map");
    row("no map", "{}", ErrorCode::InvalidFormat, "weight_map");
    row("a list", R"({"weight_map": []})", ErrorCode::InvalidFormat, "weight_map");
    row("a number", R"({"weight_map": {"x": 1}})", ErrorCode::InvalidFormat, "'x'");
    row("another shard", R"({"weight_map": {"x": "a-00002-of-00002.bin"}})", ErrorCode::InvalidFormat,
        "'a-00001-of-00002.bin'");
    row("a path", R"({"weight_map": {"x": "../m/a-00001-of-00002.bin"}})", ErrorCode::InvalidFormat, "'x'");
    row("a tensor that is nowhere", R"({"weight_map": {"z": "a-00001-of-00002.bin"}})", ErrorCode::InvalidFormat,
        "'z'");
    row("too deep", R"({"a": [[[[[[[[[[0]]]]]]]]]], "weight_map": {}})", ErrorCode::InvalidJson, "");
}

void TestShardIndex::refuses()
{
    QFETCH(QByteArray, content);
    QFETCH(ErrorCode, code);
    QFETCH(QString, mentions);
    const TemporaryFolder folder;
    const auto file = folder.write("index.json", content.toStdString());
    const auto checked = checkShardIndex(file, twoShards(), kShards);
    VERIFY_ERROR(checked, code);
    QVERIFY2(QString::fromStdString(checked.error().detail).contains(mentions), checked.error().detail.c_str());
    QCOMPARE(checked.error().context.path, file.string());
}

QTEST_APPLESS_MAIN(TestShardIndex)
#include "test_shard_index.moc"
