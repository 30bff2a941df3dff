// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"
#include "ui/pages/library/model_views.h"

#include <QFrame>

#include <optional>

class QComboBox;
class QLabel;
class QLineEdit;
class QToolButton;

namespace weightroom::ui {

/// What stands above the models: the search, the filter by state, the choice between table and cards, and how many
/// models are shown.
class LibraryHeader final : public QFrame {
    Q_OBJECT
public:
    explicit LibraryHeader(QWidget* parent = nullptr);

    void setCounts(int shown, int all);
    void setViewMode(ViewMode mode);
    void focusSearch();
    /// Empties the search, and shows all states.
    void clear();

Q_SIGNALS:
    void searchChanged(const QString& text);
    void conditionChanged(std::optional<weightroom::ui::ModelCondition> condition); ///< nothing: all
    void viewModeChosen(weightroom::ui::ViewMode mode);
    void clearRequested(); ///< Escape in the search
    void left(); ///< Return or Down in the search: on to the models

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void setUpSearch();
    void setUpFilter();
    [[nodiscard]] QWidget* buildModeButtons();

    QLineEdit* m_search;
    QComboBox* m_condition;
    QLabel* m_count;
    QToolButton* m_tableButton = nullptr;
    QToolButton* m_cardsButton = nullptr;
};

} // namespace weightroom::ui
