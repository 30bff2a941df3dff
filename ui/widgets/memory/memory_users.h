// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"

#include <QWidget>

class QGridLayout;

namespace weightroom::ui {

/// Which other programs use what lies in one memory: under the name of each its models, the largest program first.
/// Hidden while there is none.
class MemoryUsers final : public QWidget {
    Q_OBJECT
public:
    explicit MemoryUsers(QWidget* parent = nullptr);

    void setUsers(const QList<MemoryUser>& users);

private:
    void addMuted(const QString& text);
    void addUse(const MemoryUser& use);

    QGridLayout* m_lines;
    int m_rows = 0; ///< that are in use: the layout's own count never falls
    QList<MemoryUser> m_users;
};

} // namespace weightroom::ui
