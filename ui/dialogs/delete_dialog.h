// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QDialog>

namespace weightroom::ui {

/// Shows which files of a model would go to the trash and which would stay, before anything is moved.
class DeleteDialog final : public QDialog {
    Q_OBJECT
public:
    DeleteDialog(const DeletionView& plan, const QString& modelName, QWidget* parent);

Q_SIGNALS:
    void confirmed(const weightroom::ui::DeletionView& plan);
};

} // namespace weightroom::ui
