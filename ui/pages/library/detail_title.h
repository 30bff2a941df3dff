// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/model_row.h"
#include "ui/models/model_commands.h"

#include <QWidget>

#include <optional>

class QToolButton;

namespace weightroom::ui {

class DataLabel;

/// The name of the selected model, and the buttons by which it becomes a favourite or is kept in the RAM cache.
class DetailTitle final : public QWidget {
    Q_OBJECT
public:
    explicit DetailTitle(QWidget* parent = nullptr);

    void setModel(const ModelRow& row);

Q_SIGNALS:
    /// The user wants this of the shown model.
    void changed(const weightroom::ui::NotesChange& change);

private:
    /// A click turns the flag around.
    [[nodiscard]] QToolButton* makeButton(const QString& name, const ModelFlag& flag);

    std::optional<ModelRow> m_row;
    DataLabel* m_name;
    QToolButton* m_favorite;
    QToolButton* m_pin;
};

} // namespace weightroom::ui
