// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QDialog>

namespace weightroom::ui {

/// The outcome of checking a model: each check with what it found.
class ValidationDialog final : public QDialog {
    Q_OBJECT
public:
    ValidationDialog(const ValidationView& outcome, const QString& modelName, QWidget* parent);

Q_SIGNALS:
    /// The whole file is to be read too.
    void thoroughCheckRequested(const QString& modelId);
};

} // namespace weightroom::ui
