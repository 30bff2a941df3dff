// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

namespace weightroom::ui {

/// What stands for the {names} of a template.
using PlaceholderValues = QHash<QString, QString>;

/// Fills a template in one pass, so that a value that looks like a placeholder stays what it is. Empty when a
/// placeholder has no value.
[[nodiscard]] QString filledTemplate(QStringView text, const PlaceholderValues& values);

} // namespace weightroom::ui
