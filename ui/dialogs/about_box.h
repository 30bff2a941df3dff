// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace weightroom::ui {

/// Opens the box that says what this is, of which version, and under which licence.
void openAboutBox(QWidget& window);

} // namespace weightroom::ui
