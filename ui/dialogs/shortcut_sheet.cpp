// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/shortcut_sheet.h"

#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QKeySequence>
#include <QLabel>

namespace weightroom::ui {
namespace {

QString keysOf(const QAction& action)
{
    QStringList keys;
    for (const QKeySequence& sequence : action.shortcuts())
        keys.append(sequence.toString(QKeySequence::NativeText));
    return keys.join(QStringLiteral(", "));
}

QString nameOf(const QAction& action)
{
    QString name = action.text().remove(QLatin1Char('&'));
    return name.remove(QStringLiteral("\u2026"));
}

} // namespace

ShortcutSheet::ShortcutSheet(const QList<QAction*>& actions, QWidget* parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Keyboard shortcuts", "title of the dialog"));
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(2 * kMargin, kMargin, 2 * kMargin, kMargin);
    layout->setHorizontalSpacing(8 * kSpace);
    layout->setVerticalSpacing(kSpace + 2);
    layout->addWidget(makeHeading(tr("Keyboard shortcuts", "heading"), 1.3, this), 0, 0, 1, 2);
    int row = 1;
    const auto addRow = [&](const QString& name, const QString& keys) {
        auto* key = new QLabel(keys, this);
        key->setProperty("role", QStringLiteral("muted"));
        layout->addWidget(new QLabel(name, this), row, 0);
        layout->addWidget(key, row++, 1, Qt::AlignRight);
    };
    for (const QAction* action : actions) {
        if (!action->shortcuts().isEmpty())
            addRow(nameOf(*action), keysOf(*action));
    }
    addRow(tr("Load the model of the current row", "what a key does"),
        QKeySequence(Qt::Key_Return).toString(QKeySequence::NativeText));
    addRow(tr("Clear the search", "what a key does"), QKeySequence(Qt::Key_Escape).toString(QKeySequence::NativeText));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons, row, 0, 1, 2);
}

} // namespace weightroom::ui
