// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/findings.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

ModelRecord recordOf(ModelKind kind, Placement placement)
{
    ModelRecord record;
    record.identified.kind = kind;
    record.placement = std::move(placement);
    return record;
}

} // namespace

class TestFindings final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatLiesInTheWrongFolder();
    void saysNothing_data();
    void saysNothing();
};

Q_DECLARE_METATYPE(ModelRecord)

void TestFindings::findsWhatLiesInTheWrongFolder()
{
    const auto inComfy = findingsOf(
        recordOf(ModelKind::Vae, {LibraryLayout::ComfyUi, {ModelKind::Lora, ModelKind::Controlnet}, "models/loras"}));
    QCOMPARE(inComfy.size(), std::size_t{1});
    QCOMPARE(toText(inComfy.front().kind), std::string_view{"misplaced"});
    QCOMPARE(
        inComfy.front().detail, std::string{"a vae lies in 'models/loras', where ComfyUI expects: lora, controlnet"});
    const auto byName = findingsOf(recordOf(ModelKind::Lora, {LibraryLayout::None, {ModelKind::Vae}, "vae"}));
    QCOMPARE(byName.front().detail, std::string{"a lora lies in 'vae', where one expects: vae"});
}

void TestFindings::saysNothing_data()
{
    QTest::addColumn<ModelRecord>("record");
    const Placement loras{LibraryLayout::ComfyUi, {ModelKind::Lora}, "models/loras"};
    QTest::newRow("in its place") << recordOf(ModelKind::Lora, loras);
    QTest::newRow("in a folder that says nothing")
        << recordOf(ModelKind::Vae, {LibraryLayout::ComfyUi, {}, "models/x"});
    QTest::newRow("of an unknown kind") << recordOf(ModelKind::Unknown, loras);
    ModelRecord broken = recordOf(ModelKind::Vae, loras);
    broken.problem = Error{ErrorCode::InvalidFormat, "broken", {}};
    QTest::newRow("broken") << broken;
}

void TestFindings::saysNothing()
{
    QFETCH(ModelRecord, record);
    QVERIFY(findingsOf(record).empty());
}

QTEST_APPLESS_MAIN(TestFindings)
#include "test_findings.moc"
