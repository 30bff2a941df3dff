// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QDialog>

class QCheckBox;
class QDialogButtonBox;

namespace weightroom::ui {

/// For which programs a loaded model is shared: by what they use weights for, with those that are connected now.
class ShareDialog final : public QDialog {
    Q_OBJECT
public:
    ShareDialog(const QString& modelName, const QList<ConsumerView>& consumers, QWidget* parent);

Q_SIGNALS:
    /// The engine's words: "inference", …; at least one.
    void requested(const QStringList& domains);

private:
    void addDomain(const QString& domain, const QList<ConsumerView>& consumers);
    void updateButton();
    [[nodiscard]] QStringList chosen() const;

    QList<QCheckBox*> m_domains;
    QDialogButtonBox* m_buttons;
};

} // namespace weightroom::ui
