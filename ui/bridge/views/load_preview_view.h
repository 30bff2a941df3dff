// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <optional>

namespace weightroom::ui {

/// A component that would leave the cache to make room.
struct EvictionView {
    QString modelName;
    QString component;
    quint64 bytes = 0; ///< that would be free then
    QString modelId{}; ///< several models may have one name

    friend bool operator==(const EvictionView&, const EvictionView&) = default;
};

/// What loading a model would take, as model.get_model_load_preview answers.
struct LoadPreviewView {
    QString modelId;
    QString deviceId;
    quint64 size = 0; ///< of the components that would be loaded, as they are stored
    quint64 loadedSize = 0; ///< of the same, on the device
    QString conversions{}; ///< "fp32 → fp16": the types that are converted; empty: none
    quint64 needed = 0; ///< bytes of the device that are not there yet
    quint64 free = 0; ///< on the device
    quint64 evicted = 0; ///< bytes of the cache that would have to go
    QList<EvictionView> evictions{}; ///< by which they would go, in this order; may be too few
    bool fits = false; ///< on the device
    bool fitsCache = false; ///< in an empty cache
    std::optional<double> seconds; ///< absent until something was loaded
    QString text{}; ///< all of this in a few short sentences
    QString evictionText{}; ///< each eviction, a line
};

} // namespace weightroom::ui
