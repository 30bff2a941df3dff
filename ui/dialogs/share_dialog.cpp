// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/share_dialog.h"

#include "ui/bridge/text/share_text.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kIndent = 24; ///< of what stands below a check box: as far as its text

QStringList programsFor(const QString& domain, const QList<ConsumerView>& consumers)
{
    QStringList programs;
    for (const ConsumerView& consumer : consumers) {
        if (consumer.domains.contains(domain))
            programs.append(consumer.name);
    }
    return programs;
}

} // namespace

ShareDialog::ShareDialog(const QString& modelName, const QList<ConsumerView>& consumers, QWidget* parent)
    : QDialog(parent)
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Cancel, this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("shareDialog"));
    setWindowTitle(tr("Share with programs", "title of the dialog"));
    resize(520, 320);
    QVBoxLayout* layout = makeDialogLayout(*this, modelName);
    auto* sentence = makeSentenceLabel(this);
    sentence->setText(
        tr("Programs that are connected for a purpose get to use the weights where they lie, without loading "
           "them again. They stay in memory as long as any program uses them."));
    sentence->setProperty("role", QStringLiteral("muted"));
    layout->addWidget(sentence);
    for (const char* domain : {"inference", "postprocessing", "processing"})
        addDomain(QString::fromLatin1(domain), consumers);
    layout->addStretch();
    auto* share = m_buttons->addButton(tr("Share", "button"), QDialogButtonBox::AcceptRole);
    share->setObjectName(QStringLiteral("confirmShare"));
    share->setDefault(true);
    connect(m_buttons, &QDialogButtonBox::accepted, this, [this] {
        Q_EMIT requested(chosen());
        accept();
    });
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(m_buttons);
    updateButton();
}

void ShareDialog::addDomain(const QString& domain, const QList<ConsumerView>& consumers)
{
    const QStringList programs = programsFor(domain, consumers);
    auto* box = new QCheckBox(tr("For %1", "a purpose: making images").arg(domainText(domain)), this);
    box->setObjectName(domain);
    box->setChecked(!programs.isEmpty());
    connect(box, &QCheckBox::toggled, this, &ShareDialog::updateButton);
    m_domains.append(box);
    auto* who = new DataLabel(this);
    who->setProperty("role", QStringLiteral("muted"));
    who->setContentsMargins(kIndent, 0, 0, 0);
    who->setData(
        programs.isEmpty() ? tr("No program is connected", "for a purpose") : programs.join(QStringLiteral(", ")));
    layout()->addWidget(box);
    layout()->addWidget(who);
}

void ShareDialog::updateButton()
{
    if (auto* share = findChild<QPushButton*>(QStringLiteral("confirmShare")))
        share->setEnabled(!chosen().isEmpty());
}

QStringList ShareDialog::chosen() const
{
    QStringList domains;
    for (const QCheckBox* box : m_domains) {
        if (box->isChecked())
            domains.append(box->objectName());
    }
    return domains;
}

} // namespace weightroom::ui
