// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QWidget>

class QListView;
class QStandardItemModel;

namespace weightroom::ui {

/// Which components of a model are wanted: each with a check box, all checked at first. Hidden where there is nothing
/// to choose.
class ComponentChoice final : public QWidget {
    Q_OBJECT
public:
    explicit ComponentChoice(QWidget* parent = nullptr);

    /// Of another model, or none: all are wanted again. Of the same one nothing changes.
    void setComponents(const QString& modelId, const QList<ComponentFacts>& components);

    [[nodiscard]] bool areAllChosen() const;
    [[nodiscard]] bool isNoneChosen() const;
    /// Ids, in the order of the model; empty where all are wanted.
    [[nodiscard]] QStringList chosen() const;
    [[nodiscard]] QListView* list() const { return m_list; }

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] QStringList checked() const;

    QString m_modelId;
    QList<ComponentFacts> m_components;
    QStandardItemModel* m_items;
    QListView* m_list;
};

} // namespace weightroom::ui
