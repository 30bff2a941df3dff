// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/window_actions.h"

#include "ui/style/icons.h"

#include <QActionGroup>
#include <QMenuBar>
#include <QToolBar>

namespace weightroom::ui {
namespace {

constexpr int kToolBarIcon = 20;
constexpr int kPageIcon = 22;

} // namespace

WindowActions::WindowActions(QWidget* window)
    : QObject(window)
    , addFolder(nullptr)
    , pages(new QActionGroup(this))
    , themes(new QActionGroup(this))
    , m_window(window)
{
    addFolder = make("folder-add", QStringLiteral("addFolder"), tr("&Add folder\u2026", "action"),
        tr("Add a folder with models to the library"), {QKeySequence(tr("Ctrl+O", "shortcut: add folder"))});
    folders = make(
        "folder", QStringLiteral("folders"), tr("&Folders\u2026", "action"), tr("Change the folders of the library"));
    sampleLibrary = make("sparkles", QStringLiteral("sampleLibrary"), tr("Make a &sample library\u2026", "action"),
        tr("Write small valid models to try Weightroom with"));
    exportPaths = make("convert", QStringLiteral("exportPaths"), tr("&Tell ComfyUI\u2026", "action: of the folders"),
        tr("Write the folders of the library into an extra_model_paths.yaml of ComfyUI"));
    rescan = make("rescan", QStringLiteral("rescan"), tr("&Rescan", "action"), tr("Look for models again"),
        {QKeySequence(Qt::Key_F5)});
    settings = make("settings", QStringLiteral("settings"), tr("S&ettings\u2026", "action"),
        tr("Change how much memory is used, and what is done in idle time"),
        {QKeySequence(tr("Ctrl+,", "shortcut: settings"))});
    quit = make(
        nullptr, QStringLiteral("quit"), tr("&Quit", "action"), {}, {QKeySequence(tr("Ctrl+Q", "shortcut: quit"))});
    load = make("load", QStringLiteral("load"), tr("&Load", "action: to a device"),
        tr("Load the selected models to the chosen device"), {QKeySequence(tr("Ctrl+L", "shortcut: load"))});
    unload = make("unload", QStringLiteral("unload"), tr("&Unload", "action: from all devices"),
        tr("Give back the device memory of the selected models"), {QKeySequence(tr("Ctrl+U", "shortcut: unload"))});
    share = make("share", QStringLiteral("share"), tr("S&hare\u2026", "action: with other programs"),
        tr("Let other programs use the selected model where it is loaded"),
        {QKeySequence(tr("Ctrl+Shift+S", "shortcut: share"))});
    cache = make("cache", QStringLiteral("cache"), tr("&Cache", "action: to the RAM cache"),
        tr("Read the selected models into the RAM cache, to load them faster later"),
        {QKeySequence(tr("Ctrl+K", "shortcut: cache"))});
    dropFromCache = make("uncache", QStringLiteral("dropFromCache"), tr("&Drop from cache", "action"),
        tr("Remove the selected models from the RAM cache"),
        {QKeySequence(tr("Ctrl+Shift+K", "shortcut: drop from cache"))});
    // Without an icon, in whose place menus show that it is checked.
    keepInCache = make(nullptr, QStringLiteral("keepInCache"), tr("Keep i&n the cache", "action"),
        tr("Keep the selected models in the RAM cache, even when others need the room"),
        {QKeySequence(tr("Ctrl+Shift+D", "shortcut: keep in the cache"))});
    keepInCache->setCheckable(true);
    freeCache = make("uncache", QStringLiteral("freeCache"), tr("&Free the whole cache", "action"),
        tr("Remove all models from the RAM cache; what is loaded stays loaded"));
    optimizeMemory = make("sparkles", QStringLiteral("optimizeMemory"), tr("Tid&y up the memory", "action"),
        tr("Hold equal tensors once and bring together what lies apart, so that memory is given back; models stay "
           "loaded"));
    preloadPlans = make("clock", QStringLiteral("preloadPlans"), tr("&Preload plans\u2026", "action"),
        tr("Make models ready ahead of use, now or at every start"),
        {QKeySequence(tr("Ctrl+P", "shortcut: preload plans"))});
    favorite = make("star", QStringLiteral("favorite"), tr("&Favourite", "action"),
        tr("Add the selected models to the favourites, or take them out"),
        {QKeySequence(tr("Ctrl+D", "shortcut: favourite"))});
    validate = make("shield", QStringLiteral("validate"), tr("Chec&k", "action: validate a model"),
        tr("Check whether the selected model is whole and complete"),
        {QKeySequence(tr("Ctrl+Shift+V", "shortcut: check"))});
    convert = make("convert", QStringLiteral("convert"), tr("Con&vert\u2026", "action"),
        tr("Write the selected model in another format or precision"));
    moveToTrash = make("trash", QStringLiteral("moveToTrash"), tr("Move to the &trash\u2026", "action"),
        tr("Show which files of the selected model would go to the trash"), {QKeySequence(Qt::Key_Delete)});
    undoDelete = make("undo", QStringLiteral("undoDelete"), tr("&Bring back from the trash", "action"),
        tr("Undo the last deletion"), {QKeySequence(tr("Ctrl+Z", "shortcut: undo a deletion"))});
    viewTable = make("list", QStringLiteral("viewTable"), tr("&Table", "action: show models as"), tr("Show a table"),
        {QKeySequence(tr("Ctrl+1", "shortcut: table"))});
    viewCards = make("grid", QStringLiteral("viewCards"), tr("&Cards", "action: show models as"),
        tr("Show cards with previews"), {QKeySequence(tr("Ctrl+2", "shortcut: cards"))});
    find = make(
        "search", QStringLiteral("find"), tr("&Search", "action"), tr("Go to the search field"), {QKeySequence::Find});
    operations = make("operations", QStringLiteral("operations"), tr("&Operations\u2026", "action: of the engine"),
        tr("See and call every operation of the engine that programs can call"),
        {QKeySequence(tr("Ctrl+Shift+O", "shortcut: operations"))});
    shortcuts = make("keyboard", QStringLiteral("shortcuts"), tr("&Keyboard shortcuts", "action"), {},
        {QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)});
    about = make("info", QStringLiteral("about"), tr("&About Weightroom", "action"), {});
    makePages();
    makeThemes();
}

