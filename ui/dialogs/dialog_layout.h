// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QDialog;
class QVBoxLayout;

namespace weightroom::ui {

/// The layout of a dialog, with the margins and the spacing that all of them have.
[[nodiscard]] QVBoxLayout* makeDialogLayout(QDialog& dialog);

/// The same, with the name of the model that the dialog is about as its heading.
[[nodiscard]] QVBoxLayout* makeDialogLayout(QDialog& dialog, const QString& modelName);

} // namespace weightroom::ui
