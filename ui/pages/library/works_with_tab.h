// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QWidget>

class QLabel;
class QTableView;

namespace weightroom::ui {

class MatchTableModel;

/// What goes with a model: what it needs beside itself, and the models of the library that it works with.
class WorksWithTab final : public QWidget {
    Q_OBJECT
public:
    explicit WorksWithTab(QWidget* parent = nullptr);

    void setCompatibility(const CompatibilityView& compatibility);
    /// Nothing is known yet.
    void clear();

Q_SIGNALS:
    /// Another model was double-clicked.
    void chosen(const QString& modelId);

private:
    MatchTableModel* m_model;
    QLabel* m_sentences;
    QTableView* m_table;
};

} // namespace weightroom::ui
