// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/component_choice.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QLabel>
#include <QListView>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kMostRows = 5; ///< that are seen without scrolling

QStandardItem* itemOf(const ComponentFacts& component)
{
    auto* item = new QStandardItem(
        ComponentChoice::tr("%1, %2", "component, its size").arg(component.id, bytesText(component.bytes)));
    item->setData(component.id, Qt::UserRole);
    item->setToolTip(plainToolTip(item->text()));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable | Qt::ItemNeverHasChildren);
    item->setCheckState(Qt::Checked);
    return item;
}

} // namespace

ComponentChoice::ComponentChoice(QWidget* parent)
    : QWidget(parent)
    , m_items(new QStandardItemModel(this))
    , m_list(new QListView(this))
{
    m_list->setObjectName(QStringLiteral("componentChoice"));
    m_list->setAccessibleName(tr("Components to load", "accessible name"));
    m_list->setModel(m_items);
    m_list->setTextElideMode(Qt::ElideMiddle);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kSpace);
    layout->addWidget(makeHeading(tr("Components", "heading: to load"), 1.0, this));
    layout->addWidget(m_list);
    connect(m_items, &QStandardItemModel::itemChanged, this, &ComponentChoice::changed);
    hide();
}

void ComponentChoice::setComponents(const QString& modelId, const QList<ComponentFacts>& components)
{
    if (modelId == m_modelId && components == m_components)
        return;
    m_modelId = modelId;
    m_components = components;
    {
        const QSignalBlocker blocker(m_items);
        m_items->clear();
        for (const ComponentFacts& component : components)
            m_items->appendRow(itemOf(component));
    }
    m_list->reset();
    const int rows = std::min(static_cast<int>(components.size()), kMostRows);
    m_list->setFixedHeight(rows * std::max(m_list->sizeHintForRow(0), 1) + 2 * m_list->frameWidth());
    setVisible(components.size() > 1);
    Q_EMIT changed();
}

QStringList ComponentChoice::checked() const
{
    QStringList ids;
    for (int row = 0; row < m_items->rowCount(); ++row) {
        if (m_items->item(row)->checkState() == Qt::Checked)
            ids.append(m_items->item(row)->data(Qt::UserRole).toString());
    }
    return ids;
}

bool ComponentChoice::areAllChosen() const { return checked().size() == m_items->rowCount(); }

bool ComponentChoice::isNoneChosen() const { return m_items->rowCount() > 0 && checked().isEmpty(); }

QStringList ComponentChoice::chosen() const { return areAllChosen() ? QStringList() : checked(); }

} // namespace weightroom::ui
