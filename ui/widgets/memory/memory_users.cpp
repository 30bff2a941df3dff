// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_users.h"

#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QGridLayout>
#include <QLabel>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// More programs are summed up in one line.
constexpr qsizetype kProgramsShown = 5;

/// What one program uses.
struct ProgramUses {
    QString program;
    QList<MemoryUser> uses;
    quint64 bytes = 0;
};

/// The largest first.
QList<ProgramUses> byProgram(const QList<MemoryUser>& users)
{
    QList<ProgramUses> programs;
    for (const MemoryUser& user : users) {
        auto program = std::ranges::find(programs, user.program, &ProgramUses::program);
        if (program == programs.end()) {
            programs.append({.program = user.program, .uses = {}});
            program = programs.end() - 1;
        }
        program->uses.append(user);
        program->bytes += user.bytes;
    }
    std::ranges::stable_sort(programs, std::greater{}, &ProgramUses::bytes);
    return programs;
}

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
    m_rows = 0;
    addMuted(tr("In use by other programs", "heading of a list"));
    const QList<ProgramUses> programs = byProgram(users);
    for (const ProgramUses& program : programs.first(std::min(kProgramsShown, programs.size()))) {
        auto* name = new DataLabel(this);
        name->setData(program.program);
        m_lines->addWidget(name, m_rows++, 0, 1, 2);
        for (const MemoryUser& use : program.uses)
            addUse(use);
    }
    if (programs.size() > kProgramsShown)
        addMuted(tr("%n more programs", "that use memory", static_cast<int>(programs.size() - kProgramsShown)));
    setVisible(!users.isEmpty());
}

void MemoryUsers::addMuted(const QString& text)
{
    auto* label = new QLabel(text, this);
    label->setProperty("role", QStringLiteral("muted"));
    m_lines->addWidget(label, m_rows++, 0, 1, 2);
}

void MemoryUsers::addUse(const MemoryUser& use)
{
    const int row = m_rows++;
    auto* model = new DataLabel(this);
    model->setProperty("role", QStringLiteral("muted"));
    model->setContentsMargins(2 * kSpace, 0, 0, 0);
    model->setData(use.isOffered
            ? tr("%1 (offered)", "a model that the program has not attached to yet").arg(use.modelName)
            : use.modelName);
    auto* size = new QLabel(bytesText(use.bytes), this);
    size->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    size->setProperty("role", QStringLiteral("muted"));
    size->setToolTip(exactBytesText(use.bytes));
    m_lines->addWidget(model, row, 0);
    m_lines->addWidget(size, row, 1);
}

} // namespace weightroom::ui
