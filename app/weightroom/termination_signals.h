// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace weightroom {

/// Turns SIGINT and SIGTERM into a Qt signal, so that the program ends as if the window had been closed: jobs are
/// rolled back and memory is given back. One object per process.
class TerminationSignals final : public QObject {
    Q_OBJECT
public:
    explicit TerminationSignals(QObject* parent = nullptr);
    ~TerminationSignals() override;

Q_SIGNALS:
    void requested();

private:
    int m_readEnd = -1;
};

} // namespace weightroom
