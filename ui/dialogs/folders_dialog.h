// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QDialog>
#include <QList>

class QPushButton;
class QStandardItemModel;
class QTreeView;

namespace weightroom::ui {

class Prompts;

/// The folders of the library, and how changes in each are noticed: add, remove. Opened with open(), never with exec().
class FoldersDialog final : public QDialog {
    Q_OBJECT
public:
    FoldersDialog(const QList<FolderView>& folders, Prompts& prompts, QWidget* parent = nullptr);

    /// As they are now; in the order of the list.
    [[nodiscard]] QList<QByteArray> paths() const { return m_paths; }

Q_SIGNALS:
    /// When the user accepts a list that differs from the one at the start.
    void foldersChosen(const QList<QByteArray>& paths);

private:
    void build();
    void addRow(const FolderView& folder);
    void addFolder();
    void removeSelected();
    void takeOver();
    void updateButtons();

    Prompts& m_prompts;
    QList<QByteArray> m_before;
    QList<QByteArray> m_paths;
    QStandardItemModel* m_model; ///< a row for each path, in the same order
    QTreeView* m_list;
    QPushButton* m_remove = nullptr;
};

} // namespace weightroom::ui
