// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/ui/main_window/window_fixture.h"
#include "ui/models/operation_tree_model.h"
#include "ui/pages/operation_panel.h"
#include "ui/widgets/operation_form.h"

#include <QDialog>
#include <QFrame>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTreeView>

#include <algorithm>

namespace weightroom::test {

/// The window with its operations open.
class OperationsRig {
public:
    OperationsRig()
        : ended(&fixture.bridge(), &ui::EngineBridge::operationEnded)
    {
    }

    void open() { fixture.press(Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier); }
    [[nodiscard]] QDialog* dialog() { return fixture.find<QDialog>("operationsDialog"); }
    [[nodiscard]] QTreeView& tree() { return *dialog()->findChild<QTreeView*>(QStringLiteral("operationTree")); }
    [[nodiscard]] QStringList listed()
    {
        QStringList names;
        const QAbstractItemModel& model = *tree().model();
        for (int family = 0; family < model.rowCount(); ++family) {
            const QModelIndex parent = model.index(family, 0);
            for (int row = 0; row < model.rowCount(parent); ++row)
                names.append(model.index(row, 0, parent).data(ui::OperationTreeModel::NameRole).toString());
        }
        return names;
    }
    /// As if the user had clicked it in the list, which is opened before.
    void choose(const char* name)
    {
        if (dialog() == nullptr)
            open();
        dialog()->findChild<QLineEdit*>(QStringLiteral("operationFilter"))->clear();
        const QAbstractItemModel& model = *tree().model();
        const QModelIndexList found = model.match(model.index(0, 0), ui::OperationTreeModel::NameRole,
            QString::fromLatin1(name), 1, Qt::MatchExactly | Qt::MatchRecursive);
        tree().setCurrentIndex(found.value(0));
    }
    [[nodiscard]] ui::OperationPanel* panel()
    {
        return qobject_cast<ui::OperationPanel*>(dialog()->findChild<QStackedWidget*>()->currentWidget());
    }
    template <class Widget>
    [[nodiscard]] Widget* part(const QString& name)
    {
        return panel()->findChild<Widget*>(name);
    }
    void type(const char* field, const QString& text)
    {
        part<QLineEdit>(QStringLiteral("operationField_") + QString::fromLatin1(field))->setText(text);
    }
    [[nodiscard]] QPlainTextEdit* further()
    {
        return part<QPlainTextEdit>(QStringLiteral("operationField_") + ui::kFurtherFields);
    }
    [[nodiscard]] QPushButton* runButton() { return part<QPushButton>(QStringLiteral("runOperation")); }
    void run() { runButton()->click(); }
    [[nodiscard]] QByteArray answer()
    {
        return part<QPlainTextEdit>(QStringLiteral("operationAnswer"))->toPlainText().toUtf8();
    }
    [[nodiscard]] QJsonObject answerObject() { return QJsonDocument::fromJson(answer()).object(); }
    [[nodiscard]] QFrame* error() { return part<QFrame>(QStringLiteral("operationError")); }
    [[nodiscard]] QString errorSentence() { return part<QLabel>(QStringLiteral("bannerSentence"))->text(); }
    [[nodiscard]] QString errorDetail() { return part<QLabel>(QStringLiteral("operationErrorDetail"))->text(); }
    [[nodiscard]] QString problemAt(const char* field)
    {
        const auto* label = part<QLabel>(QStringLiteral("operationProblem_") + QString::fromLatin1(field));
        return label->isVisible() ? label->text() : QString();
    }
    /// Whether anything of the form lies over something else, as when a sentence came and the rows were not told.
    [[nodiscard]] bool hasOverlap()
    {
        QList<QRect> places;
        for (const QWidget* part :
            panel()->findChild<ui::OperationForm*>()->findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
            if (part->isVisible())
                places.append(part->geometry());
        }
        for (auto one = places.cbegin(); one != places.cend(); ++one) {
            if (std::any_of(one + 1, places.cend(), [one](const QRect& other) { return one->intersects(other); }))
                return true;
        }
        return false;
    }
    /// Keeps a plan of this name, with a model that need not be there.
    void keepPlan(const QString& name)
    {
        choose("preload.post_preload_plan");
        type("name", name);
        part<QPlainTextEdit>(QStringLiteral("operationField_model_ids"))->setPlainText(QStringLiteral("some-model"));
        run();
    }
    [[nodiscard]] qsizetype plansShown() { return answerObject().value(QStringLiteral("plans")).toArray().size(); }

    WindowFixture fixture;
    QSignalSpy ended;
};

} // namespace weightroom::test
