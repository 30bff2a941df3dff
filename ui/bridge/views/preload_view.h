// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>

namespace weightroom::ui {

/// A preload plan, as the dialog shows it.
struct PreloadPlanView {
    QString name; ///< as the engine has it
    QString text; ///< how many models, where, whether they fit, when it runs
    bool hasProblem = false; ///< it does not fit, or models are missing
};

/// A plan that is to be kept: models of the library, all at one place.
struct PreloadPlanRequest {
    QString name;
    QStringList modelIds;
    QString deviceId; ///< empty: the RAM cache
    bool runsAtStart = false;
};

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::PreloadPlanRequest)
