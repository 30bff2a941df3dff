// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/monitor_view.h"
#include "ui/widgets/memory/owner_colors.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QSplitter;
class QTabBar;
class QTableView;

namespace weightroom::ui {

class Breadcrumb;
class EmptyState;
class GpuFigureList;
class HistoryBoard;
class LiveSeries;
class MemoryGauge;
class MemoryUsers;
class ProcessModel;
class Treemap;

/// One memory at a time, a device or the RAM cache: how full it is, what is in it down to single tensors, which
/// programs use it, and how it was over time.
class MemoryPage final : public QWidget {
    Q_OBJECT
public:
    /// `live` outlives the page.
    explicit MemoryPage(const LiveSeries& live, QWidget* parent = nullptr);

    /// Who holds what as the engine knows it, for the colours and for the programs that use models. May come often, as
    /// while something is loaded: it is shown with the next numbers.
    void setMemory(const QList<MemoryView>& memory);
    /// Once a second. All that is shown is of these numbers, so that its parts agree with one another.
    void setMonitor(const MonitorView& monitor);
    void setHistory(const HistoryView& history);
    void setTensors(const TensorsView& tensors);

    [[nodiscard]] QString currentId() const; ///< "GPU_0"; empty while there is none
    void showMemory(const QString& id);
    [[nodiscard]] Treemap* treemap() const { return m_treemap; }
    [[nodiscard]] QTabBar* tabs() const { return m_tabs; }
    [[nodiscard]] MemoryGauge* gauge() const { return m_gauge; }
    [[nodiscard]] HistoryBoard* history() const { return m_history; }

Q_SIGNALS:
    void historyWanted(const weightroom::ui::HistoryRequest& request);
    /// Both ids empty: what several components share.
    void tensorsWanted(const QString& memoryId, const QString& modelId, const QString& componentId);
    void ownerClicked(const QString& modelId);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void setUpParts();
    void build();
    [[nodiscard]] QWidget* makeMain();
    [[nodiscard]] QWidget* makeSide();
    void connectParts();
    void updateTabs();
    void showCurrent();
    void showAmount(const WatchedMemory& memory);
    void showPrograms(const WatchedMemory& memory);
    void showGauge(const WatchedMemory& memory);
    void showCharts(const WatchedMemory& memory);
    [[nodiscard]] const MemoryView* currentView() const;

    QList<MemoryView> m_memory;
    MonitorView m_monitor;
    OwnerColors m_colors;
    QTabBar* m_tabs;
    EmptyState* m_empty;
    QWidget* m_content;
    QLabel* m_amount;
    QLabel* m_title;
    QLabel* m_problem;
    QLabel* m_age; ///< of what a GPU says
    MemoryGauge* m_gauge;
    Breadcrumb* m_path;
    QCheckBox* m_showsFree;
    Treemap* m_treemap;
    ProcessModel* m_processModel;
    QTableView* m_processes;
    GpuFigureList* m_figures;
    MemoryUsers* m_users;
    HistoryBoard* m_history;
};

} // namespace weightroom::ui
