// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_card.h"

#include "ui/bridge/text/units.h"
#include "ui/charts/history_chart.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/memory/memory_gauge.h"
#include "ui/widgets/memory/memory_legend.h"
#include "ui/widgets/memory/memory_users.h"

#include <QEvent>
#include <QGridLayout>

namespace weightroom::ui {
namespace {

constexpr int kIconSize = 20;

} // namespace

MemoryCard::MemoryCard(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_name(makeHeading({}, 1.1, this))
    , m_amount(makeHeading({}, 1.0, this))
    , m_title(new DataLabel(this))
    , m_gauge(new MemoryGauge(this))
    , m_legend(new MemoryLegend(this))
    , m_users(new MemoryUsers(this))
    , m_history(new HistoryChart(this))
    , m_problem(makeSentenceLabel(this))
    , m_note(makeSentenceLabel(this))
{
    build();
    connectHighlight();
}

void MemoryCard::setMemory(const MemoryView& memory, const OwnerColors& colors)
{
    const bool isNew = memory.id != m_memory.id;
    m_memory = memory;
    // The cache has no id that a user would know.
    const bool isCache = memory.place == MemoryPlace::Cache;
    m_name->setText(isCache ? memory.title : memory.id);
    m_title->setData(isCache ? tr("Keeps weights ready to load again", "below the title of the cache") : memory.title);
    m_amount->setText(tr("%1 of %2", "held, capacity").arg(bytesText(memory.held), bytesText(memory.capacity)));
    m_amount->setToolTip(
        tr("%1 of %2", "held, capacity").arg(exactBytesText(memory.held), exactBytesText(memory.capacity)));
    m_gauge->setMemory(memory, colors);
    m_legend->setSegments(m_gauge->segments(), colors);
    m_users->setUsers(memory.users);
    m_problem->setText(memory.problem);
    m_problem->setVisible(!memory.problem.isEmpty());
    m_note->setText(memory.note);
    m_note->setVisible(!memory.note.isEmpty());
    const bool hasMemory = memory.capacity > 0;
    for (QWidget* part : std::initializer_list<QWidget*>{m_amount, m_gauge, m_legend, m_history})
        part->setVisible(hasMemory);
    m_history->setCapacity(memory.capacity);
    if (isNew) {
        setObjectName(QStringLiteral("memory_") + memory.id);
        showIcon();
    }
}

void MemoryCard::tick() { m_history->append(m_memory.held); }

void MemoryCard::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showIcon();
}

void MemoryCard::build()
{
    setProperty("role", QStringLiteral("card"));
    m_title->setProperty("role", QStringLiteral("muted"));
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_note->setProperty("role", QStringLiteral("muted"));
    m_note->setObjectName(QStringLiteral("note"));
    m_amount->setObjectName(QStringLiteral("amount"));
    m_amount->setAlignment(Qt::AlignRight | Qt::AlignVCenter);

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(kMargin, kMargin - 2, kMargin, kMargin - 2);
    layout->setHorizontalSpacing(2 * kSpace);
    layout->setVerticalSpacing(kSpace + 2);
    layout->addWidget(m_icon, 0, 0);
    layout->addWidget(m_name, 0, 1);
    layout->addWidget(m_amount, 0, 2);
    layout->addWidget(m_title, 1, 0, 1, 3);
    layout->addWidget(m_problem, 2, 0, 1, 3);
    layout->addWidget(m_gauge, 3, 0, 1, 3);
    layout->addWidget(m_legend, 4, 0, 1, 3);
    layout->addWidget(m_users, 5, 0, 1, 3);
    layout->addWidget(m_note, 6, 0, 1, 3);
    layout->addWidget(m_history, 7, 0, 1, 3);
    layout->setColumnStretch(1, 1);
}

void MemoryCard::connectHighlight()
{
    connect(m_gauge, &MemoryGauge::ownerHovered, m_legend, &MemoryLegend::setHighlighted);
    connect(m_legend, &MemoryLegend::ownerHovered, m_gauge, &MemoryGauge::setHighlighted);
    connect(m_gauge, &MemoryGauge::ownerClicked, this, &MemoryCard::ownerClicked);
    connect(m_legend, &MemoryLegend::ownerClicked, this, &MemoryCard::ownerClicked);
}

void MemoryCard::showIcon()
{
    const bool isGpu = m_memory.place == MemoryPlace::Gpu;
    const QString name = isGpu ? QStringLiteral("gpu") : QStringLiteral("cache");
    m_icon->setPixmap(iconPixmap(name, themeOf(palette()).muted, kIconSize, devicePixelRatioF()));
}

} // namespace weightroom::ui
