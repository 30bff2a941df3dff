// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/command_line.h"

#include "model_engine/core/settings/settings.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>

namespace weightroom {
namespace {

struct CommandLineText {
    Q_DECLARE_TR_FUNCTIONS(CommandLine)
};

std::filesystem::path pathOf(const QString& argument)
{
    std::error_code unknown;
    const std::filesystem::path path = QFile::encodeName(argument).toStdString();
    const std::filesystem::path absolute = std::filesystem::absolute(path, unknown);
    return unknown ? path : absolute;
}

} // namespace

CommandLine readCommandLine(const QCoreApplication& application)
{
    const QCommandLineOption settings(QStringLiteral("settings"),
        CommandLineText::tr("Keep the settings in <file> instead of the user's configuration."),
        CommandLineText::tr("file"));
    const QCommandLineOption folder(QStringLiteral("folder"),
        CommandLineText::tr("Look for models in <folder> too. Can be given several times."),
        CommandLineText::tr("folder"));
    const QCommandLineOption verbose(
        QStringLiteral("verbose"), CommandLineText::tr("Log what the engine does to standard error."));
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLineText::tr("Keeps the weights of image models where they are needed."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({settings, folder, verbose});
    parser.addPositionalArgument(CommandLineText::tr("folder"), CommandLineText::tr("The same as --folder."),
        QStringLiteral("[%1...]").arg(CommandLineText::tr("folder")));
    parser.process(application);

    CommandLine line;
    line.settingsFile = parser.isSet(settings) ? pathOf(parser.value(settings)) : engine::defaultSettingsFile();
    for (const QString& path : parser.values(folder) + parser.positionalArguments())
        line.folders.push_back(pathOf(path));
    if (parser.isSet(verbose))
        line.logLevel = engine::LogLevel::Info;
    return line;
}

} // namespace weightroom
