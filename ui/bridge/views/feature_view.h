// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

namespace weightroom::ui {

/// A feature of the engine that has failed again and again, and that it leaves alone for a while, whatever the settings
/// say.
struct FallenBackView {
    QString name; ///< the engine's: "direct_io"
    QString reason; ///< a sentence about the last failure
    QString detail; ///< the engine's, for a tooltip
    QDateTime triedAgainAt; ///< invalid: with its next use

    friend bool operator==(const FallenBackView&, const FallenBackView&) = default;
};

} // namespace weightroom::ui
