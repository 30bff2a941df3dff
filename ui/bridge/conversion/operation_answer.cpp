// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_answer.h"

#include "ui/bridge/text/plain_text.h"

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kIndent = 2;

/// Up to the last line that is in it whole; in a line that is longer, up to the last character.
QByteArray beginningOf(const QByteArray& whole)
{
    if (whole.size() <= kAnswerShown)
        return whole;
    qsizetype end = whole.lastIndexOf('\n', kAnswerShown);
    if (end <= 0) {
        const auto isInside = [&](qsizetype at) { return (static_cast<unsigned char>(whole[at]) & 0xC0U) == 0x80U; };
        for (end = kAnswerShown; end > 0 && isInside(end);)
            --end;
    }
    return whole.first(end);
}

} // namespace

OperationAnswer operationAnswer(const engine::Json& answer)
{
    OperationAnswer made{.whole = QByteArray::fromStdString(engine::writeJson(answer, kIndent)), .shown = {}};
    const QByteArray beginning = beginningOf(made.whole);
    qsizetype shown = beginning.size();
    QStringList lines;
    for (const QByteArray& bytes : beginning.split('\n')) {
        QString line = QString::fromUtf8(bytes);
        if (line.size() > kAnswerLine) {
            const QString kept = line.first(kAnswerLine - (line[kAnswerLine - 1].isHighSurrogate() ? 1 : 0));
            shown -= bytes.size() - kept.toUtf8().size();
            line = kept + QChar(0x2026);
        }
        lines.append(plainText(line));
    }
    made.shown = lines.join(QLatin1Char('\n'));
    made.bytesHidden = static_cast<quint64>(std::max<qsizetype>(0, made.whole.size() - shown));
    return made;
}

} // namespace weightroom::ui
