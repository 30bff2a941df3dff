// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/load_record_view.h"

#include <QWidget>

class QLabel;
class QTableView;

namespace weightroom::ui {

class LoadRecordModel;

/// How the last loads of a model went, and how they had been predicted to go.
class LoadsTab final : public QWidget {
    Q_OBJECT
public:
    explicit LoadsTab(QWidget* parent = nullptr);

    void setRecords(const LoadRecordsView& records);
    /// Nothing is known yet.
    void clear();

private:
    LoadRecordModel* m_model;
    QLabel* m_sentence;
    QTableView* m_table;
};

} // namespace weightroom::ui
