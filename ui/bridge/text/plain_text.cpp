// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/plain_text.h"

#include <QList>
#include <QStringBuilder>

namespace weightroom::ui {
namespace {

/// Letters of right-to-left scripts are fine; characters that only steer the display are not (they can make
/// "gnp.exe" read "exe.png").
bool isSteering(char32_t character)
{
    switch (QChar::category(character)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    default:
        return false;
    }
}

QString spelledOut(char32_t character)
{
    const QString digits = QString::number(character, 16).toUpper().rightJustified(4, QLatin1Char('0'));
    return QStringLiteral("\u27E8U+") % digits % QStringLiteral("\u27E9");
}

} // namespace

QString plainText(const QString& text)
{
    QString plain;
    plain.reserve(text.size());
    for (const char32_t character : text.toUcs4()) {
        if (isSteering(character))
            plain += spelledOut(character);
        else
            plain += QString::fromUcs4(&character, 1);
    }
    return plain;
}

QString plainText(std::string_view bytes)
{
    return plainText(QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

QString pathText(const std::filesystem::path& path) { return plainText(std::string_view{path.native()}); }

QString plainToolTip(const QString& text)
{
    if (text.isEmpty())
        return {};
    return QStringLiteral("<qt>") % text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"))
        % QStringLiteral("</qt>");
}

} // namespace weightroom::ui