void WindowActions::fillMenus(QMenuBar& bar, const QList<QAction*>& views) const
{
    QMenu* library = bar.addMenu(tr("&Library", "menu"));
    library->addActions({addFolder, folders, exportPaths, sampleLibrary});
    library->addSeparator();
    library->addAction(rescan);
    library->addSeparator();
    library->addAction(settings);
    library->addAction(quit);
    QMenu* model = bar.addMenu(tr("&Model", "menu"));
    model->addActions({load, unload, share});
    model->addSeparator();
    model->addActions({cache, dropFromCache, keepInCache, freeCache, optimizeMemory, preloadPlans});
    model->addSeparator();
    model->addActions({favorite, validate, convert});
    model->addSeparator();
    model->addActions({moveToTrash, undoDelete});
    model->addSeparator();
    model->addAction(find);
    QMenu* view = bar.addMenu(tr("&View", "menu"));
    view->addActions(pages->actions());
    view->addSeparator();
    view->addActions({viewTable, viewCards});
    view->addSeparator();
    view->addActions(views);
    view->addSeparator();
    view->addActions(themes->actions());
    QMenu* help = bar.addMenu(tr("&Help", "menu"));
    help->addActions({operations, shortcuts, about});
}

void WindowActions::fillToolBar(QToolBar& bar, QWidget* device) const
{
    bar.setIconSize({kToolBarIcon, kToolBarIcon});
    bar.setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    bar.addActions({addFolder, rescan});
    bar.addSeparator();
    bar.addAction(cache);
    bar.addSeparator();
    bar.addWidget(device);
    bar.addActions({load, unload});
}

void WindowActions::fillPageBar(QToolBar& bar) const
{
    bar.setIconSize({kPageIcon, kPageIcon});
    bar.setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    bar.addActions(pages->actions());
}

QList<QAction*> WindowActions::all() const
{
    return {addFolder, folders, exportPaths, sampleLibrary, rescan, settings, find, load, unload, share, cache,
        dropFromCache, keepInCache, freeCache, optimizeMemory, preloadPlans, favorite, validate, convert, moveToTrash,
        undoDelete, pageLibrary, pageMemory, pageMonitor, pageBenchmark, viewTable, viewCards, operations, shortcuts,
        about, quit};
}

QAction* WindowActions::make(
    const char* iconName, const QString& name, const QString& text, const QString& tip, const QList<QKeySequence>& keys)
{
    auto* action = new QAction(text, this);
    if (iconName != nullptr)
        action->setIcon(themedIcon(QString::fromLatin1(iconName)));
    action->setObjectName(name);
    action->setStatusTip(tip);
    action->setShortcuts(keys);
    QString shown = tip.isEmpty() ? text : tip;
    if (!keys.isEmpty())
        shown += QStringLiteral(" (%1)").arg(keys.first().toString(QKeySequence::NativeText));
    action->setToolTip(shown);
    m_window->addAction(action);
    return action;
}

void WindowActions::makePages()
{
    pageLibrary = make("library", QStringLiteral("pageLibrary"), tr("L&ibrary", "action: show the page"),
        tr("Show the models"), {QKeySequence(tr("Alt+1", "shortcut: page of the library"))});
    pageMemory = make("gpu", QStringLiteral("pageMemory"), tr("&Memory", "action: show the page"),
        tr("Show what is in the memory of devices, and who uses it"),
        {QKeySequence(tr("Alt+2", "shortcut: page of memory"))});
    pageMonitor = make("monitor", QStringLiteral("pageMonitor"), tr("M&onitor", "action: show the page"),
        tr("Show how devices and this computer did over time, and alerts"),
        {QKeySequence(tr("Alt+3", "shortcut: page of monitoring"))});
    pageBenchmark = make("benchmark", QStringLiteral("pageBenchmark"), tr("&Benchmark", "action: show the page"),
        tr("Measure how fast models are loaded, and compare runs"),
        {QKeySequence(tr("Alt+4", "shortcut: page of benchmarks"))});
    for (QAction* action : {pageLibrary, pageMemory, pageMonitor, pageBenchmark}) {
        action->setCheckable(true);
        pages->addAction(action);
    }
    pageLibrary->setChecked(true);
}

void WindowActions::makeThemes()
{
    const auto add = [this](const QString& text, ThemeChoice choice) {
        QAction* action = themes->addAction(text);
        action->setCheckable(true);
        action->setData(static_cast<int>(choice));
    };
    add(tr("&System colors", "theme"), ThemeChoice::System);
    add(tr("&Light", "theme"), ThemeChoice::Light);
    add(tr("&Dark", "theme"), ThemeChoice::Dark);
}

} // namespace weightroom::ui
