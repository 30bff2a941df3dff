// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/memory_view.h"
#include "ui/bridge/model_row.h"

#include <QFrame>

class QLabel;
class QStackedLayout;
class QTableView;

namespace weightroom::ui {

class ComponentTableModel;
class DataLabel;

/// Everything known about the selected model: what it is and why we think so, where it lies, its components and where
/// each of them is, whether it fits on the chosen device, and what is wrong with it.
class DetailPane final : public QFrame {
    Q_OBJECT
public:
    explicit DetailPane(QWidget* parent = nullptr);

    /// nullptr: no model, or several.
    void setModel(const ModelRow* row);
    /// The device that a load would go to; none when there is no device.
    void setTarget(const std::optional<MemoryView>& target);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] QWidget* buildContent();
    void showFit();
    void showProblem(const ModelFacts& facts);

    std::optional<ModelRow> m_row;
    std::optional<MemoryView> m_target;
    ComponentTableModel* m_components;
    QStackedLayout* m_stack = nullptr;
    DataLabel* m_name = nullptr;
    DataLabel* m_path = nullptr;
    DataLabel* m_summary = nullptr;
    DataLabel* m_evidence = nullptr;
    QLabel* m_fit = nullptr;
    QLabel* m_remarks = nullptr;
    QLabel* m_problem = nullptr;
    QTableView* m_table = nullptr;
};

} // namespace weightroom::ui
