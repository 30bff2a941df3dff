// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QStringList>

class QDockWidget;

namespace weightroom::ui {

/// Which docks stand beside which page. Beside the library they are where the window's state has them. The other pages
/// show memory and loads themselves, and need the room: there are no docks beside them but those that the user opens.
class PageDocks {
public:
    enum class Page : quint8 { Library, Other };

    void add(QDockWidget* dock);
    void showBeside(Page page);

    /// By object name, those that the user wants beside the other pages.
    [[nodiscard]] QStringList besideOthers() const;
    void setBesideOthers(const QStringList& names);

private:
    [[nodiscard]] QStringList shown() const;

    QList<QDockWidget*> m_docks;
    Page m_page = Page::Library;
    QStringList m_elsewhere; ///< the choice for the pages that are not shown now
};

} // namespace weightroom::ui
