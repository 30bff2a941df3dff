// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/model_row.h"

#include <QCollator>
#include <QSortFilterProxyModel>
#include <QStringList>

#include <optional>

namespace weightroom::ui {

/// The models that the user wants to see, sorted: every word of the search must occur in name, path or architecture.
class ModelFilterProxy final : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit ModelFilterProxy(QObject* parent = nullptr);

    void setSearchText(const QString& text);
    void setKind(std::optional<ModelKind> kind); ///< none: all kinds
    void setCondition(std::optional<ModelCondition> condition); ///< none: all; Cached includes partly cached
    void clear();
    [[nodiscard]] bool isFiltering() const { return !m_words.isEmpty() || m_kind || m_condition; }

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    [[nodiscard]] bool matchesCondition(ModelCondition condition) const;

    QStringList m_words;
    std::optional<ModelKind> m_kind;
    std::optional<ModelCondition> m_condition;
    QCollator m_collator;
};

} // namespace weightroom::ui
