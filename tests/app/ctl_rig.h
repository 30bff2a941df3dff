// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// What a run of weightroomctl left: it was given to a pipe, as to a script.
struct CtlRun {
    int status = -1;
    QByteArray out;
    QByteArray error;

    [[nodiscard]] QJsonObject answer() const { return QJsonDocument::fromJson(out).object(); }
    /// The code of the typed error; the last line of standard error is the document.
    [[nodiscard]] QString code() const
    {
        const QByteArray last = error.trimmed().split('\n').last();
        return QJsonDocument::fromJson(last).object()[QStringLiteral("error")][QStringLiteral("code")].toString();
    }
};

inline std::string model(const std::string& name, std::size_t size)
{
    return SafetensorsBuilder().tensor(name + ".weight", "U8", {size}).build();
}

/// Runs weightroomctl as a process, with a model in its folder.
class CtlRig {
public:
    static constexpr std::size_t kModelSize = 2 * 1024 * 1024;

    enum class Gpus { None, Fake };
    /// The program and its arguments: with settings of its own, and with a small device and cache.
    [[nodiscard]] QStringList command(const QStringList& arguments, Gpus gpus = Gpus::None) const
    {
        const std::vector<std::pair<QString, QString>> defaults{
            {QStringLiteral("--settings"), path("settings.json")},
            {QStringLiteral("--data-folder"), path("data")},
            {QStringLiteral("--host-device"), QStringLiteral("1GiB")},
            {QStringLiteral("--cache"), QStringLiteral("1GiB")},
            {QStringLiteral("--folder"), path("models")},
        };
        QStringList all{QStringLiteral(WEIGHTROOMCTL)};
        if (gpus == Gpus::None)
            all << QStringLiteral("--no-cuda");
        for (const auto& [option, value] : defaults) {
            if (!arguments.contains(option))
                all << option << value;
        }
        return all + arguments;
    }
    void start(QProcess& process, const QStringList& arguments) const
    {
        const bool hasFake = process.processEnvironment().contains(QStringLiteral("WEIGHTROOM_FAKE_CUDA_FAULT"));
        QStringList all = command(arguments, hasFake ? Gpus::Fake : Gpus::None);
        const QString program = all.takeFirst();
        process.start(program, all);
    }
    [[nodiscard]] CtlRun finish(QProcess& process) const
    {
        process.closeWriteChannel();
        if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
            return {};
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }
    [[nodiscard]] CtlRun run(const QStringList& arguments, const QByteArray& input = {}) const
    {
        QProcess process;
        start(process, arguments);
        process.write(input);
        return finish(process);
    }
    [[nodiscard]] QString path(const std::string& name) const { return QFile::decodeName((folder / name).c_str()); }
    /// Words of a command line; `%` stands for the folder of the test.
    [[nodiscard]] QStringList words(const QString& line) const
    {
        return QString{line}.replace(QChar(u'%'), path("models")).split(QChar(u' '), Qt::SkipEmptyParts);
    }

    const TemporaryFolder folder;
    const std::filesystem::path modelFile = folder.write("models/first.safetensors", model("first", kModelSize));
};

} // namespace weightroom::test
