// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/validation_dialog.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct Mark {
    QString icon;
    QColor color;
    QString text;
};

Mark markOf(CheckStatus status, const Theme& theme)
{
    switch (status) {
    case CheckStatus::Passed:
        return {QStringLiteral("check"), theme.success, ValidationDialog::tr("Passed", "outcome of a check")};
    case CheckStatus::Warning:
        return {QStringLiteral("warning"), theme.warning, ValidationDialog::tr("Look at this", "outcome of a check")};
    case CheckStatus::Failed:
        return {QStringLiteral("error"), theme.danger, ValidationDialog::tr("Failed", "outcome of a check")};
    case CheckStatus::Skipped:
    case CheckStatus::None:
        break;
    }
    return {QStringLiteral("clock"), theme.muted, ValidationDialog::tr("Not checked", "outcome of a check")};
}

void addCheck(QGridLayout& grid, const CheckView& check, QWidget& parent)
{
    constexpr int kIcon = 18;
    const int row = grid.rowCount();
    const Mark mark = markOf(check.status, themeOf(parent.palette()));
    auto* icon = new QLabel(&parent);
    icon->setPixmap(iconPixmap(mark.icon, mark.color, kIcon, parent.devicePixelRatioF()));
    icon->setAccessibleName(mark.text);
    icon->setToolTip(mark.text);
    auto* name = new QLabel(check.name, &parent);
    name->setTextFormat(Qt::PlainText);
    auto* detail = makeSentenceLabel(&parent);
    detail->setText(check.finding);
    // In the engine's own words, for those who want to know it exactly.
    detail->setToolTip(plainToolTip(check.detail));
    detail->setProperty("role", QStringLiteral("muted"));
    grid.addWidget(icon, row, 0, Qt::AlignTop);
    grid.addWidget(name, row, 1, Qt::AlignTop);
    grid.addWidget(detail, row, 2);
}

} // namespace

ValidationDialog::ValidationDialog(const ValidationView& outcome, const QString& modelName, QWidget* parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("validationDialog"));
    setWindowTitle(tr("Outcome of the check", "title of the dialog"));
    resize(640, 340);
    auto* verdict = makeSentenceLabel(this);
    verdict->setObjectName(QStringLiteral("validationVerdict"));
    verdict->setText(outcome.isValid ? tr("No check failed.") : tr("Something is wrong with this model."));
    verdict->setProperty("role", outcome.isValid ? QStringLiteral("muted") : QStringLiteral("danger"));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(2 * kSpace);
    grid->setVerticalSpacing(2 * kSpace);
    grid->setColumnStretch(2, 1);
    for (const CheckView& check : outcome.checks)
        addCheck(*grid, check, *this);

    QVBoxLayout* layout = makeDialogLayout(*this, modelName);
    layout->addWidget(verdict);
    layout->addLayout(grid);
    if (!outcome.tensors.isEmpty()) {
        auto* tensors = new QPlainTextEdit(outcome.tensors.join(QLatin1Char('\n')), this);
        tensors->setObjectName(QStringLiteral("strangeTensors"));
        tensors->setReadOnly(true);
        tensors->setAccessibleName(tr("Tensors with strange values", "accessible name"));
        layout->addWidget(tensors, 1);
    }
    layout->addStretch();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    const bool leftOut =
        std::ranges::find(outcome.checks, CheckStatus::Skipped, &CheckView::status) != outcome.checks.end();
    if (leftOut) {
        auto* more = buttons->addButton(tr("Read the whole file\u2026", "button"), QDialogButtonBox::ActionRole);
        more->setObjectName(QStringLiteral("thoroughCheck"));
        connect(more, &QPushButton::clicked, this, [this, modelId = outcome.modelId] {
            Q_EMIT thoroughCheckRequested(modelId);
            accept();
        });
    }
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
}

} // namespace weightroom::ui
