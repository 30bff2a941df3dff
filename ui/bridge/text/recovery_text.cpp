// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/recovery_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <algorithm>

namespace weightroom::ui {
namespace {

using engine::RecoveryAction;
using Steps = std::span<const engine::RecoveryStep>;

struct RecoveryText {
    Q_DECLARE_TR_FUNCTIONS(RecoveryText)
};

bool has(Steps steps, RecoveryAction action)
{
    return std::ranges::find(steps, action, &engine::RecoveryStep::action) != steps.end();
}

/// Memory, without what a lower precision saves.
quint64 freedBytes(Steps steps)
{
    quint64 freed = 0;
    for (const engine::RecoveryStep& step : steps) {
        if (step.action != RecoveryAction::LowerPrecision)
            freed += step.freed.value;
    }
    return freed;
}

} // namespace

QString recoveredText(Steps steps)
{
    if (steps.empty())
        return {};
    if (has(steps, RecoveryAction::RereadFiles))
        return RecoveryText::tr("read once more, because the disk had failed", "how a load has succeeded");
    if (has(steps, RecoveryAction::LowerPrecision))
        return RecoveryText::tr("in a lower precision, for lack of memory", "how a load has succeeded");
    if (const quint64 freed = freedBytes(steps); freed > 0)
        return RecoveryText::tr("after %1 had been freed", "how a load has succeeded, a size").arg(bytesText(freed));
    return RecoveryText::tr("at the second attempt", "how a load has succeeded");
}

QString triedText(Steps steps)
{
    if (steps.empty())
        return {};
    if (has(steps, RecoveryAction::RereadFiles))
        return RecoveryText::tr("It was read once more, and that failed too.");
    const quint64 freed = freedBytes(steps);
    if (!has(steps, RecoveryAction::TryAgain))
        return freed > 0 ? RecoveryText::tr("%1 were freed by themselves, which is not enough.").arg(bytesText(freed))
                         : RecoveryText::tr("Nothing was found that could be freed by itself.");
    if (has(steps, RecoveryAction::LowerPrecision))
        return RecoveryText::tr("It was tried once more in a lower precision, and that failed too.");
    if (freed > 0)
        return RecoveryText::tr("It was tried once more, after %1 had been freed.").arg(bytesText(freed));
    return RecoveryText::tr("It was tried once more, and that failed too.");
}

} // namespace weightroom::ui
