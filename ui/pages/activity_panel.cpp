// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/activity_panel.h"

#include "ui/models/activity_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/job_strip.h"

#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {

ActivityPanel::ActivityPanel(ActivityModel& model, QWidget* parent)
    : QWidget(parent)
    , m_model(model)
{
    build();
    connectModel();
    insertStrips(0, m_model.rowCount() - 1);
}

void ActivityPanel::build()
{
    auto* content = new QWidget(this);
    m_layout = new QVBoxLayout(content);
    m_layout->setContentsMargins(2 * kSpace, 2 * kSpace, 2 * kSpace, 2 * kSpace);
    m_layout->setSpacing(kSpace + 2);
    m_layout->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Activity", "accessible name of the list"));

    m_empty = makeSentenceLabel(this);
    m_empty->setText(tr("Nothing has happened yet. Scans, loads and their results stand here."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setProperty("role", QStringLiteral("muted"));
    m_empty->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    m_clear = new QPushButton(tr("Clear what has ended", "button of the activity list"), this);
    m_clear->setProperty("role", QStringLiteral("link"));
    m_clear->setObjectName(QStringLiteral("clearActivity"));
    connect(m_clear, &QPushButton::clicked, this, [this] { m_model.clearFinished(); });

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_empty);
    layout->addWidget(scroll, 1);
    layout->addWidget(m_clear, 0, Qt::AlignHCenter);
    layout->addSpacing(kSpace);
}

void ActivityPanel::connectModel()
{
    connect(&m_model, &QAbstractItemModel::rowsInserted, this,
        [this](const QModelIndex&, int first, int last) { insertStrips(first, last); });
    connect(&m_model, &QAbstractItemModel::rowsAboutToBeRemoved, this,
        [this](const QModelIndex&, int first, int last) { removeStrips(first, last); });
    connect(&m_model, &QAbstractItemModel::dataChanged, this,
        [this](const QModelIndex& first, const QModelIndex& last) { updateStrips(first.row(), last.row()); });
}

void ActivityPanel::insertStrips(int first, int last)
{
    for (int row = first; row <= last; ++row) {
        auto* strip = new JobStrip(m_model.jobs().at(row), this);
        connect(strip, &JobStrip::cancelRequested, this, &ActivityPanel::cancelRequested);
        connect(strip, &JobStrip::actionRequested, this, &ActivityPanel::actionRequested);
        m_strips.insert(row, strip);
        m_layout->insertWidget(row, strip);
    }
    updateEmptiness();
}

void ActivityPanel::removeStrips(int first, int last)
{
    for (int row = last; row >= first; --row) {
        JobStrip* strip = m_strips.takeAt(row);
        // Out of the layout now: its positions are the rows.
        m_layout->removeWidget(strip);
        strip->hide();
        strip->deleteLater();
    }
    updateEmptiness();
}

void ActivityPanel::updateStrips(int first, int last)
{
    for (int row = first; row <= last; ++row)
        m_strips[row]->setJob(m_model.jobs().at(row));
    updateEmptiness();
}

void ActivityPanel::updateEmptiness()
{
    m_empty->setVisible(m_strips.isEmpty());
    m_clear->setVisible(std::ranges::any_of(m_strips, [](const JobStrip* strip) { return strip->job().isFinished(); }));
}

} // namespace weightroom::ui
