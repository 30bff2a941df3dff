// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/models/model_commands.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::test::loadedOn;
using weightroom::test::modelRow;

namespace {

const CommandContext kIdle{.isBusy = false, .deviceId = QStringLiteral("HOST_0")};
const CommandContext kBusy{.isBusy = true, .deviceId = QStringLiteral("HOST_0")};
const CommandContext kNoDevice{};

ModelRow cachedRow()
{
    ModelRow row = modelRow(QStringLiteral("a"), {.condition = ModelCondition::Cached});
    row.status.cachedComponents = {QStringLiteral("unet")};
    return row;
}

} // namespace

class TestModelCommands : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void commands_data();
    void commands();
};

void TestModelCommands::commands_data()
{
    QTest::addColumn<ModelRow>("row");
    QTest::addColumn<CommandContext>("context");
    QTest::addColumn<QString>("offered"); // letters: l(oad), u(nload), c(ache), d(rop)
    const ModelRow onDisk = modelRow(QStringLiteral("a"));
    QTest::newRow("on disk") << onDisk << kIdle << "lc";
    QTest::newRow("no device") << onDisk << kNoDevice << "c";
    QTest::newRow("a job is at work") << onDisk << kBusy << "";
    QTest::newRow("cached") << cachedRow() << kIdle << "ld";
    QTest::newRow("loaded there") << loadedOn(onDisk, QStringLiteral("HOST_0")) << kIdle << "uc";
    ModelRow forAWhile = loadedOn(onDisk, QStringLiteral("HOST_0"));
    forAWhile.status.loadedUntil.insert(QStringLiteral("HOST_0"), QDate(2026, 3, 1).startOfDay());
    QTest::newRow("loaded there for a while") << forAWhile << kIdle << "luc";
    QTest::newRow("loaded elsewhere") << loadedOn(onDisk, QStringLiteral("GPU_0")) << kIdle << "luc";
    QTest::newRow("loaded and cached") << loadedOn(cachedRow(), QStringLiteral("HOST_0")) << kIdle << "ud";
    QTest::newRow("broken") << modelRow(QStringLiteral("a"), {.condition = ModelCondition::Unusable}) << kIdle << "";
}

void TestModelCommands::commands()
{
    QFETCH(const ModelRow, row);
    QFETCH(const CommandContext, context);
    QString offered;
    if (canApply(ModelCommand::Load, row, context))
        offered += QLatin1Char('l');
    if (canApply(ModelCommand::Unload, row, context))
        offered += QLatin1Char('u');
    if (canApply(ModelCommand::Cache, row, context))
        offered += QLatin1Char('c');
    if (canApply(ModelCommand::DropFromCache, row, context))
        offered += QLatin1Char('d');
    QTEST(offered, "offered");
    QVERIFY(!canApply(ModelCommand::None, row, context));
}

QTEST_GUILESS_MAIN(TestModelCommands)
#include "test_model_commands.moc"
