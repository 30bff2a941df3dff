// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QWidget>

class QComboBox;
class QLabel;

namespace weightroom::ui {

class AlertPanel;
class HistoryBoard;
class LiveSeries;

/// How a device and the machine did over time, and what is or was wrong.
class MonitorPage final : public QWidget {
    Q_OBJECT
public:
    /// `live` outlives the page.
    explicit MonitorPage(const LiveSeries& live, QWidget* parent = nullptr);

    /// Once a second.
    void setMonitor(const MonitorView& monitor);
    void setHistory(const HistoryView& history);
    void setEarlierAlerts(const QList<AlertView>& alerts);

    [[nodiscard]] HistoryBoard* history() const { return m_history; }
    [[nodiscard]] AlertPanel* alerts() const { return m_alerts; }
    [[nodiscard]] QComboBox* deviceChooser() const { return m_device; }

Q_SIGNALS:
    void historyWanted(const weightroom::ui::HistoryRequest& request);
    /// At most so many, the newest.
    void earlierAlertsWanted(int most);
    void alertAcknowledged(quint64 number);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void updateDevices();
    void showCharts();
    void askForEarlierAlerts();

    MonitorView m_monitor;
    QList<AlertView> m_known; ///< alerts that were told last
    QComboBox* m_device;
    QLabel* m_problem;
    HistoryBoard* m_history;
    AlertPanel* m_alerts;
};

} // namespace weightroom::ui
