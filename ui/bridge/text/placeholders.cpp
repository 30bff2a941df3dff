// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/placeholders.h"

namespace weightroom::ui {

QString filledTemplate(QStringView text, const PlaceholderValues& values)
{
    QString result;
    while (!text.isEmpty()) {
        const qsizetype open = text.indexOf(u'{');
        const qsizetype close = open < 0 ? -1 : text.indexOf(u'}', open);
        if (close < 0)
            return result.append(text);
        const auto value = values.constFind(text.mid(open + 1, close - open - 1).toString());
        if (value == values.constEnd())
            return {};
        result.append(text.left(open)).append(*value);
        text = text.mid(close + 1);
    }
    return result;
}

} // namespace weightroom::ui
