// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"
#include "ui/page_docks.h"
#include "ui/style/theme.h"

#include <QMainWindow>

#include <optional>
#include <utility>

class QComboBox;
class QLabel;
class QSettings;
class QStackedWidget;

namespace weightroom::ui {

class ActivityModel;
class ActivityPanel;
class Banner;
class BenchmarkController;
class EngineBridge;
class FolderController;
class LibraryPage;
class MemoryPanel;
class ModelController;
class MonitorController;
class OperationsController;
class PreloadController;
class Prompts;
class SettingsController;
class WelcomePage;
class WindowActions;

/// Menus, toolbar, docks, and the ways between them. Bridge, prompts and settings are borrowed and outlive the window.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(EngineBridge& bridge, Prompts& prompts, QSettings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Shows an error that no job tells of.
    void showError(const ErrorView& error);
    /// To the front, also when it was minimized; a desktop may only let it ask for attention.
    void bringUp();
    /// The theme that the user chose last.
    [[nodiscard]] static ThemeChoice themeChoice(const QSettings& settings);

Q_SIGNALS:
    /// The user wants the program to end and to start again; the next start brings back what is loaded.
    void restartWanted();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void buildCentre();
    void buildDocks();
    void buildBars();
    void connectActions();
    void connectBridge();
    void connectPages();
    void restoreState();
    void chooseTheme(QAction* action);
    void showPage(QAction* action);
    void showModel(const QString& modelId);
    void showAlertCount(qsizetype count);

    void showLibrary();
    void showMemory();
    void showJob(const JobView& job);
    void showFinishedJob(const JobView& job);
    void updateDevices();
    void updateActions();
    void updateStatus();

    [[nodiscard]] QString deviceId() const;
    void takeAction(ErrorAction action, const QString& modelId, quint64 jobNumber);

    void showShortcuts();
    void showAbout();

    EngineBridge& m_bridge;
    QSettings& m_settings;
    WindowActions* m_actions;
    ActivityModel* m_activityModel;
    QStackedWidget* m_pages; ///< in the order of the actions
    QStackedWidget* m_centre; ///< the first of them: the library, or what greets a new user
    WelcomePage* m_welcome;
    LibraryPage* m_library;
    Banner* m_banner;
    std::pair<JobKind, QString> m_failed; ///< kind and model of the job that the banner tells of
    std::optional<ErrorView> m_catalogProblem; ///< that the banner has told of
    MemoryPanel* m_memory;
    ActivityPanel* m_activity;
    QComboBox* m_device;
    PageDocks m_docks;
    QLabel* m_librarySummary;
    QLabel* m_jobSummary;
    BenchmarkController* m_benchmarkController;
    FolderController* m_folderController;
    ModelController* m_modelController;
    MonitorController* m_monitorController;
    OperationsController* m_operationsController;
    PreloadController* m_preloadController;
    SettingsController* m_settingsController;
    bool m_skipsWelcome = false;
};

} // namespace weightroom::ui
