// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/loads_tab.h"

#include "ui/models/load_record_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QVBoxLayout>

namespace weightroom::ui {

LoadsTab::LoadsTab(QWidget* parent)
    : QWidget(parent)
    , m_model(new LoadRecordModel(this))
    , m_sentence(makeSentenceLabel(this))
    , m_table(new QTableView(this))
{
    m_sentence->setObjectName(QStringLiteral("loadsSentence"));
    m_sentence->setProperty("role", QStringLiteral("muted"));
    m_table->setModel(m_model);
    m_table->setObjectName(QStringLiteral("loadTable"));
    m_table->setAccessibleName(tr("Loads of the model", "accessible name of the table"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    setUpDetailTable(*m_table);
    m_table->horizontalHeader()->setStretchLastSection(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 2 * kSpace, 0, 0);
    layout->setSpacing(kSpace);
    layout->addWidget(m_sentence);
    layout->addWidget(m_table, 1);
    layout->addStretch();
    clear();
}

void LoadsTab::setRecords(const LoadRecordsView& records)
{
    const bool isEmpty = records.records.isEmpty();
    m_sentence->setText(isEmpty
            ? tr("No load of it is remembered; those of earlier runs never are.")
            : tr("What each load took, and in brackets what had been predicted before. Since Weightroom was started."));
    m_model->setRecords(records.records);
    m_table->setVisible(!isEmpty);
}

void LoadsTab::clear()
{
    m_sentence->clear();
    m_model->setRecords({});
    m_table->hide();
}

} // namespace weightroom::ui
