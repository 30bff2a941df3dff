// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/library_header.h"

#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QAbstractItemView>
#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include <array>

namespace weightroom::ui {
namespace {

constexpr std::array kFilterConditions{
    ModelCondition::Loaded, ModelCondition::Cached, ModelCondition::OnDisk, ModelCondition::Unusable};

/// The chosen value of a filter box; its first entry, without data, stands for all.
template <class Value>
std::optional<Value> chosen(const QComboBox& box)
{
    const QVariant data = box.currentData();
    return data.isValid() ? std::optional(static_cast<Value>(data.toInt())) : std::nullopt;
}

} // namespace

LibraryHeader::LibraryHeader(QWidget* parent)
    : QFrame(parent)
    , m_search(new QLineEdit(this))
    , m_condition(new QComboBox(this))
    , m_count(new QLabel(this))
{
    setProperty("role", QStringLiteral("header"));
    setUpSearch();
    setUpFilter();
    m_count->setProperty("role", QStringLiteral("muted"));
    m_count->setObjectName(QStringLiteral("modelCount"));

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(kMargin, 2 * kSpace, kMargin, 2 * kSpace);
    layout->setSpacing(2 * kSpace);
    layout->addWidget(m_search, 1);
    layout->addWidget(m_condition);
    layout->addWidget(buildModeButtons());
    layout->addWidget(m_count);
}

void LibraryHeader::setCounts(int shown, int all)
{
    m_count->setText(shown == all
            ? tr("%n models", "above the table", all)
            : tr("%1 of %n models", "above the table", all).arg(countText(static_cast<quint64>(shown))));
}

void LibraryHeader::setViewMode(ViewMode mode)
{
    (mode == ViewMode::Cards ? m_cardsButton : m_tableButton)->setChecked(true);
}

void LibraryHeader::focusSearch()
{
    m_search->setFocus();
    m_search->selectAll();
}

void LibraryHeader::clear()
{
    m_search->clear();
    m_condition->setCurrentIndex(0);
}

bool LibraryHeader::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape) {
            Q_EMIT clearRequested();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            Q_EMIT left();
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void LibraryHeader::setUpSearch()
{
    m_search->setObjectName(QStringLiteral("search"));
    m_search->setPlaceholderText(tr("Search name, folder or architecture"));
    m_search->setAccessibleName(tr("Search", "accessible name"));
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumWidth(m_search->fontMetrics().averageCharWidth() * 15);
    m_search->addAction(themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_search->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &LibraryHeader::searchChanged);
}

void LibraryHeader::setUpFilter()
{
    constexpr int kLeastCharacters = 7;
    m_condition->setObjectName(QStringLiteral("stateFilter"));
    m_condition->setAccessibleName(tr("State", "accessible name of a filter"));
    m_condition->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_condition->setMinimumContentsLength(kLeastCharacters);
    m_condition->addItem(tr("All states", "filter"));
    for (const ModelCondition condition : kFilterConditions)
        m_condition->addItem(conditionText(condition), static_cast<int>(condition));
    // The box is narrow so that the search is not; its list shows every entry whole.
    m_condition->setMaxVisibleItems(m_condition->count());
    m_condition->view()->setMinimumWidth(m_condition->view()->sizeHintForColumn(0) + 4 * kSpace);
    connect(m_condition, &QComboBox::currentIndexChanged, this,
        [this] { Q_EMIT conditionChanged(chosen<ModelCondition>(*m_condition)); });
}

QWidget* LibraryHeader::buildModeButtons()
{
    auto* buttons = new QWidget(this);
    auto* layout = new QHBoxLayout(buttons);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* group = new QButtonGroup(buttons);
    const auto add = [&](const QString& icon, const QString& name, const QString& tip, ViewMode mode) {
        auto* button = new QToolButton(buttons);
        button->setIcon(themedIcon(icon));
        button->setObjectName(name);
        button->setToolTip(tip);
        button->setAccessibleName(tip);
        button->setCheckable(true);
        button->setProperty("role", QStringLiteral("mode"));
        group->addButton(button);
        layout->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, mode] { Q_EMIT viewModeChosen(mode); });
        return button;
    };
    m_tableButton =
        add(QStringLiteral("list"), QStringLiteral("tableMode"), tr("Show a table", "button"), ViewMode::Table);
    m_cardsButton = add(
        QStringLiteral("grid"), QStringLiteral("cardsMode"), tr("Show cards with previews", "button"), ViewMode::Cards);
    m_tableButton->setChecked(true);
    return buttons;
}

} // namespace weightroom::ui
