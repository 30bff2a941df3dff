// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "ui/benchmark_controller.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/job_text.h"
#include "ui/bridge/text/units.h"
#include "ui/dialogs/about_box.h"
#include "ui/dialogs/shortcut_sheet.h"
#include "ui/folder_controller.h"
#include "ui/model_controller.h"
#include "ui/models/activity_model.h"
#include "ui/monitor_controller.h"
#include "ui/operations_controller.h"
#include "ui/pages/activity_panel.h"
#include "ui/pages/benchmark/benchmark_page.h"
#include "ui/pages/library/library_page.h"
#include "ui/pages/library/welcome_page.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/memory/memory_panel.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/preload_controller.h"
#include "ui/settings_controller.h"
#include "ui/widgets/banner.h"
#include "ui/window_actions.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QMenuBar>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// Docks and toolbars of another layout are not restored into this one.
constexpr int kLayoutVersion = 1;
constexpr int kSideWidth = 330;

constexpr auto kGeometryKey = "window/geometry";
constexpr auto kStateKey = "window/state";
constexpr auto kDocksKey = "window/docks_beside_pages";
constexpr auto kViewKey = "window/view";
constexpr auto kThemeKey = "window/theme";

QVariant setting(const QSettings& settings, const char* key) { return settings.value(QLatin1String(key)); }

QDockWidget* makeDock(const QString& title, const QString& name, QWidget* content, QMainWindow& window)
{
    auto* dock = new QDockWidget(title, &window);
    dock->setObjectName(name);
    dock->setWidget(content);
    dock->setAllowedAreas(Qt::LeftDockWidgetArea | Qt::RightDockWidgetArea | Qt::BottomDockWidgetArea);
    window.addDockWidget(Qt::RightDockWidgetArea, dock);
    return dock;
}

} // namespace

MainWindow::MainWindow(EngineBridge& bridge, Prompts& prompts, QSettings& settings, QWidget* parent)
    : QMainWindow(parent)
    , m_bridge(bridge)
    , m_settings(settings)
    , m_actions(new WindowActions(this))
    , m_activityModel(new ActivityModel(this))
    , m_pages(new QStackedWidget(this))
    , m_centre(new QStackedWidget(this))
    , m_welcome(new WelcomePage(this))
    , m_library(new LibraryPage(this))
    , m_banner(new Banner(this))
    , m_memory(new MemoryPanel(this))
    , m_activity(new ActivityPanel(*m_activityModel, this))
    , m_device(new QComboBox(this))
    , m_librarySummary(new QLabel(this))
    , m_jobSummary(new QLabel(this))
    , m_benchmarkController(new BenchmarkController(bridge, prompts, *m_library, *m_banner, this))
    , m_folderController(new FolderController(bridge, prompts, *m_banner, this))
    , m_modelController(new ModelController(bridge, prompts, *m_actions, *m_library, this))
    , m_monitorController(new MonitorController(bridge, prompts, *m_banner, this))
    , m_operationsController(new OperationsController(bridge, prompts, *m_library, this))
    , m_preloadController(new PreloadController(bridge, *m_library, this))
    , m_settingsController(new SettingsController(bridge, *m_banner, this))
{
    setWindowTitle(tr("Weightroom"));
    setWindowIcon(QIcon(QStringLiteral(":/weightroom.svg")));
    // A tenth is left for the window's frame and the desktop's panels.
    resize(QSize(1280, 800).boundedTo(screen()->availableSize() * 9 / 10));
    buildCentre();
    buildDocks();
    buildBars();
    connectActions();
    connectBridge();
    connectPages();
    restoreState();
    for (const JobView& job : m_bridge.jobs())
        showJob(job);
    showMemory();
    showLibrary();
    m_library->setFocus();
}

MainWindow::~MainWindow() = default;

void MainWindow::showError(const ErrorView& error) { m_banner->showError(error); }

void MainWindow::bringUp()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

