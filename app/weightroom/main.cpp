// SPDX-License-Identifier: GPL-3.0-or-later
//
// The desktop application: builds the graph of objects and runs the event loop.
#include "app/weightroom/command_line.h"
#include "app/weightroom/end_deadline.h"
#include "app/weightroom/served_place.h"
#include "app/weightroom/termination_signals.h"
#include "model_engine/core/files/user_folders.h"
#include "model_engine/core/system/descriptor_limit.h"
#include "model_engine/engine.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/error_text.h"
#include "ui/dialogs/prompts.h"
#include "ui/main_window.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QLocale>
#include <QProcess>
#include <QSettings>
#include <QTranslator>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <unistd.h>

namespace weightroom {
namespace {

/// A rollback takes a second at most, what a slow disk still has to write a few. People look after that.
constexpr std::chrono::seconds kPatience{20};

struct Start {
    engine::EngineOptions options;
    std::optional<engine::Error> problem; ///< of the settings file
    std::optional<engine::Error> restProblem; ///< of the tokens of the REST door
};

/// Settings that cannot be read are replaced by the defaults for this run, and the file is left as it is.
Start readSettings(const CommandLine& line)
{
    Start start;
    const engine::Settings defaults = engine::defaultSettings(engine::systemMemory());
    auto settings = engine::loadSettings(line.settingsFile, defaults);
    if (settings) {
        start.options.settings = std::move(*settings);
        start.options.settingsFile = line.settingsFile;
    } else {
        start.options.settings = defaults;
        start.problem = std::move(settings).error();
    }
    auto& folders = start.options.settings.modelFolders;
    for (const auto& folder : line.folders) {
        if (std::ranges::find(folders, folder) == folders.end())
            folders.push_back(folder);
    }
    return start;
}

/// English has a translation too: it knows the plurals.
void installTranslation(QApplication& application, QTranslator& translator)
{
    const QString name = QStringLiteral("weightroom");
    const QString folder = QStringLiteral(":/i18n");
    if (translator.load(QLocale(), name, QStringLiteral("_"), folder)
        || translator.load(name + QStringLiteral("_en"), folder))
        application.installTranslator(&translator);
}

/// What the REST door is opened with; nothing where it is not wanted, or its tokens cannot be used.
std::optional<engine::RestOptions> readRestOptions(Start& start)
{
    const engine::Settings& settings = start.options.settings;
    if (!settings.restEnabled)
        return std::nullopt;
    auto tokens = engine::keptRestTokens({engine::userConfigFolder()});
    if (tokens)
        return engine::RestOptions{.port = settings.restPort, .tokens = std::move(*tokens)};
    start.restProblem = std::move(tokens).error();
    return std::nullopt;
}

/// How the application ends.
struct End {
    int status = EXIT_SUCCESS;
    bool wantsRestart = false;
};

End run(QApplication& application)
{
    const CommandLine line = readCommandLine(application);
    ServedPlace served = claimServedPlace(line.folders);
    if (served.isWindowElsewhere) {
        std::fputs("Weightroom runs already: its window was brought up.\n", stderr);
        for (const auto& folder : served.unnamedFolders)
            std::fprintf(stderr, "It could not be told of '%s': the name is no UTF-8. Add it in the window.\n",
                engine::escapeForTerminal(folder.native()).c_str());
        return {};
    }
    engine::raiseDescriptorLimit();
    QTranslator translator;
    installTranslation(application, translator);
    QSettings windowSettings(
        QSettings::IniFormat, QSettings::UserScope, QStringLiteral("weightroom"), QStringLiteral("window"));
    ui::applyTheme(application, ui::MainWindow::themeChoice(windowSettings));

    Start start = readSettings(line);
    auto rest = readRestOptions(start); // before there are threads
    const auto clock = std::make_shared<engine::SystemClock>();
    start.options.dataFolder = engine::userDataFolder();
    start.options.watching = engine::FolderWatching::On;
    start.options.idleWork = engine::IdleWork::On;
    start.options.preloadAtStart = engine::PreloadAtStart::On;
    start.options.memoryWatching = engine::MemoryWatching{.pressure = engine::PressureRequest::fromEnvironment()};
    start.options.monitoring = engine::Monitoring::On;
    start.options.clock = clock;
    start.options.log = std::make_shared<engine::FileLog>(STDERR_FILENO, line.logLevel, *clock);
    EndDeadline deadline; // outlives the engine, whose end it watches
    ui::EngineBridge bridge(std::move(start.options));
    ui::SystemPrompts prompts;
    ui::MainWindow window(bridge, prompts, windowSettings);
    const TerminationSignals termination;
    QObject::connect(&termination, &TerminationSignals::requested, &window, &QWidget::close);
    End end;
    QObject::connect(&window, &ui::MainWindow::restartWanted, &window, [&end, &window] {
        end.wantsRestart = true;
        window.close();
    });
    if (served.claimed) {
        bridge.serve(std::move(*served.claimed));
        if (rest)
            bridge.serveRest(std::move(*rest));
    }
    for (const auto& problem : {served.problem, start.problem, start.restProblem}) {
        if (problem)
            window.showError(ui::errorView(*problem));
    }
    window.show();
    if (!bridge.library().folders.isEmpty())
        bridge.rescan();
    end.status = QApplication::exec();
    deadline.begin(kPatience);
    bridge.stopServing();
    return end;
}

/// When all of this one is gone: the new one serves at the same place, and uses the same GPUs.
void startAgain()
{
    const QStringList arguments = QApplication::arguments().mid(1);
    if (!QProcess::startDetached(QApplication::applicationFilePath(), arguments))
        std::fputs("Weightroom could not be started again.\n", stderr);
}

/// Qt aborts when it finds no display, and a core file helps nobody: the reason does.
void endOnFatalMessage(QtMsgType type, const QMessageLogContext& context, const QString& text)
{
    std::fprintf(stderr, "%s\n", qPrintable(qFormatLogMessage(type, context, text)));
    if (type != QtFatalMsg)
        return;
    std::fputs(
        "weightroom: the window cannot be shown. Without a display, weightroomctl does the same work.\n", stderr);
    std::_Exit(EXIT_FAILURE);
}

} // namespace
} // namespace weightroom

int main(int argc, char** argv)
{
    qInstallMessageHandler(weightroom::endOnFatalMessage);
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("weightroom"));
    QApplication::setApplicationDisplayName(QStringLiteral("Weightroom"));
    QApplication::setApplicationVersion(QStringLiteral(WEIGHTROOM_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("weightroom"));
    const weightroom::End end = weightroom::run(application);
    if (end.wantsRestart)
        weightroom::startAgain();
    return end.status;
}
