// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QHash>
#include <QString>
#include <QStringList>

namespace weightroom::ui {

struct Theme;

/// Gives each model one colour on all gauges, and keeps it for as long as the model holds memory.
class OwnerColors {
public:
    /// Forgets models that hold nothing any more, and gives colours to new ones: the least used first.
    void setOwners(const QStringList& modelIds);
    [[nodiscard]] QColor colorOf(const QString& modelId, const Theme& theme) const;

private:
    [[nodiscard]] int leastUsed() const;
    QHash<QString, int> m_numbers;
};

} // namespace weightroom::ui
