// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>
#include <QStringList>

class QAbstractItemView;
class QListView;
class QTableView;

namespace weightroom::ui {

class ModelFilterProxy;
class PreviewLoader;

enum class ViewMode : quint8 { Table = 0, Cards };

/// The models as a table or as cards. One of the two is shown; the selection goes along when it changes.
class ModelViews final : public QStackedWidget {
    Q_OBJECT
public:
    /// `proxy` over a ModelTableModel; both arguments are borrowed.
    ModelViews(ModelFilterProxy& proxy, PreviewLoader& previews, QWidget* parent = nullptr);

    void setMode(ViewMode mode);
    [[nodiscard]] ViewMode mode() const { return m_mode; }

    [[nodiscard]] QStringList selectedIds() const;
    void select(const QStringList& ids);
    /// Selects a row of the proxy, scrolls to it, and takes the focus.
    void show(const QModelIndex& index);
    /// Selects the first row when none is selected, and takes the focus.
    void enter();
    /// Offers these actions by the right mouse button.
    void setContextActions(const QList<QAction*>& actions);

Q_SIGNALS:
    void selectionChanged();
    void activated(); ///< double click or Return on the selection

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void buildTable();
    void buildCards();
    void connectView(QAbstractItemView& view);
    [[nodiscard]] QAbstractItemView& current() const;
    void showChangedPreview(const QString& modelId);

    ModelFilterProxy& m_proxy;
    PreviewLoader& m_previews;
    QTableView* m_table;
    QListView* m_cards;
    ViewMode m_mode = ViewMode::Table;
};

} // namespace weightroom::ui