ThemeChoice MainWindow::themeChoice(const QSettings& settings)
{
    const int number = setting(settings, kThemeKey).toInt();
    const bool isKnown = number >= 0 && number <= static_cast<int>(ThemeChoice::Dark);
    return isKnown ? static_cast<ThemeChoice>(number) : ThemeChoice::System;
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_settings.setValue(QLatin1String(kGeometryKey), saveGeometry());
    m_settings.setValue(QLatin1String(kDocksKey), m_docks.besideOthers());
    m_docks.showBeside(PageDocks::Page::Library); // where the next window begins
    m_settings.setValue(QLatin1String(kStateKey), saveState(kLayoutVersion));
    m_settings.setValue(QLatin1String(kViewKey), static_cast<int>(m_library->viewMode()));
    QMainWindow::closeEvent(event);
}

void MainWindow::buildCentre()
{
    auto* centre = new QWidget(this);
    m_centre->addWidget(m_welcome);
    m_centre->addWidget(m_library);
    m_pages->addWidget(m_centre);
    m_pages->addWidget(m_monitorController->memoryPage());
    m_pages->addWidget(m_monitorController->monitorPage());
    m_pages->addWidget(m_benchmarkController->page());
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_pages, 1);
    setCentralWidget(centre);
}

void MainWindow::buildDocks()
{
    QDockWidget* memory = makeDock(tr("Memory", "title of the dock"), QStringLiteral("memoryDock"), m_memory, *this);
    QDockWidget* activity =
        makeDock(tr("Activity", "title of the dock"), QStringLiteral("activityDock"), m_activity, *this);
    resizeDocks({memory, activity}, {kSideWidth, kSideWidth}, Qt::Horizontal);
    resizeDocks({memory, activity}, {430, 300}, Qt::Vertical);
    m_docks.add(memory);
    m_docks.add(activity);
    m_actions->fillMenus(*menuBar(), {memory->toggleViewAction(), activity->toggleViewAction()});
}

