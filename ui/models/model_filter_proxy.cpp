// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/model_filter_proxy.h"

#include "ui/models/model_table_model.h"

#include <algorithm>

namespace weightroom::ui {

namespace {

/// The C locale compares bytes and knows no numbers: there, names are ordered as in English.
QLocale orderingLocale()
{
    const QLocale locale;
    return locale.language() == QLocale::C ? QLocale(QLocale::English) : locale;
}

} // namespace

ModelFilterProxy::ModelFilterProxy(QObject* parent)
    : QSortFilterProxyModel(parent)
    , m_collator(orderingLocale())
{
    // "v2" before "v10", as people number their files.
    m_collator.setNumericMode(true);
    m_collator.setCaseSensitivity(Qt::CaseInsensitive);
    setSortRole(ModelTableModel::SortRole);
    setDynamicSortFilter(true);
}

void ModelFilterProxy::setSearchText(const QString& text)
{
    m_words = text.toCaseFolded().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

void ModelFilterProxy::setPart(const LibraryPart& part)
{
    m_part = part;
    invalidateFilter();
}

void ModelFilterProxy::setArchitectures(const QSet<QString>& architectures)
{
    m_architectures = architectures;
    invalidateFilter();
}

void ModelFilterProxy::setCondition(std::optional<ModelCondition> condition)
{
    m_condition = condition;
    invalidateFilter();
}

void ModelFilterProxy::clear()
{
    m_words.clear();
    m_part = {};
    m_architectures.clear();
    m_condition.reset();
    invalidateFilter();
}

bool ModelFilterProxy::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    const QModelIndex index = sourceModel()->index(sourceRow, 0, sourceParent);
    const ModelRow* row = static_cast<const ModelTableModel*>(sourceModel())->at(index);
    if (row == nullptr || !isIn(m_part, *row))
        return false;
    if (!m_architectures.isEmpty() && !m_architectures.contains(row->architecture()))
        return false;
    if (m_condition
        && !matchesCondition(static_cast<ModelCondition>(index.data(ModelTableModel::ConditionRole).toInt())))
        return false;
    const QString text = index.data(ModelTableModel::SearchRole).toString();
    return std::ranges::all_of(m_words, [&text](const QString& word) { return text.contains(word); });
}

bool ModelFilterProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const QVariant a = left.data(ModelTableModel::SortRole);
    const QVariant b = right.data(ModelTableModel::SortRole);
    if (a.typeId() == QMetaType::QString)
        return m_collator.compare(a.toString(), b.toString()) < 0;
    return a.toULongLong() < b.toULongLong();
}

bool ModelFilterProxy::matchesCondition(ModelCondition condition) const
{
    if (m_condition == ModelCondition::Cached)
        return condition == ModelCondition::Cached || condition == ModelCondition::PartlyCached;
    return condition == m_condition;
}

} // namespace weightroom::ui
