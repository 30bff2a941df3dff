// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/works_with_tab.h"

#include "ui/models/match_table_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

namespace weightroom::ui {

WorksWithTab::WorksWithTab(QWidget* parent)
    : QWidget(parent)
    , m_model(new MatchTableModel(this))
    , m_sentences(makeSentenceLabel(this))
    , m_table(new QTableView(this))
{
    m_sentences->setObjectName(QStringLiteral("needs"));
    m_table->setModel(m_model);
    m_table->setObjectName(QStringLiteral("matchTable"));
    m_table->setAccessibleName(tr("Models that it works with", "accessible name of the table"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTextElideMode(Qt::ElideMiddle);
    setUpDetailTable(*m_table);
    m_table->horizontalHeader()->setSectionResizeMode(MatchTableModel::NameColumn, QHeaderView::Stretch);
    connect(m_table, &QTableView::doubleClicked, this,
        [this](const QModelIndex& index) { Q_EMIT chosen(index.data(MatchTableModel::IdRole).toString()); });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 2 * kSpace, 0, 0);
    layout->setSpacing(kSpace);
    layout->addWidget(m_sentences);
    layout->addWidget(m_table, 1);
    layout->addStretch();
}

void WorksWithTab::setCompatibility(const CompatibilityView& compatibility)
{
    QStringList sentences = compatibility.devices + compatibility.needs;
    if (compatibility.matches.isEmpty())
        sentences.append(tr("The library has no model that it works with."));
    m_sentences->setText(sentences.join(QLatin1Char('\n')));
    m_sentences->setVisible(!sentences.isEmpty());
    m_model->setMatches(compatibility.matches);
    m_table->setVisible(!compatibility.matches.isEmpty());
}

void WorksWithTab::clear()
{
    m_sentences->setText(tr("Comparing\u2026", "where the models that fit will stand"));
    m_sentences->show();
    m_model->setMatches({});
    m_table->hide();
}

} // namespace weightroom::ui
