// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/convert_dialog.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/dialogs/prompts.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/field_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <filesystem>

namespace weightroom::ui {
namespace {

QString formatOf(const QComboBox& box) { return box.currentData().toString(); }

} // namespace

ConvertDialog::ConvertDialog(const ModelRow& row, Prompts& prompts, QWidget* parent)
    : QDialog(parent)
    , m_prompts(prompts)
    , m_modelId(row.facts->id)
    , m_source(row.facts->systemPath)
    , m_format(new QComboBox(this))
    , m_precision(new QComboBox(this))
    , m_dropEma(new QCheckBox(tr("Leave out the EMA copy, which only training needs"), this))
    , m_pathText(new QLineEdit(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("convertDialog"));
    setWindowTitle(tr("Convert a model", "title of the dialog"));
    resize(600, 280);
    build(row.facts->name);
    suggestPath();
}

void ConvertDialog::build(const QString& modelName)
{
    m_format->addItem(tr("One .safetensors file", "format"), QStringLiteral("safetensors"));
    m_format->addItem(tr("A diffusers folder", "format"), QStringLiteral("diffusers"));
    m_precision->addItem(tr("As it is", "precision"), QStringLiteral("keep"));
    for (const char* precision : {"fp32", "fp16", "bf16", "fp8_e4m3", "fp8_e5m2"})
        m_precision->addItem(QString::fromLatin1(precision), QString::fromLatin1(precision));
    m_dropEma->setChecked(true);
    m_pathText->setReadOnly(true);
    m_pathText->setAccessibleName(tr("Where to", "accessible name"));
    auto* choose = new QPushButton(tr("Choose\u2026", "button: a path"), this);
    choose->setObjectName(QStringLiteral("choosePath"));
    connect(choose, &QPushButton::clicked, this, &ConvertDialog::askForPath);
    connect(m_format, &QComboBox::currentIndexChanged, this, [this] {
        m_isPathChosen = false;
        suggestPath();
    });
    connect(m_precision, &QComboBox::currentIndexChanged, this, &ConvertDialog::suggestPath);

    auto* path = new QHBoxLayout;
    path->addWidget(m_pathText, 1);
    path->addWidget(choose);
    auto* form = new QFormLayout;
    form->setLabelAlignment(Qt::AlignLeft);
    addFieldRow(*form, tr("Format", "label"), *m_format, *m_format);
    addFieldRow(*form, tr("Precision", "label"), *m_precision, *m_precision);
    form->addRow(QString(), m_dropEma);
    auto* where = new FieldLabel(tr("Where to", "label"), *m_pathText);
    where->setBuddy(m_pathText);
    form->addRow(where, path);
    auto* hint = makeSentenceLabel(this);
    hint->setProperty("role", QStringLiteral("muted"));
    hint->setText(tr("The model itself stays as it is, and no file is overwritten."));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    buttons->addButton(tr("Convert", "button"), QDialogButtonBox::AcceptRole)
        ->setObjectName(QStringLiteral("confirmConvert"));
    connect(buttons, &QDialogButtonBox::accepted, this, &ConvertDialog::request);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    QVBoxLayout* layout = makeDialogLayout(*this, modelName);
    layout->addWidget(hint);
    layout->addLayout(form);
    layout->addStretch();
    layout->addWidget(buttons);
}

/// Beside the model, under a name that tells the difference.
void ConvertDialog::suggestPath()
{
    if (m_isPathChosen)
        return;
    const std::filesystem::path source = m_source.toStdString();
    const QString precision = m_precision->currentData().toString();
    std::string stem = source.stem().string();
    if (precision != QLatin1String("keep"))
        stem += "-" + precision.toStdString();
    else if (source.extension() == ".safetensors" || !source.has_extension())
        stem += "-converted";
    if (formatOf(*m_format) == QLatin1String("safetensors"))
        stem += ".safetensors";
    const std::filesystem::path suggested = source.parent_path() / stem;
    m_path = QByteArray::fromStdString(suggested.native());
    m_pathText->setText(pathText(suggested));
}

void ConvertDialog::askForPath()
{
    m_prompts.askForNewFile(this, tr("Where to put the converted model", "title of the file dialog"), m_path,
        [this](const QByteArray& path) {
            m_path = path;
            m_isPathChosen = true;
            m_pathText->setText(pathText(path.toStdString()));
        });
}

void ConvertDialog::request()
{
    Q_EMIT requested({.modelId = m_modelId,
        .outputPath = m_path,
        .format = formatOf(*m_format),
        .precision = m_precision->currentData().toString(),
        .dropsEma = m_dropEma->isChecked()});
    accept();
}

} // namespace weightroom::ui
