// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/scripted_prompts.h"
#include "ui/dialogs/folders_dialog.h"

#include <QDialogButtonBox>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

using namespace weightroom::ui;
using weightroom::test::ScriptedPrompts;

namespace {

FolderView folder(const char* path) { return {.path = path, .text = QString::fromUtf8(path), .problem = {}}; }

void press(const FoldersDialog& dialog, const char* name)
{
    dialog.findChild<QPushButton*>(QLatin1String(name))->click();
}

void acceptDialog(const FoldersDialog& dialog)
{
    dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
}

} // namespace

class TestFoldersDialog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addsAndRemoves();
    void bytesOfPathsAreKept();
    void sameFoldersAreNotAsked();
    void dismissedQuestionsChangeNothing();
    void saysHowEachIsWatched();

private:
    ScriptedPrompts m_prompts;
};

void TestFoldersDialog::addsAndRemoves()
{
    auto* dialog = new FoldersDialog({folder("/a"), folder("/b")}, m_prompts);
    QSignalSpy chosen(dialog, &FoldersDialog::foldersChosen);
    m_prompts.answerNext("/c");
    press(*dialog, "addFolderButton");
    auto* list = dialog->findChild<QTreeView*>(QStringLiteral("folderList"));
    QCOMPARE(list->model()->rowCount(), 3);
    QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("removeFolderButton"))->isEnabled());
    list->setCurrentIndex(list->model()->index(0, 0));
    press(*dialog, "removeFolderButton");
    acceptDialog(*dialog);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.first().first().value<QList<QByteArray>>(), (QList<QByteArray>{"/b", "/c"}));
}

void TestFoldersDialog::bytesOfPathsAreKept()
{
    auto* dialog = new FoldersDialog({}, m_prompts);
    QSignalSpy chosen(dialog, &FoldersDialog::foldersChosen);
    const QByteArray path("/models/\xff\n");
    m_prompts.answerNext(path);
    press(*dialog, "addFolderButton");
    const QString shown = dialog->findChild<QTreeView*>()->model()->index(0, 0).data().toString();
    QCOMPARE(shown, QStringLiteral("/models/\uFFFD⟨U+000A⟩"));
    acceptDialog(*dialog);
    QCOMPARE(chosen.first().first().value<QList<QByteArray>>(), QList<QByteArray>{path});
}

void TestFoldersDialog::sameFoldersAreNotAsked()
{
    auto* dialog = new FoldersDialog({folder("/a")}, m_prompts);
    QSignalSpy chosen(dialog, &FoldersDialog::foldersChosen);
    m_prompts.answerNext("/a");
    press(*dialog, "addFolderButton");
    acceptDialog(*dialog);
    QCOMPARE(chosen.count(), 0);
}

void TestFoldersDialog::dismissedQuestionsChangeNothing()
{
    const QPointer<FoldersDialog> dialog = new FoldersDialog({folder("/a")}, m_prompts);
    press(*dialog, "addFolderButton");
    QCOMPARE(dialog->paths(), QList<QByteArray>{"/a"});
    dialog->reject();
    dialog->deleteLater();
    QTRY_VERIFY(dialog.isNull());
}

void TestFoldersDialog::saysHowEachIsWatched()
{
    FolderView watched = folder("/a");
    watched.watchText = QStringLiteral("Changes are seen at once.");
    FolderView broken = folder("/b");
    broken.watchText = watched.watchText;
    broken.problem = ErrorView{
        .sentence = QStringLiteral("It cannot be read."), .advice = {}, .actions = {}, .detail = {}, .modelId = {}};
    const FoldersDialog dialog({watched, broken}, m_prompts);
    const QAbstractItemModel& model = *dialog.findChild<QTreeView*>(QStringLiteral("folderList"))->model();
    QCOMPARE(model.index(0, 1).data().toString(), watched.watchText);
    QCOMPARE(model.index(1, 1).data().toString(), broken.problem->sentence);
}

QTEST_MAIN(TestFoldersDialog)
#include "test_folders_dialog.moc"
