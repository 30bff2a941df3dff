// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/library_filter.h"

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
    void setPart(const LibraryPart& part); ///< one that says nothing: the whole library
    /// The architectures to show, as they are shown; empty: all.
    void setArchitectures(const QSet<QString>& architectures);
    void setCondition(std::optional<ModelCondition> condition); ///< none: all; Cached includes partly cached
    void clear();
    [[nodiscard]] const LibraryPart& part() const { return m_part; }

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    [[nodiscard]] bool matchesCondition(ModelCondition condition) const;

    QStringList m_words;
    LibraryPart m_part;
    QSet<QString> m_architectures;
    std::optional<ModelCondition> m_condition;
    QCollator m_collator;
};

} // namespace weightroom::ui
