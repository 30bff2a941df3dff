// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/detail_pane.h"

#include "ui/bridge/preview_loader.h"

#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTest>

using namespace weightroom::ui;

namespace {

ModelRow model(const QString& id)
{
    auto facts = std::make_shared<ModelFacts>();
    facts->id = id;
    facts->name = id;
    return {.facts = facts, .status = {}};
}

} // namespace

class TestDetailPane : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void asksAgainWhenALoadHasEnded();
    void asksForNothingThatIsNotLookedAt();

private:
    static void showLoads(DetailPane& pane)
    {
        QWidget* loads = pane.findChild<QTableView*>(QStringLiteral("loadTable"))->parentWidget();
        pane.findChild<QTabWidget*>(QStringLiteral("detailTabs"))->setCurrentWidget(loads);
    }
};

void TestDetailPane::asksAgainWhenALoadHasEnded()
{
    PreviewLoader previews;
    DetailPane pane(previews);
    const QSignalSpy asked(&pane, &DetailPane::loadRecordsRequested);
    const ModelRow hat = model(QStringLiteral("hat"));
    pane.setModel(&hat, 1);
    showLoads(pane);
    QCOMPARE(asked.size(), 1);
    pane.setModel(&hat, 1); // nothing has changed
    pane.loadHasEnded(QStringLiteral("coat"));
    QCOMPARE(asked.size(), 1);
    // Its status is what it was, and yet there is another load to tell of.
    pane.loadHasEnded(QStringLiteral("hat"));
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked.last().first().toString(), QStringLiteral("hat"));
    pane.loadHasEnded(QString()); // several models
    QCOMPARE(asked.size(), 3);
}

void TestDetailPane::asksForNothingThatIsNotLookedAt()
{
    PreviewLoader previews;
    DetailPane pane(previews);
    const QSignalSpy asked(&pane, &DetailPane::loadRecordsRequested);
    pane.loadHasEnded(QStringLiteral("hat"));
    const ModelRow hat = model(QStringLiteral("hat"));
    pane.setModel(&hat, 1);
    pane.loadHasEnded(QStringLiteral("hat"));
    QCOMPARE(asked.size(), 0);
    showLoads(pane);
    QCOMPARE(asked.size(), 1);
}

QTEST_MAIN(TestDetailPane)
#include "test_detail_pane.moc"
