// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/answer_view.h"

#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace weightroom::ui {

AnswerView::AnswerView(QWidget* parent)
    : QWidget(parent)
    , m_caption(makeHeading({}, 1.0, this))
    , m_copy(new QPushButton(tr("Copy", "button: the answer of an operation"), this))
    , m_text(new QPlainTextEdit(this))
    , m_cut(makeSentenceLabel(this))
{
    m_caption->setObjectName(QStringLiteral("answerCaption"));
    m_copy->setObjectName(QStringLiteral("copyAnswer"));
    m_copy->setAutoDefault(false);
    m_copy->setAccessibleName(tr("Copy the answer", "accessible name"));
    connect(m_copy, &QPushButton::clicked, this,
        [this] { QGuiApplication::clipboard()->setText(QString::fromUtf8(m_whole)); });
    m_text->setObjectName(QStringLiteral("operationAnswer"));
    m_text->setAccessibleName(tr("Answer", "accessible name: of an operation"));
    m_text->setReadOnly(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setTabChangesFocus(true);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setPlaceholderText(tr("What the operation answers stands here."));
    m_cut->setObjectName(QStringLiteral("answerCut"));
    m_cut->setProperty("role", QStringLiteral("muted"));

    auto* head = new QHBoxLayout;
    head->addWidget(m_caption, 1);
    head->addWidget(m_copy);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kSpace);
    layout->addLayout(head);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_cut);
    clear();
}

void AnswerView::setAnswer(const OperationAnswer& answer, const QString& caption)
{
    m_whole = answer.whole;
    m_caption->setText(caption);
    m_text->setPlainText(answer.shown);
    m_copy->setEnabled(true);
    m_cut->setVisible(answer.bytesHidden > 0);
    m_cut->setText(tr("Not shown: %1 of %2. Copying takes all of it.", "sizes")
                       .arg(bytesText(answer.bytesHidden), bytesText(static_cast<quint64>(m_whole.size()))));
}

void AnswerView::clear()
{
    m_whole.clear();
    m_caption->setText(tr("Answer", "heading: of an operation"));
    m_text->clear();
    m_copy->setEnabled(false);
    m_cut->hide();
}

} // namespace weightroom::ui