void MainWindow::buildBars()
{
    m_device->setObjectName(QStringLiteral("deviceChooser"));
    m_device->setAccessibleName(tr("Device to load to", "accessible name"));
    m_device->setToolTip(tr("The device that models are loaded to"));
    m_device->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    QToolBar* bar = addToolBar(tr("Toolbar", "title"));
    bar->setObjectName(QStringLiteral("toolBar"));
    bar->setMovable(false);
    m_actions->fillToolBar(*bar, m_device);
    auto* pageBar = new QToolBar(tr("Pages", "title of a toolbar"), this);
    pageBar->setObjectName(QStringLiteral("pageBar"));
    pageBar->setMovable(false);
    m_actions->fillPageBar(*pageBar);
    addToolBar(Qt::LeftToolBarArea, pageBar);
    m_library->setContextActions(m_actions->forSelection());
    m_librarySummary->setObjectName(QStringLiteral("librarySummary"));
    m_jobSummary->setTextFormat(Qt::PlainText);
    statusBar()->addWidget(m_librarySummary);
    statusBar()->addPermanentWidget(m_jobSummary);
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::connectActions()
{
    const auto on = [this](QAction* action, auto slot) { connect(action, &QAction::triggered, this, slot); };
    on(m_actions->addFolder, [this] { m_folderController->add(); });
    on(m_actions->folders, [this] { m_folderController->edit(); });
    on(m_actions->sampleLibrary, [this] { m_folderController->makeSamples(); });
    on(m_actions->exportPaths, [this] { m_folderController->exportPaths(); });
    on(m_actions->rescan, [this] { m_bridge.rescan(); });
    on(m_actions->preloadPlans, [this] { m_preloadController->open(); });
    on(m_actions->settings, [this] { m_settingsController->edit(); });
    on(m_actions->quit, [this] { close(); });
    on(m_actions->freeCache, [this] { m_bridge.dropWholeCache(); });
    on(m_actions->optimizeMemory, [this] { m_bridge.optimizeMemory(); });
    on(m_actions->viewTable, [this] { m_library->setViewMode(ViewMode::Table); });
    on(m_actions->viewCards, [this] { m_library->setViewMode(ViewMode::Cards); });
    on(m_actions->find, [this] {
        m_actions->pageLibrary->trigger();
        m_library->focusSearch();
    });
    on(m_actions->operations, [this] { m_operationsController->open(); });
    on(m_actions->shortcuts, [this] { showShortcuts(); });
    on(m_actions->about, [this] { showAbout(); });
    connect(m_actions->themes, &QActionGroup::triggered, this, &MainWindow::chooseTheme);
    connect(m_actions->pages, &QActionGroup::triggered, this, &MainWindow::showPage);
}

void MainWindow::connectBridge()
{
    connect(&m_bridge, &EngineBridge::libraryChanged, this, &MainWindow::showLibrary);
    connect(&m_bridge, &EngineBridge::memoryChanged, this, &MainWindow::showMemory);
    connect(&m_bridge, &EngineBridge::jobChanged, this, &MainWindow::showJob);
    connect(&m_bridge, &EngineBridge::jobFinished, this, &MainWindow::showFinishedJob);
    connect(&m_bridge, &EngineBridge::detailsReady, m_library, &LibraryPage::setDetails);
    connect(&m_bridge, &EngineBridge::compatibilityReady, m_library, &LibraryPage::setCompatibility);
    connect(&m_bridge, &EngineBridge::loadPreviewReady, m_library, &LibraryPage::setLoadPreview);
    connect(&m_bridge, &EngineBridge::loadRecordsReady, m_library, &LibraryPage::setLoadRecords);
    connect(&m_bridge, &EngineBridge::requestRefused, m_banner, &Banner::showError);
    connect(&m_bridge, &EngineBridge::restartPrepared, this, &MainWindow::restartWanted);
    connect(&m_bridge, &EngineBridge::modelShared, m_banner,
        [this](const QString& outcome) { m_banner->showNotice(outcome, {}, {}); });
    connect(&m_bridge, &EngineBridge::windowWanted, this, [this](const QList<QByteArray>& folders) {
        bringUp();
        if (!folders.isEmpty())
            m_bridge.addFolders(folders);
    });
    connect(&m_bridge, &EngineBridge::notesRefused, m_library, &LibraryPage::takeBackNotes);
    connect(&m_bridge, &EngineBridge::notesRefused, this, &MainWindow::updateActions);
}

void MainWindow::connectPages()
{
    connect(m_welcome, &WelcomePage::addFolderRequested, m_folderController, &FolderController::add);
    connect(m_welcome, &WelcomePage::sampleLibraryRequested, m_folderController, &FolderController::makeSamples);
    connect(m_welcome, &WelcomePage::laterRequested, this, [this] {
        m_skipsWelcome = true;
        showLibrary();
    });
    connect(m_library, &LibraryPage::addFolderRequested, m_folderController, &FolderController::add);
    connect(m_library, &LibraryPage::sampleLibraryRequested, m_folderController, &FolderController::makeSamples);
    connect(m_library, &LibraryPage::foldersRequested, m_folderController, &FolderController::edit);
    connect(m_library, &LibraryPage::selectionChanged, this, &MainWindow::updateActions);
    connect(m_library, &LibraryPage::activated, this, [this] { m_modelController->apply(ModelCommand::Load); });
    connect(m_library, &LibraryPage::detailsRequested, &m_bridge, &EngineBridge::requestDetails);
    connect(m_library, &LibraryPage::compatibilityRequested, &m_bridge, &EngineBridge::requestCompatibility);
    connect(m_library, &LibraryPage::loadPreviewRequested, &m_bridge, &EngineBridge::requestLoadPreview);
    connect(m_library, &LibraryPage::loadRecordsRequested, &m_bridge, &EngineBridge::requestLoadRecords);
    connect(m_library, &LibraryPage::notesChanged, &m_bridge, &EngineBridge::changeNotes);
    connect(m_memory, &MemoryPanel::ownerClicked, this, &MainWindow::showModel);
    connect(m_monitorController->memoryPage(), &MemoryPage::ownerClicked, this, &MainWindow::showModel);
    connect(m_monitorController, &MonitorController::alertsChanged, this, &MainWindow::showAlertCount);
    connect(m_activity, &ActivityPanel::cancelRequested, this, [this](quint64 number) { m_bridge.cancelJob(number); });
    connect(m_activity, &ActivityPanel::actionRequested, this,
        [this](ErrorAction action, const JobView& job) { takeAction(action, job.modelId, job.number); });
    connect(m_banner, &Banner::actionRequested, this,
        [this](ErrorAction action, const QString& modelId) { takeAction(action, modelId, 0); });
    connect(m_operationsController, &OperationsController::actionRequested, this,
        [this](ErrorAction action, const QString& modelId) { takeAction(action, modelId, 0); });
    connect(m_device, &QComboBox::currentIndexChanged, this, &MainWindow::updateActions);
}

void MainWindow::restoreState()
{
    restoreGeometry(setting(m_settings, kGeometryKey).toByteArray());
    QMainWindow::restoreState(setting(m_settings, kStateKey).toByteArray(), kLayoutVersion);
    m_docks.setBesideOthers(setting(m_settings, kDocksKey).toStringList());
    if (setting(m_settings, kViewKey).toInt() == static_cast<int>(ViewMode::Cards))
        m_library->setViewMode(ViewMode::Cards);
    const int theme = static_cast<int>(themeChoice(m_settings));
    for (QAction* action : m_actions->themes->actions())
        action->setChecked(action->data().toInt() == theme);
}

void MainWindow::chooseTheme(QAction* action)
{
    m_settings.setValue(QLatin1String(kThemeKey), action->data());
    applyTheme(*qApp, static_cast<ThemeChoice>(action->data().toInt()));
}

void MainWindow::showPage(QAction* action)
{
    const bool isLibrary = action == m_actions->pageLibrary;
    m_docks.showBeside(isLibrary ? PageDocks::Page::Library : PageDocks::Page::Other);
    m_pages->setCurrentIndex(static_cast<int>(m_actions->pages->actions().indexOf(action)));
}

void MainWindow::showModel(const QString& modelId)
{
    m_actions->pageLibrary->trigger();
    m_library->showModel(modelId);
}

void MainWindow::showAlertCount(qsizetype count)
{
    m_actions->pageMonitor->setText(
        count == 0 ? tr("M&onitor", "action: show the page") : tr("M&onitor (%1)", "with so many alerts").arg(count));
}

void MainWindow::showLibrary()
{
    const LibraryView& library = m_bridge.library();
    const bool isNew = library.folders.isEmpty() && library.models.isEmpty() && !m_skipsWelcome;
    m_centre->setCurrentWidget(isNew ? static_cast<QWidget*>(m_welcome) : m_library);
    m_library->setLibrary(library);
    // Told once: the work goes on without it.
    if (library.catalogProblem != m_catalogProblem) {
        m_catalogProblem = library.catalogProblem;
        if (m_catalogProblem)
            m_banner->showError(*m_catalogProblem);
    }
    updateActions();
    updateStatus();
}

void MainWindow::showMemory()
{
    m_memory->setMemory(m_bridge.memory());
    updateDevices();
}

void MainWindow::showJob(const JobView& job)
{
    m_activityModel->setJob(job);
    const bool isOnModel = job.kind == JobKind::Load || job.kind == JobKind::Cache;
    if (isOnModel)
        m_library->setProgress(job.modelId, job.isFinished() ? -1 : percentOf(job.done, job.total));
    if (job.kind == JobKind::Scan)
        m_library->setScanState(job.isFinished() ? ScanState::Idle : ScanState::Running);
    updateActions();
    updateStatus();
}

void MainWindow::showFinishedJob(const JobView& job)
{
    // Not only when it succeeded: a plan may have loaded something before it failed.
    if (job.kind == JobKind::Load || job.kind == JobKind::Cache || job.kind == JobKind::Preload)
        m_library->loadHasEnded(job.modelId);
    const bool hasFailed = job.state == JobState::Failed && job.error;
    if (hasFailed && m_operationsController->tellsOf(job.number))
        return;
    const std::pair subject{job.kind, job.modelId};
    const QList<ErrorView>& problems = m_bridge.library().folderProblems;
    const bool hasProblems = job.kind == JobKind::Scan && job.state == JobState::Succeeded && !problems.isEmpty();
    if (hasFailed || hasProblems) {
        m_failed = subject;
        return m_banner->showError(hasProblems ? joinedErrors(problems) : *job.error);
    }
    if (job.kind == JobKind::Delete && job.state == JobState::Succeeded)
        m_banner->showNotice(tr("%1 is in the trash.", "model").arg(job.subject), tr("Bring back", "button"),
            [this] { m_modelController->undoDelete(); });
    // What succeeds takes back only what it was that failed before.
    if (job.state == JobState::Succeeded && subject == m_failed)
        m_banner->hide();
}

void MainWindow::updateDevices()
{
    const QSignalBlocker blocker(m_device);
    const QString before = deviceId();
    QList<MemoryView> devices = m_bridge.memory();
    devices.removeIf(
        [](const MemoryView& memory) { return memory.place == MemoryPlace::Cache || memory.capacity == 0; });
    while (m_device->count() > devices.size())
        m_device->removeItem(m_device->count() - 1);
    for (int row = 0; row < devices.size(); ++row) {
        const QString text = tr("%1 \u00B7 %2 free", "device and its free memory")
                                 .arg(devices[row].id, bytesText(devices[row].freeBytes()));
        if (row == m_device->count())
            m_device->addItem(QString());
        m_device->setItemText(row, text);
        m_device->setItemData(row, devices[row].id);
    }
    m_device->setCurrentIndex(std::max(0, m_device->findData(before)));
    m_device->setEnabled(m_device->count() > 0);
    updateActions();
}

void MainWindow::updateActions()
{
    m_modelController->setDevice(deviceId());
    m_actions->exportPaths->setEnabled(!m_bridge.library().folders.isEmpty());
    m_actions->rescan->setEnabled(!m_bridge.library().folders.isEmpty());
    const QList<MemoryView>& memory = m_bridge.memory();
    const auto target = std::ranges::find(memory, deviceId(), &MemoryView::id);
    m_library->setTarget(target == memory.end() ? std::nullopt : std::optional(*target));
    const auto cache = std::ranges::find(memory, MemoryPlace::Cache, &MemoryView::place);
    m_actions->freeCache->setEnabled(cache != memory.end() && !cache->owners.isEmpty());
    m_actions->optimizeMemory->setEnabled(
        std::ranges::any_of(memory, [](const MemoryView& view) { return !view.owners.isEmpty(); }));
}

void MainWindow::updateStatus()
{
    const LibraryView& library = m_bridge.library();
    const QString models = tr("%n models", "status bar", static_cast<int>(library.models.size()));
    const QString folders = tr("%n folders", "status bar", static_cast<int>(library.folders.size()));
    m_librarySummary->setText(tr("%1 in %2 \u00B7 %3", "status bar: models, folders, size")
                                  .arg(models, folders, bytesText(library.bytesOnDisk)));
    const QList<JobView>& jobs = m_activityModel->jobs();
    const auto running = std::ranges::find(jobs, JobState::Running, &JobView::state);
    const int unfinished = m_activityModel->unfinishedCount();
    QString text = running == jobs.end() ? QString() : jobTitle(*running);
    if (unfinished == 0 && library.filesHashed < library.filesToHash)
        text = tr("Idle \u00B7 hashes of %1 of %2 files are known", "status bar")
                   .arg(countText(library.filesHashed), countText(library.filesToHash));
    if (unfinished > 1)
        text = tr("%1 and %n more", "status bar: a job and others", unfinished - 1).arg(text);
    m_jobSummary->setText(text);
}

QString MainWindow::deviceId() const { return m_device->currentData().toString(); }

void MainWindow::takeAction(ErrorAction action, const QString& modelId, quint64 jobNumber)
{
    switch (action) {
    case ErrorAction::TryAgain:
        return m_bridge.retryJob(jobNumber);
    case ErrorAction::ShowInList:
        return showModel(modelId);
    case ErrorAction::FreeCache:
        return m_bridge.dropWholeCache();
    case ErrorAction::EditFolders:
        return m_folderController->edit();
    case ErrorAction::Rescan:
        return m_bridge.rescan();
    case ErrorAction::UnloadAnyway:
        return m_bridge.unloadModel(modelId, EngineBridge::WhenLeased::UnloadAnyway);
    case ErrorAction::Restart:
        return m_bridge.prepareRestart();
    case ErrorAction::None:
        break;
    }
}

void MainWindow::showShortcuts() { (new ShortcutSheet(m_actions->all(), this))->open(); }

void MainWindow::showAbout() { openAboutBox(*this); }

} // namespace weightroom::ui
