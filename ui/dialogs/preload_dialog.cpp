// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/preload_dialog.h"

#include "ui/dialogs/dialog_layout.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kLongestName = 100; ///< as the engine's limit, which counts bytes
constexpr int kNameRole = Qt::UserRole;

} // namespace

PreloadDialog::PreloadDialog(const QStringList& selected, const QStringList& devices, QWidget* parent)
    : QDialog(parent)
    , m_selected(selected)
    , m_plans(new QListWidget(this))
    , m_run(new QPushButton(tr("Preload now", "button: carry a plan out"), this))
    , m_remove(new QPushButton(tr("Forget", "button: a plan"), this))
    , m_name(new QLineEdit(this))
    , m_place(new QComboBox(this))
    , m_atStart(new QCheckBox(tr("At every start", "check box: when a plan runs"), this))
    , m_keep(new QPushButton(tr("Keep as plan", "button"), this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("preloadDialog"));
    setWindowTitle(tr("Preload plans", "title of the dialog"));
    resize(600, 420);
    build(devices);
    updateButtons();
}

void PreloadDialog::build(const QStringList& devices)
{
    auto* hint = makeSentenceLabel(this);
    hint->setProperty("role", QStringLiteral("muted"));
    hint->setText(tr("The models of a plan are made ready one after another, the first one first."));
    m_plans->setObjectName(QStringLiteral("preloadPlans"));
    m_plans->setAccessibleName(tr("Preload plans", "accessible name"));
    m_plans->setWordWrap(true);
    connect(m_plans, &QListWidget::itemSelectionChanged, this, &PreloadDialog::updateButtons);
    m_run->setObjectName(QStringLiteral("runPreloadPlan"));
    connect(m_run, &QPushButton::clicked, this, [this] {
        Q_EMIT runRequested(chosenPlan());
        accept();
    });
    m_remove->setObjectName(QStringLiteral("removePreloadPlan"));
    connect(m_remove, &QPushButton::clicked, this, [this] { Q_EMIT removeRequested(chosenPlan()); });
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto* row = new QHBoxLayout;
    row->addWidget(m_run);
    row->addWidget(m_remove);
    row->addStretch();
    QVBoxLayout* layout = makeDialogLayout(*this);
    layout->addWidget(hint);
    layout->addWidget(m_plans, 1);
    layout->addLayout(row);
    layout->addWidget(buildNewPlan(devices));
    layout->addWidget(buttons);
}

QWidget* PreloadDialog::buildNewPlan(const QStringList& devices)
{
    auto* part = new QWidget(this);
    m_name->setObjectName(QStringLiteral("preloadName"));
    m_name->setMaxLength(kLongestName);
    m_name->setPlaceholderText(tr("Name of the plan", "in an empty field"));
    m_name->setAccessibleName(tr("Name of the plan", "accessible name"));
    connect(m_name, &QLineEdit::textChanged, this, &PreloadDialog::updateButtons);
    m_place->setObjectName(QStringLiteral("preloadPlace"));
    m_place->setAccessibleName(tr("Where to", "accessible name: of the models of a plan"));
    m_place->addItem(tr("RAM cache", "where models are kept ready"), QString());
    for (const QString& device : devices)
        m_place->addItem(device, device);
    m_atStart->setObjectName(QStringLiteral("preloadAtStart"));
    m_keep->setObjectName(QStringLiteral("keepPreloadPlan"));
    connect(m_keep, &QPushButton::clicked, this, &PreloadDialog::keep);

    auto* row = new QHBoxLayout;
    row->addWidget(m_name, 1);
    row->addWidget(m_place);
    row->addWidget(m_atStart);
    row->addWidget(m_keep);
    auto* layout = new QVBoxLayout(part);
    layout->setContentsMargins(0, kSpace, 0, 0);
    const QString heading = m_selected.isEmpty()
        ? tr("Select models in the library to make a new plan of them.")
        : tr("A new plan of the %n selected models", "heading", static_cast<int>(m_selected.size()));
    layout->addWidget(makeHeading(heading, 1.0, part));
    layout->addLayout(row);
    return part;
}

void PreloadDialog::setPlans(const QList<PreloadPlanView>& plans)
{
    const QString before = chosenPlan();
    m_plans->clear();
    for (const PreloadPlanView& plan : plans) {
        auto* item = new QListWidgetItem(plan.name + QLatin1Char('\n') + plan.text, m_plans);
        item->setData(kNameRole, plan.name);
        if (plan.hasProblem)
            item->setForeground(themeOf(palette()).warning);
        if (plan.name == before)
            m_plans->setCurrentItem(item);
    }
    if (m_plans->currentItem() == nullptr && m_plans->count() > 0)
        m_plans->setCurrentRow(0);
    updateButtons();
}

QString PreloadDialog::chosenPlan() const
{
    const QListWidgetItem* item = m_plans->currentItem();
    return item == nullptr ? QString() : item->data(kNameRole).toString();
}

void PreloadDialog::updateButtons()
{
    m_run->setEnabled(m_plans->currentItem() != nullptr);
    m_remove->setEnabled(m_plans->currentItem() != nullptr);
    m_keep->setEnabled(!m_selected.isEmpty() && !m_name->text().trimmed().isEmpty());
}

void PreloadDialog::keep()
{
    Q_EMIT keepRequested({.name = m_name->text().trimmed(),
        .modelIds = m_selected,
        .deviceId = m_place->currentData().toString(),
        .runsAtStart = m_atStart->isChecked()});
    m_name->clear();
}

} // namespace weightroom::ui
