// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/operation_view.h"

#include <QDialog>
#include <QHash>
#include <QList>

class QLineEdit;
class QSortFilterProxyModel;
class QStackedWidget;
class QTreeView;

namespace weightroom::ui {

class OperationPanel;
class OperationTreeModel;

/// All operations of the engine, to be looked at and called. Not modal; what was typed and answered stays while it is
/// closed.
class OperationsDialog final : public QDialog {
    Q_OBJECT
public:
    explicit OperationsDialog(const QList<OperationView>& operations, QWidget* parent = nullptr);

    void begin(const QString& operation, quint64 call, quint64 job);
    [[nodiscard]] bool isRunning(const QString& operation) const;
    void setJob(const JobView& job);
    void end(const OperationOutcome& outcome);
    /// The model that is chosen in the library; empty: none, or several.
    void suggestModel(const QString& modelId);

Q_SIGNALS:
    void runRequested(const weightroom::ui::OperationView& operation, const QByteArray& json);
    void cancelRequested(quint64 job);
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void build();
    [[nodiscard]] QWidget* buildList();
    void filter(const QString& text);
    void enterList();
    void showOperation(const QString& name);
    [[nodiscard]] OperationPanel* panelFor(const QString& name);
    [[nodiscard]] QModelIndex indexOf(const QString& name) const;

    const QList<OperationView> m_operations;
    OperationTreeModel* m_model;
    QSortFilterProxyModel* m_filtered;
    QLineEdit* m_filter;
    QTreeView* m_tree;
    QStackedWidget* m_pages;
    QHash<QString, OperationPanel*> m_panels; ///< of the operations that were looked at
    QString m_shown; ///< the name of the operation; empty: none yet
    QString m_modelId;
    bool m_isFiltering = false; ///< the tree then chooses by itself, which changes nothing
};

} // namespace weightroom::ui
