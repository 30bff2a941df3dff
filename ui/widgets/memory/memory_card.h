// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/widgets/memory/owner_colors.h"

#include <QFrame>

class QLabel;

namespace weightroom::ui {

class DataLabel;
class HistoryChart;
class MemoryGauge;
class MemoryLegend;
class MemoryUsers;

/// One device or the cache: what it is, how full, who holds it, and the last minutes.
class MemoryCard final : public QFrame {
    Q_OBJECT
public:
    explicit MemoryCard(QWidget* parent = nullptr);

    void setMemory(const MemoryView& memory, const OwnerColors& colors);
    /// Adds the present fill to the history. Once a second.
    void tick();

    [[nodiscard]] const MemoryView& memory() const { return m_memory; }
    [[nodiscard]] MemoryGauge* gauge() const { return m_gauge; }

Q_SIGNALS:
    void ownerClicked(const QString& modelId);

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void connectHighlight();
    void showIcon();

    MemoryView m_memory;
    QLabel* m_icon;
    QLabel* m_name;
    QLabel* m_amount;
    DataLabel* m_title;
    MemoryGauge* m_gauge;
    MemoryLegend* m_legend;
    MemoryUsers* m_users;
    HistoryChart* m_history;
    QLabel* m_problem;
    QLabel* m_note;
};

} // namespace weightroom::ui
