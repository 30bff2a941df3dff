// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/json_text.h"

#include "ui/bridge/text/plain_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

#include <array>
#include <string>
#include <utility>

namespace weightroom::ui {
namespace {

struct JsonText {
    Q_DECLARE_TR_FUNCTIONS(JsonText)
};

/// More is read in the file itself.
constexpr qsizetype kLongestValue = 4000;
constexpr std::size_t kMostListed = 40;

/// Descriptions of websites are HTML. Nothing of it is rendered: the tags go, and what stands between them is text.
/// Only tags of HTML are taken for such: "<lora:hat:0.8>" is what people type.
QString withoutMarkup(QString text)
{
    static const QRegularExpression breaks(
        QStringLiteral("<(?:br\\s*/?|/p|/li|/h[1-6]|/div)\\s*>"), QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression tags(
        QStringLiteral("</?(?:p|br|a|b|i|u|s|em|strong|span|div|ul|ol|li|h[1-6]|img|hr|code|pre|blockquote|table|tbody|"
                       "thead|tr|td|th|font|center|sub|sup)(?:\\s[^<>]*)?/?>"),
        QRegularExpression::CaseInsensitiveOption);
    text.replace(breaks, QStringLiteral("\n")).remove(tags);
    constexpr std::array<std::pair<const char*, const char*>, 6> kEntities{
        std::pair{"&nbsp;", " "}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    for (const auto& [entity, character] : kEntities)
        text.replace(QLatin1String(entity), QLatin1String(character));
    return text;
}

/// Line breaks stay, as people write them; every other control character is shown.
QString linesText(const std::string& text)
{
    QStringList lines = withoutMarkup(QString::fromStdString(text)).split(QLatin1Char('\n'));
    for (QString& line : lines)
        line = plainText(line.endsWith(QLatin1Char('\r')) ? line.chopped(1) : line);
    return lines.join(QLatin1Char('\n')).trimmed();
}

} // namespace

QString textIn(const engine::Json& object, const char* field)
{
    const auto value = object.find(field);
    return value != object.end() && value->is_string() ? plainText(value->get<std::string>()) : QString();
}

QString listText(const engine::Json& list)
{
    QStringList parts;
    for (const engine::Json& entry : list) {
        if (static_cast<std::size_t>(parts.size()) == kMostListed) {
            parts.append(QStringLiteral("\u2026"));
            break;
        }
        parts.append(entry.is_object() && entry.contains("tag") ? textIn(entry, "tag") : valueText(entry));
    }
    return parts.join(QStringLiteral(", "));
}

QString valueText(const engine::Json& value)
{
    QString text;
    if (value.is_string())
        text = linesText(value.get<std::string>());
    else if (value.is_array())
        text = listText(value);
    else if (value.is_boolean())
        text = value.get<bool>() ? JsonText::tr("yes", "a value") : JsonText::tr("no", "a value");
    else if (!value.is_null())
        text = plainText(value.dump(-1, ' ', false, engine::Json::error_handler_t::replace));
    return text.size() > kLongestValue ? text.left(kLongestValue) + QStringLiteral("\u2026") : text;
}

} // namespace weightroom::ui
