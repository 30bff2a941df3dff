// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QMetaType>
#include <QSet>
#include <QString>

#include <optional>

namespace weightroom::ui {

/// Which part of the library is looked at: one entry of the tree beside it. At most one member says something; when
/// none does, it is all of it.
struct LibraryPart {
    std::optional<ModelKind> kind{};
    bool isFavorites = false;
    QString tag{};
    Finding finding = Finding::None;
    QString folder{}; ///< as shown; models below it

    friend bool operator==(const LibraryPart&, const LibraryPart&) = default;
};

[[nodiscard]] inline bool isIn(const LibraryPart& part, const ModelRow& row)
{
    if (part.kind)
        return row.isUsable() && row.kind() == *part.kind;
    if (part.isFavorites)
        return row.isFavorite();
    if (!part.tag.isEmpty())
        return row.notes && row.notes->tags.contains(part.tag);
    if (part.finding != Finding::None)
        return row.findings.contains(part.finding);
    return part.folder.isEmpty() || row.facts->path.startsWith(part.folder + QLatin1Char('/'));
}

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::LibraryPart)
