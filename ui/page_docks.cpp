// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/page_docks.h"

#include <QDockWidget>

#include <utility>

namespace weightroom::ui {

void PageDocks::add(QDockWidget* dock) { m_docks.append(dock); }

void PageDocks::showBeside(Page page)
{
    if (page == m_page)
        return;
    m_page = page;
    const QStringList wanted = std::exchange(m_elsewhere, shown());
    for (QDockWidget* dock : std::as_const(m_docks))
        dock->setVisible(wanted.contains(dock->objectName()));
}

QStringList PageDocks::besideOthers() const { return m_page == Page::Other ? shown() : m_elsewhere; }

void PageDocks::setBesideOthers(const QStringList& names) { m_elsewhere = names; }

QStringList PageDocks::shown() const
{
    QStringList names;
    for (const QDockWidget* dock : m_docks) {
        if (!dock->isHidden())
            names.append(dock->objectName());
    }
    return names;
}

} // namespace weightroom::ui
