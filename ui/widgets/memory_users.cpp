// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory_users.h"

#include "ui/bridge/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QGridLayout>
#include <QLabel>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// More are summed up in one line.
constexpr qsizetype kLinesShown = 6;

} // namespace

MemoryUsers::MemoryUsers(QWidget* parent)
    : QWidget(parent)
    , m_lines(new QGridLayout(this))
{
    m_lines->setContentsMargins(0, 0, 0, 0);
    m_lines->setHorizontalSpacing(2 * kSpace);
    m_lines->setVerticalSpacing(kSpace / 2);
    m_lines->setColumnStretch(0, 1);
    setObjectName(QStringLiteral("memoryUsers"));
    setAccessibleName(tr("Programs that use it", "accessible name"));
    hide();
}

void MemoryUsers::setUsers(const QList<MemoryUser>& users)
{
    if (users == m_users)
        return;
    m_users = users;
    qDeleteAll(findChildren<QLabel*>(Qt::FindDirectChildrenOnly));
    QList<MemoryUser> bySize = users;
    std::ranges::stable_sort(bySize, std::greater{}, &MemoryUser::bytes);
    const qsizetype shown = std::min(kLinesShown, bySize.size());
    auto* heading = new QLabel(tr("In use by other programs", "heading of a list"), this);
    heading->setProperty("role", QStringLiteral("muted"));
    m_lines->addWidget(heading, 0, 0, 1, 2);
    for (qsizetype row = 0; row < shown; ++row)
        addLine(static_cast<int>(row) + 1, bySize[row]);
    if (bySize.size() > shown) {
        auto* rest = new QLabel(tr("%n more", "uses by other programs", static_cast<int>(bySize.size() - shown)), this);
        rest->setProperty("role", QStringLiteral("muted"));
        m_lines->addWidget(rest, static_cast<int>(shown) + 1, 0, 1, 2);
    }
    setVisible(!users.isEmpty());
}

void MemoryUsers::addLine(int row, const MemoryUser& user)
{
    const QString text = user.isOffered
        ? tr("%1: %2 (offered)", "program, model: it has not attached yet").arg(user.program, user.modelName)
        : tr("%1: %2", "program, model that it uses").arg(user.program, user.modelName);
    auto* label = new DataLabel(this);
    label->setData(text);
    auto* size = new QLabel(bytesText(user.bytes), this);
    size->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    size->setToolTip(exactBytesText(user.bytes));
    m_lines->addWidget(label, row, 0);
    m_lines->addWidget(size, row, 1);
}

} // namespace weightroom::ui
