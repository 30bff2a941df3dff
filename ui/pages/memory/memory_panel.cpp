// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/memory_panel.h"

#include "ui/style/theme.h"
#include "ui/widgets/memory/memory_card.h"

#include <QScrollBar>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kRefreshIntervalMs = 100; ///< 10 Hz: smooth enough for a bar
constexpr int kTickIntervalMs = 1000; ///< the resolution of the history

} // namespace

MemoryPanel::MemoryPanel(QWidget* parent)
    : QScrollArea(parent)
    , m_layout(nullptr)
{
    auto* content = new QWidget(this);
    m_layout = new QVBoxLayout(content);
    m_layout->setContentsMargins(2 * kSpace, 2 * kSpace, 2 * kSpace, 2 * kSpace);
    m_layout->setSpacing(2 * kSpace);
    m_layout->addStretch();
    setWidget(content);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Memory", "accessible name of the panel"));
    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(kRefreshIntervalMs);
    connect(&m_refreshTimer, &QTimer::timeout, this, &MemoryPanel::refresh);
    m_tickTimer.setInterval(kTickIntervalMs);
    connect(&m_tickTimer, &QTimer::timeout, this, &MemoryPanel::tick);
    m_tickTimer.start();
}

void MemoryPanel::setMemory(const QList<MemoryView>& memory)
{
    m_newest = memory;
    if (m_cards.isEmpty())
        return refresh();
    if (!m_refreshTimer.isActive())
        m_refreshTimer.start();
}

void MemoryPanel::refresh()
{
    QStringList owners;
    for (const MemoryView& memory : std::as_const(m_newest)) {
        for (const MemoryOwner& owner : memory.owners)
            owners.append(owner.modelId);
    }
    m_colors.setOwners(owners);
    for (const MemoryView& memory : std::as_const(m_newest))
        cardFor(memory)->setMemory(memory, m_colors);
    // There is no scroll bar for the width: the cards must fit.
    setMinimumWidth(widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width());
}

void MemoryPanel::tick()
{
    for (MemoryCard* card : std::as_const(m_cards))
        card->tick();
}

MemoryCard* MemoryPanel::cardFor(const MemoryView& memory)
{
    MemoryCard*& card = m_cards[memory.id];
    if (card == nullptr) {
        card = new MemoryCard(widget());
        connect(card, &MemoryCard::ownerClicked, this, &MemoryPanel::ownerClicked);
        // Before the stretch, in the order of the engine.
        m_layout->insertWidget(m_layout->count() - 1, card);
    }
    return card;
}

} // namespace weightroom::ui
