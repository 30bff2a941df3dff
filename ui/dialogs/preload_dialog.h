// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/preload_view.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace weightroom::ui {

/// The preload plans: carry one out, forget one, make one of the selected models. Opened with open(), never with
/// exec().
class PreloadDialog final : public QDialog {
    Q_OBJECT
public:
    /// `selected`: the models of a new plan, may be none. `devices`: where they could go beside the cache.
    PreloadDialog(const QStringList& selected, const QStringList& devices, QWidget* parent = nullptr);

    void setPlans(const QList<PreloadPlanView>& plans);

Q_SIGNALS:
    void runRequested(const QString& name);
    void removeRequested(const QString& name);
    void keepRequested(const weightroom::ui::PreloadPlanRequest& plan);

private:
    void build(const QStringList& devices);
    [[nodiscard]] QWidget* buildNewPlan(const QStringList& devices);
    [[nodiscard]] QString chosenPlan() const;
    void updateButtons();
    void keep();

    const QStringList m_selected;
    QListWidget* m_plans;
    QPushButton* m_run;
    QPushButton* m_remove;
    QLineEdit* m_name;
    QComboBox* m_place;
    QCheckBox* m_atStart;
    QPushButton* m_keep;
};

} // namespace weightroom::ui
