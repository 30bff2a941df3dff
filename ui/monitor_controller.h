// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"
#include "ui/models/live_series.h"

#include <QMap>
#include <QObject>
#include <QSet>

class QWidget;

namespace weightroom::ui {

class Banner;
class EngineBridge;
class MemoryPage;
class MonitorPage;
class Prompts;

/// Brings what the engine sees to the pages of memory and monitoring, what they ask to the engine or into a file, and
/// to the desktop when an alert begins and when it is over. Bridge, prompts and banner are borrowed and outlive it.
class MonitorController final : public QObject {
    Q_OBJECT
public:
    /// `window` becomes its parent, and that of the pages until they have a place.
    MonitorController(EngineBridge& bridge, Prompts& prompts, Banner& banner, QWidget* window);

    [[nodiscard]] MemoryPage* memoryPage() const { return m_memoryPage; }
    [[nodiscard]] MonitorPage* monitorPage() const { return m_monitorPage; }

Q_SIGNALS:
    /// So many alerts are active and not acknowledged.
    void alertsChanged(qsizetype count);

private:
    void connectPages();
    void show();
    void tellOfNewAlerts(const MonitorView& monitor);
    void tellWhatIsOver(const MonitorView& monitor);
    void exportHistory(const HistoryRequest& what, HistoryFile format);

    EngineBridge& m_bridge;
    Prompts& m_prompts;
    Banner& m_banner;
    LiveSeries m_live;
    MemoryPage* m_memoryPage;
    MonitorPage* m_monitorPage;
    bool m_hasBegun = false; ///< numbers have come in
    QSet<quint64> m_told; ///< alerts that need not be told of again
    QMap<quint64, AlertView> m_active; ///< those that went on when the engine looked last, by their numbers
};

} // namespace weightroom::ui
