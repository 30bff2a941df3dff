// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/style/theme.h"

#include <QKeySequence>
#include <QList>
#include <QObject>

class QAction;
class QActionGroup;
class QMenuBar;
class QToolBar;
class QWidget;

namespace weightroom::ui {

/// All actions of the window, with their texts, icons and shortcuts; menus and toolbar are laid out from them. What
/// they do is connected by the window.
class WindowActions final : public QObject {
    Q_OBJECT
public:
    explicit WindowActions(QWidget* window);

    QAction* addFolder;
    QAction* folders;
    QAction* sampleLibrary;
    QAction* exportPaths;
    QAction* rescan;
    QAction* settings;
    QAction* quit;
    QAction* load;
    QAction* unload;
    QAction* share;
    QAction* cache;
    QAction* dropFromCache;
    QAction* keepInCache; ///< checkable
    QAction* freeCache;
    QAction* optimizeMemory;
    QAction* preloadPlans;
    QAction* favorite;
    QAction* validate;
    QAction* convert;
    QAction* moveToTrash;
    QAction* undoDelete;
    QAction* viewTable;
    QAction* viewCards;
    QAction* find;
    QAction* operations;
    QAction* shortcuts;
    QAction* about;
    QAction* pageLibrary; ///< checkable, as those of the other pages
    QAction* pageMemory;
    QAction* pageMonitor;
    QAction* pageBenchmark;
    QActionGroup* pages; ///< of these the one whose page is shown is checked
    QActionGroup* themes; ///< each action's data() is its ThemeChoice as int

    /// `views`: the actions that show and hide the docks.
    void fillMenus(QMenuBar& bar, const QList<QAction*>& views) const;
    /// `device`: the chooser of the device, between caching and loading.
    void fillToolBar(QToolBar& bar, QWidget* device) const;
    void fillPageBar(QToolBar& bar) const;
    [[nodiscard]] QList<QAction*> forSelection() const
    {
        return {load, unload, share, cache, dropFromCache, keepInCache, favorite, validate, convert, moveToTrash};
    }
    [[nodiscard]] QList<QAction*> all() const;

private:
    QAction* make(const char* iconName, const QString& name, const QString& text, const QString& tip,
        const QList<QKeySequence>& keys = {});
    void makePages();
    void makeThemes();

    QWidget* m_window;
};

} // namespace weightroom::ui
