// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/widgets/memory/owner_colors.h"

#include <QHash>
#include <QScrollArea>
#include <QTimer>

class QVBoxLayout;

namespace weightroom::ui {

class MemoryCard;

/// A gauge for each device and one for the cache. Takes the newest state whenever it comes and shows it ten times a
/// second at most.
class MemoryPanel final : public QScrollArea {
    Q_OBJECT
public:
    explicit MemoryPanel(QWidget* parent = nullptr);

    void setMemory(const QList<MemoryView>& memory);
    /// nullptr for a device that is not there. For tests and for keyboard navigation.
    [[nodiscard]] MemoryCard* card(const QString& id) const { return m_cards.value(id); }

Q_SIGNALS:
    void ownerClicked(const QString& modelId);

private:
    void refresh();
    void tick();
    MemoryCard* cardFor(const MemoryView& memory);

    QList<MemoryView> m_newest;
    QHash<QString, MemoryCard*> m_cards;
    OwnerColors m_colors;
    QVBoxLayout* m_layout;
    QTimer m_refreshTimer;
    QTimer m_tickTimer;
};

} // namespace weightroom::ui
