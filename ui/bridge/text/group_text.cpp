// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/group_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct GroupText {
    Q_DECLARE_TR_FUNCTIONS(GroupText)
};

/// "3.00 GiB of 8.00 GiB"; without the second where the group has no limit.
QString memoryText(const engine::ControlGroupReading& reading)
{
    if (!reading.memory)
        return {};
    const QString used = bytesText(reading.memory->value);
    if (!reading.memoryLimit)
        return GroupText::tr("%1, no limit", "memory of a control group").arg(used);
    return GroupText::tr("%1 of %2", "a value and its limit").arg(used, bytesText(reading.memoryLimit->value));
}

QString rate(const std::optional<double>& bytesPerSecond)
{
    if (!bytesPerSecond)
        return {};
    return GroupText::tr("%1/s", "a size").arg(bytesText(static_cast<quint64>(std::max(*bytesPerSecond, 0.0))));
}

QString share(const std::optional<double>& fraction)
{
    return fraction ? percentText(qRound(*fraction * 100)) : QString();
}

GpuFigure figure(const QString& name, const QString& value)
{
    const bool isKnown = !value.isEmpty();
    return {.name = name,
        .value = isKnown ? value : GroupText::tr("not reported", "figure of a control group"),
        .isKnown = isKnown};
}

} // namespace

QList<GpuFigure> groupFigures(const engine::ControlGroupReading& reading)
{
    if (reading == engine::ControlGroupReading{})
        return {};
    return {
        figure(GroupText::tr("Memory", "figure of a control group"), memoryText(reading)),
        figure(GroupText::tr("Read from disks", "figure of a control group"), rate(reading.diskRead)),
        figure(GroupText::tr("Written to disks", "figure of a control group"), rate(reading.diskWritten)),
        figure(GroupText::tr("Time that it waits for memory", "figure of a control group"), share(reading.memoryStall)),
    };
}

} // namespace weightroom::ui
