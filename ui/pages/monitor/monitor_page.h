// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QToolButton;

namespace weightroom::ui {

class AlertPanel;
class GpuFigureList;
class HistoryBoard;
class LiveSeries;
class LoadSummary;

/// How a device and the machine did over time, and what is or was wrong.
class MonitorPage final : public QWidget {
    Q_OBJECT
public:
    /// `live` outlives the page.
    explicit MonitorPage(const LiveSeries& live, QWidget* parent = nullptr);

    /// Once a second.
    void setMonitor(const MonitorView& monitor);
    void setHistory(const HistoryView& history);
    void setPerformance(const PerformanceView& performance);
    void setEarlierAlerts(const QList<AlertView>& alerts);
    /// After alertAcknowledged(): nothing has come of it.
    void showUnacknowledged(quint64 number);
    /// By earlierAlertsWanted().
    void askForEarlierAlerts();

    [[nodiscard]] HistoryBoard* history() const { return m_history; }
    [[nodiscard]] AlertPanel* alerts() const { return m_alerts; }
    [[nodiscard]] QComboBox* deviceChooser() const { return m_device; }

Q_SIGNALS:
    void historyWanted(const weightroom::ui::HistoryRequest& request);
    void performanceWanted();
    /// At most so many, the newest.
    void earlierAlertsWanted(int most);
    void alertAcknowledged(quint64 number);
    /// What the charts show is to be written into a file.
    void exportRequested(const weightroom::ui::HistoryRequest& what, weightroom::ui::HistoryFile format);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void buildExport();
    [[nodiscard]] QWidget* makeMain();
    [[nodiscard]] QWidget* makeSide();
    void connectParts();
    void updateDevices();
    void updateExport();
    void updateGroup();
    void showCharts();
    void askForPerformance();
    void requestExport(HistoryFile format);
    /// What the charts are about; nullptr: there is nothing yet.
    [[nodiscard]] const WatchedMemory* current() const;

    MonitorView m_monitor;
    QList<AlertView> m_known; ///< alerts that were told last
    qint64 m_performanceAskedAt = 0; ///< by the clock of the numbers
    QComboBox* m_device;
    QToolButton* m_export;
    QLabel* m_problem;
    HistoryBoard* m_history;
    LoadSummary* m_loads;
    QLabel* m_groupHeading;
    GpuFigureList* m_group; ///< of the machine
    AlertPanel* m_alerts;
};

} // namespace weightroom::ui
