// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/models/library_tree_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::modelRow;

class TestLibraryTreeModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void showsWhatThereIsWithItsNumbers();
    void anEmptyLibraryHasItsFirstTwoParts();
    void headingsCannotBeChosen();
    void findsAPartAgain();
    void numbersThatChangeKeepTheTree();
    void aNewKindMakesTheTreeAnew();
    void partsContainTheirModels_data();
    void partsContainTheirModels();

private:
    /// "All models 3 | Favourites 1 | Kinds [Checkpoint 2, …] | …"
    [[nodiscard]] QString text(const QModelIndex& parent = {}) const;
    [[nodiscard]] static ModelRow noted(ModelRow row, const ModelNotes& notes)
    {
        row.notes = std::make_shared<const ModelNotes>(notes);
        return row;
    }

    std::unique_ptr<LibraryTreeModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
    QList<ModelRow> m_rows;
};

void TestLibraryTreeModel::init()
{
    m_tester.reset();
    m_model = std::make_unique<LibraryTreeModel>();
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    ModelRow broken = modelRow(QStringLiteral("broken"), {.condition = ModelCondition::Unusable});
    broken.findings = {Finding::Unusable};
    m_rows = {
        noted(modelRow(QStringLiteral("base")), {.tags = {QStringLiteral("photo")}, .isFavorite = true}),
        modelRow(QStringLiteral("hat"), {.kind = ModelKind::Lora}),
        noted(modelRow(QStringLiteral("odd"), {.kind = ModelKind::Unknown}),
            {.tags = {QStringLiteral("Art"), QStringLiteral("photo")}, .kind = ModelKind::Lora}),
        broken,
    };
}

QString TestLibraryTreeModel::text(const QModelIndex& parent) const
{
    QStringList parts;
    for (int row = 0; row < m_model->rowCount(parent); ++row) {
        const QModelIndex index = m_model->index(row, 0, parent);
        const QVariant count = index.data(LibraryTreeModel::CountRole);
        QString part = index.data().toString();
        if (count.isValid())
            part += QStringLiteral(" %1").arg(count.toInt());
        if (m_model->rowCount(index) > 0)
            part += QStringLiteral(" [%1]").arg(text(index));
        parts.append(part);
    }
    return parts.join(parent.isValid() ? QStringLiteral(", ") : QStringLiteral(" | "));
}

void TestLibraryTreeModel::showsWhatThereIsWithItsNumbers()
{
    m_model->setRows(m_rows, {QStringLiteral("/models"), QStringLiteral("/other")});
    QCOMPARE(text(),
        QStringLiteral("All models 4 | Favourites 1 | Kinds [Checkpoint 1, LoRA 2] | Tags [Art 1, photo 2] | "
                       "Findings [Cannot be used 1] | Folders [models 4]"));
}

void TestLibraryTreeModel::anEmptyLibraryHasItsFirstTwoParts()
{
    m_model->setRows({}, {QStringLiteral("/models")});
    QCOMPARE(text(), QStringLiteral("All models 0 | Favourites 0"));
}

void TestLibraryTreeModel::headingsCannotBeChosen()
{
    m_model->setRows(m_rows, {});
    const QModelIndex kinds = m_model->index(2, 0);
    QVERIFY(!kinds.flags().testFlag(Qt::ItemIsSelectable));
    QVERIFY(!kinds.data(LibraryTreeModel::PartRole).isValid());
    QVERIFY(m_model->index(0, 0, kinds).flags().testFlag(Qt::ItemIsSelectable));
}

void TestLibraryTreeModel::findsAPartAgain()
{
    m_model->setRows(m_rows, {});
    QCOMPARE(m_model->indexOf({}).row(), 0);
    const QModelIndex lora = m_model->indexOf({.kind = ModelKind::Lora});
    QCOMPARE(lora.data().toString(), QStringLiteral("LoRA"));
    QCOMPARE(lora.parent().data().toString(), QStringLiteral("Kinds"));
    QVERIFY(!m_model->indexOf({.kind = ModelKind::Vae}).isValid());
}

void TestLibraryTreeModel::numbersThatChangeKeepTheTree()
{
    m_model->setRows(m_rows, {});
    QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
    QSignalSpy changes(m_model.get(), &QAbstractItemModel::dataChanged);
    m_rows.append(modelRow(QStringLiteral("second hat"), {.kind = ModelKind::Lora}));
    m_model->setRows(m_rows, {});
    QCOMPARE(resets.count(), 0);
    QVERIFY(changes.count() > 0);
    QCOMPARE(m_model->indexOf({.kind = ModelKind::Lora}).data(LibraryTreeModel::CountRole).toInt(), 3);
}

void TestLibraryTreeModel::aNewKindMakesTheTreeAnew()
{
    m_model->setRows(m_rows, {});
    QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
    m_rows.append(modelRow(QStringLiteral("vae"), {.kind = ModelKind::Vae}));
    m_model->setRows(m_rows, {});
    QCOMPARE(resets.count(), 1);
}

void TestLibraryTreeModel::partsContainTheirModels_data()
{
    QTest::addColumn<LibraryPart>("part");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char* name, const LibraryPart& part, const QStringList& expected) {
        QTest::newRow(name) << part << expected;
    };
    row("all", {}, {QStringLiteral("base"), QStringLiteral("hat"), QStringLiteral("odd"), QStringLiteral("broken")});
    row("a kind, by what the user says", {.kind = ModelKind::Lora}, {QStringLiteral("hat"), QStringLiteral("odd")});
    row("broken files are of no kind", {.kind = ModelKind::Checkpoint}, {QStringLiteral("base")});
    row("favourites", {.isFavorites = true}, {QStringLiteral("base")});
    row("a tag", {.tag = QStringLiteral("photo")}, {QStringLiteral("base"), QStringLiteral("odd")});
    row("a finding", {.finding = Finding::Unusable}, {QStringLiteral("broken")});
    row("a folder whose name begins another's", {.folder = QStringLiteral("/mod")}, {});
}

void TestLibraryTreeModel::partsContainTheirModels()
{
    QFETCH(const LibraryPart, part);
    QStringList names;
    for (const ModelRow& row : m_rows) {
        if (isIn(part, row))
            names.append(row.facts->name);
    }
    QTEST(names, "expected");
}

QTEST_GUILESS_MAIN(TestLibraryTreeModel)
#include "test_library_tree_model.moc"
