// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/program_doors.h"

using namespace weightroom::engine;

namespace weightroom::test {
namespace {

constexpr int kPatience = 60'000; ///< milliseconds

/// One line that is a JSON document, and nothing else.
Result<Json> oneLine(const QByteArray& text)
{
    if (text.count('\n') != 1 || !text.endsWith('\n'))
        return fail(ErrorCode::InvalidFormat, "not one line: " + text.left(500).toStdString());
    return parseJson(text.toStdString(), {.maxBytes = std::size_t{1} << 26U});
}

/// Of a line on standard output or on standard error.
Answer answerFrom(const QByteArray& line)
{
    auto document = oneLine(line);
    if (!document)
        return {.wrong = describe(document.error())};
    if (document->is_object() && document->size() == 1 && document->contains("error"))
        return {.isError = true, .document = document->at("error")};
    return {.document = std::move(*document)};
}

} // namespace

Answer CallDoor::ask(const std::string& operation, const Json& fields)
{
    const CtlRun run = m_rig.run(QStringList{QStringLiteral("call"), QString::fromStdString(operation),
                                     QString::fromStdString(writeJson(fields))}
        << m_whose);
    const bool hasFailed = run.status != 0;
    Answer answer = answerFrom(hasFailed ? run.error : run.out);
    if (answer.wrong.empty() && answer.isError != hasFailed)
        answer.wrong = "the exit status is " + std::to_string(run.status);
    if (const QByteArray more = hasFailed ? run.out : run.error; answer.wrong.empty() && !more.isEmpty())
        answer.wrong = "it said more: " + more.left(500).toStdString();
    return answer;
}

SessionDoor::SessionDoor(const SocketPlace& place)
{
    m_process.setProcessChannelMode(QProcess::MergedChannels); // a line for each answer, and for each error
    m_rig.start(m_process,
        {QStringLiteral("session"), QStringLiteral("--socket-folder"), QFile::decodeName(place.folder.c_str())});
}

SessionDoor::~SessionDoor()
{
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(kPatience))
        m_process.kill();
}

Answer SessionDoor::ask(const std::string& operation, const Json& fields)
{
    m_process.write(QByteArray::fromStdString("call " + operation + " '" + writeJson(fields) + "'\n"));
    while (!m_process.canReadLine()) {
        if (!m_process.waitForReadyRead(kPatience))
            return {.wrong = "no answer: " + m_process.errorString().toStdString()};
    }
    return answerFrom(m_process.readLine());
}

} // namespace weightroom::test
