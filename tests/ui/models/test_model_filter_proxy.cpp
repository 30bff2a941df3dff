// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/models/model_filter_proxy.h"
#include "ui/models/model_table_model.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::modelRow;

class TestModelFilterProxy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void everyWordMustOccur_data();
    void everyWordMustOccur();
    void kinds();
    void cachedIncludesPartlyCached();
    void clearShowsAll();
    void numbersInNamesAreOrderedAsNumbers();
    void sizesAreOrderedAsNumbers();
    void changesAreFilteredAnew();

private:
    [[nodiscard]] QStringList shown() const;
    std::unique_ptr<ModelTableModel> m_model;
    std::unique_ptr<ModelFilterProxy> m_proxy;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
    QList<ModelRow> m_rows;
};

void TestModelFilterProxy::init()
{
    m_tester.reset();
    m_proxy = std::make_unique<ModelFilterProxy>();
    m_model = std::make_unique<ModelTableModel>();
    m_proxy->setSourceModel(m_model.get());
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_proxy.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_rows = {
        modelRow(QStringLiteral("base v10"), {.bytes = 5'000'000'000}),
        modelRow(QStringLiteral("base v2"), {.condition = ModelCondition::Cached, .bytes = 900}),
        modelRow(QStringLiteral("dog"),
            {.kind = ModelKind::Lora, .condition = ModelCondition::PartlyCached, .bytes = 6'000}),
        modelRow(QStringLiteral("Ärger"), {.kind = ModelKind::Vae, .architecture = QStringLiteral("Flux")}),
    };
    m_model->setRows(m_rows);
}

QStringList TestModelFilterProxy::shown() const
{
    QStringList names;
    for (int row = 0; row < m_proxy->rowCount(); ++row)
        names.append(m_proxy->index(row, ModelTableModel::NameColumn).data().toString());
    return names;
}

void TestModelFilterProxy::everyWordMustOccur_data()
{
    QTest::addColumn<QString>("search");
    QTest::addColumn<int>("expected");
    QTest::newRow("nothing typed") << "" << 4;
    QTest::newRow("spaces") << "   " << 4;
    QTest::newRow("part of a name") << "bas" << 2;
    QTest::newRow("two words") << "base v10" << 1;
    QTest::newRow("words in any order") << "v10 base" << 1;
    QTest::newRow("case does not matter") << "DOG" << 1;
    QTest::newRow("nor for other letters") << "ärger" << 1;
    QTest::newRow("architecture") << "flux" << 1;
    QTest::newRow("folder") << "/models" << 4;
    QTest::newRow("no pattern") << ".*" << 0;
    QTest::newRow("nothing") << "base dog" << 0;
}

void TestModelFilterProxy::everyWordMustOccur()
{
    QFETCH(const QString, search);
    m_proxy->setSearchText(search);
    QTEST(m_proxy->rowCount(), "expected");
}

void TestModelFilterProxy::kinds()
{
    m_proxy->setPart({.kind = ModelKind::Lora});
    QCOMPARE(shown(), QStringList{QStringLiteral("dog")});
}

void TestModelFilterProxy::cachedIncludesPartlyCached()
{
    m_proxy->setCondition(ModelCondition::Cached);
    QCOMPARE(m_proxy->rowCount(), 2);
    m_proxy->setCondition(ModelCondition::OnDisk);
    QCOMPARE(m_proxy->rowCount(), 2);
}

void TestModelFilterProxy::clearShowsAll()
{
    m_proxy->setSearchText(QStringLiteral("dog"));
    m_proxy->setPart({.kind = ModelKind::Vae});
    QCOMPARE(m_proxy->rowCount(), 0);
    m_proxy->clear();
    QCOMPARE(m_proxy->rowCount(), 4);
    QVERIFY(m_proxy->part() == LibraryPart{});
}

void TestModelFilterProxy::numbersInNamesAreOrderedAsNumbers()
{
    m_proxy->setPart({.kind = ModelKind::Checkpoint});
    m_proxy->sort(ModelTableModel::NameColumn);
    QCOMPARE(shown(), (QStringList{QStringLiteral("base v2"), QStringLiteral("base v10")}));
}

void TestModelFilterProxy::sizesAreOrderedAsNumbers()
{
    m_proxy->sort(ModelTableModel::SizeColumn, Qt::DescendingOrder);
    QCOMPARE(shown().first(), QStringLiteral("base v10"));
    QCOMPARE(shown().last(), QStringLiteral("base v2"));
}

void TestModelFilterProxy::changesAreFilteredAnew()
{
    m_proxy->setCondition(ModelCondition::Loaded);
    QCOMPARE(m_proxy->rowCount(), 0);
    m_rows[0] = weightroom::test::loadedOn(m_rows[0], QStringLiteral("HOST_0"));
    m_model->setRows(m_rows);
    QCOMPARE(shown(), QStringList{QStringLiteral("base v10")});
}

QTEST_GUILESS_MAIN(TestModelFilterProxy)
#include "test_model_filter_proxy.moc"
