// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/library_filter.h"

#include <QAbstractItemModel>
#include <QList>

namespace weightroom::ui {

/// The parts of the library as a tree of two levels, each with the number of its models.
///
///     All models       312
///     Favourites         4
///     Kinds                     only those that occur
///       Checkpoint      12
///     Tags
///     Findings
///     Folders
///
/// Parts without a model are not shown, but for the two first.
class LibraryTreeModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        PartRole = Qt::UserRole, ///< LibraryPart; invalid for headings
        CountRole, ///< int
    };

    using QAbstractItemModel::QAbstractItemModel;

    /// Takes over the rows; the tree is made anew only when its entries change, else their numbers are told.
    void setRows(const QList<ModelRow>& rows, const QStringList& folders);

    /// The entry of a part; invalid when it is not there.
    [[nodiscard]] QModelIndex indexOf(const LibraryPart& part) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Entry {
        QString text;
        std::optional<LibraryPart> part; ///< none: a heading
        int count = 0;
        QList<Entry> children{};

        /// Whether the tree looks the same, whatever the numbers are.
        [[nodiscard]] bool hasSameShape(const Entry& other) const;
    };

    [[nodiscard]] static QList<Entry> entriesOf(const QList<ModelRow>& rows, const QStringList& folders);
    [[nodiscard]] const Entry* entryAt(const QModelIndex& index) const;

    QList<Entry> m_entries;
};

} // namespace weightroom::ui
