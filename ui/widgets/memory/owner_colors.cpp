// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/owner_colors.h"

#include "ui/style/theme.h"

#include <algorithm>
#include <array>

namespace weightroom::ui {
namespace {

constexpr int kColors = static_cast<int>(std::tuple_size_v<decltype(Theme::owners)>);

} // namespace

void OwnerColors::setOwners(const QStringList& modelIds)
{
    m_numbers.removeIf([&modelIds](QHash<QString, int>::iterator entry) { return !modelIds.contains(entry.key()); });
    for (const QString& id : modelIds) {
        if (!m_numbers.contains(id))
            m_numbers.insert(id, leastUsed());
    }
}

QColor OwnerColors::colorOf(const QString& modelId, const Theme& theme) const
{
    return theme.owners.at(static_cast<std::size_t>(m_numbers.value(modelId, 0)));
}

int OwnerColors::leastUsed() const
{
    std::array<int, kColors> uses{};
    for (const int number : m_numbers)
        ++uses.at(static_cast<std::size_t>(number));
    return static_cast<int>(std::ranges::min_element(uses) - uses.begin());
}

} // namespace weightroom::ui
