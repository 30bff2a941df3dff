// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/ledger_text.h"

#include <QCoreApplication>

namespace weightroom::ui {
namespace {

struct LedgerText {
    Q_DECLARE_TR_FUNCTIONS(LedgerText)
};

} // namespace

QString ledgerLabel(const LedgerRow& row)
{
    switch (row.kind) {
    case LedgerKind::Shared:
        return LedgerText::tr("Shared by several components", "part of a memory");
    case LedgerKind::Overhead:
        return LedgerText::tr("Alignment and reserve", "part of a memory");
    case LedgerKind::Ready:
        return LedgerText::tr("Ready for the next load", "part of a memory");
    case LedgerKind::Context:
        return LedgerText::tr("The driver, for Weightroom", "part of a memory");
    case LedgerKind::Process:
        return row.processName.isEmpty() ? LedgerText::tr("Process %1", "part of a memory: a number").arg(row.processId)
                                         : LedgerText::tr("%1 (process %2)", "part of a memory: a program")
                                               .arg(row.processName, QString::number(row.processId));
    case LedgerKind::Reserved:
        return LedgerText::tr("Reserved by the driver", "part of a memory");
    case LedgerKind::Unattributed:
        return LedgerText::tr("In use, not attributed", "part of a memory");
    case LedgerKind::Free:
        return LedgerText::tr("Free", "part of a memory");
    case LedgerKind::Loading:
        return LedgerText::tr("%1 (loading)", "part of a memory: a model").arg(row.modelName);
    case LedgerKind::Component:
    case LedgerKind::None:
        break;
    }
    return row.componentId;
}

} // namespace weightroom::ui
