// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/memory_view.h"

#include <QWidget>

class QGridLayout;

namespace weightroom::ui {

/// Which other programs use what lies in one memory: a line for each use, the largest first. Hidden while there is
/// none.
class MemoryUsers final : public QWidget {
    Q_OBJECT
public:
    explicit MemoryUsers(QWidget* parent = nullptr);

    void setUsers(const QList<MemoryUser>& users);

private:
    void addLine(int row, const MemoryUser& user);

    QGridLayout* m_lines;
    QList<MemoryUser> m_users;
};

} // namespace weightroom::ui
