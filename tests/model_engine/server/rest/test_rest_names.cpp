// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_names.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

Json parsed(const char* text) { return parseJson(text).value(); }

} // namespace

class TestRestNames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void leavesSnakeCaseAlone();
    void convertsKeysAndNothingElse();
    void leavesKeysAloneThatAreData();
    void readsNamesStrictly_data();
    void readsNamesStrictly();
};

void TestRestNames::leavesSnakeCaseAlone()
{
    const Json document = parsed(R"({"model_id": "a", "Odd Key": [{"b_c": 1}]})");
    QVERIFY(withNames(document, RestNaming::Snake, {}) == document);
    QCOMPARE(nameFor("model_id", RestNaming::Snake), std::string{"model_id"});
}

void TestRestNames::convertsKeysAndNothingElse()
{
    const Json document = parsed(R"({"model_id": "model_id", "rows": [{"sha256": "x_y", "is_on": true}, ["a_b"]],
        "not a name": {"vram_bytes": 5}, "id_model": null})");
    const Json expected = parsed(R"({"ModelId": "model_id", "Rows": [{"Sha256": "x_y", "IsOn": true}, ["a_b"]],
        "not a name": {"VramBytes": 5}, "id_model": null})");
    QCOMPARE(writeJson(withNames(document, RestNaming::Pascal, {})), writeJson(expected));
}

void TestRestNames::leavesKeysAloneThatAreData()
{
    const std::vector<std::string> data{"raw.header", "files.hashes"};
    const Json document = parsed(R"({"raw": {"header": {"ss_tag": {"max_count": 1}}, "side_cars": {"a_b": 1}},
        "files": [{"hashes": {"tensor_sha256": "x"}, "size_bytes": 1}], "hashes": {"a_b": 1}})");
    const Json expected = parsed(R"({"Raw": {"Header": {"ss_tag": {"MaxCount": 1}}, "SideCars": {"AB": 1}},
        "Files": [{"Hashes": {"tensor_sha256": "x"}, "SizeBytes": 1}], "Hashes": {"AB": 1}})");
    QCOMPARE(writeJson(withNames(document, RestNaming::Pascal, data)), writeJson(expected));
}

void TestRestNames::readsNamesStrictly_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QByteArray>("field"); ///< in PascalCase; empty: none
    const auto row = [](const char* written, const char* field) {
        QTest::newRow(written) << QByteArray{written} << QByteArray{field};
    };
    row("ModelId", "model_id");
    row("Sha256", "sha256");
    row("Verify", "verify");
    row("modelId", "");
    row("model_id", "");
    row("Model_Id", "");
    row("IdModel", "");
    row("", "");
    row("Model-Id", "");
}

void TestRestNames::readsNamesStrictly()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, field);
    const auto read = fieldFrom(written.toStdString(), RestNaming::Pascal);
    QCOMPARE(read.value_or(""), field.toStdString());
    if (read)
        QCOMPARE(nameFor(*read, RestNaming::Pascal), written.toStdString());
    QCOMPARE(fieldFrom(written.toStdString(), RestNaming::Snake), std::optional{written.toStdString()});
}

QTEST_APPLESS_MAIN(TestRestNames)
#include "test_rest_names.moc"
