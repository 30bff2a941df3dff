// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QScrollArea>

class QFormLayout;
class QLabel;

namespace weightroom::ui {

/// What headers and sidecars say about a model, each with who says it.
class AboutTab final : public QScrollArea {
    Q_OBJECT
public:
    explicit AboutTab(QWidget* parent = nullptr);

    void setDetails(const ModelDetails& details);
    /// Nothing is known yet.
    void clear();

Q_SIGNALS:
    /// The user wants to write notes into another program's file.
    void editRequested(const weightroom::ui::ModelDetails& details);

private:
    void addEditButton(const ModelDetails& details);
    void addRow(const DetailField& field);
    void addSentence(const QString& text, const char* role);
    void removeRows();

    QFormLayout* m_rows;
};

} // namespace weightroom::ui
