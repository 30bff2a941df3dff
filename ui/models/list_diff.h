// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QList>

#include <algorithm>
#include <concepts>

namespace weightroom::ui {

/// What a model does when its rows change; the row numbers are those at the moment of the call.
template <class Target, class Row>
concept DiffTarget = requires(Target target, int row, const Row& value)
{
    target.removeRowRange(row, row); ///< first and last row
    target.insertRowRange(row, QList<Row>{value}); ///< before this row
    target.replaceRow(row, value); ///< same identity, other content
    target.resetRows(QList<Row>{value}); ///< the order changed: begin anew
};

/// More separate changes than this are one reset: each costs the views a pass over their rows.
inline constexpr int kMostDiffSteps = 64;

/// The number of separate runs of rows of `list` that `isForeign`.
template <class Row, class Predicate>
int countRuns(const QList<Row>& list, Predicate isForeign)
{
    int runs = 0;
    bool isInside = false;
    for (const Row& row : list) {
        const bool foreign = isForeign(row);
        runs += foreign && !isInside ? 1 : 0;
        isInside = foreign;
    }
    return runs;
}

/// Whether `shown` can be brought to `next` in few steps: rows that stay come in the same order in both.
template <class Row, class Identify, class Positions>
bool isSmallDiff(const QList<Row>& shown, const QList<Row>& next, Identify identify, const Positions& nextRows)
{
    Positions shownRows;
    qsizetype lastKept = -1;
    for (const Row& row : shown) {
        shownRows.insert(identify(row), 0);
        const qsizetype position = nextRows.value(identify(row), -1);
        if (position >= 0 && position < lastKept)
            return false;
        lastKept = std::max(lastKept, position);
    }
    const int removals = countRuns(shown, [&](const Row& row) { return !nextRows.contains(identify(row)); });
    const int insertions = countRuns(next, [&](const Row& row) { return !shownRows.contains(identify(row)); });
    return removals + insertions <= kMostDiffSteps;
}

template <class Row, class Identify, class Positions, DiffTarget<Row> Target>
void removeGone(const QList<Row>& shown, Identify identify, const Positions& nextRows, Target target)
{
    const auto isGone = [&](qsizetype row) { return !nextRows.contains(identify(shown[row])); };
    for (qsizetype last = shown.size() - 1; last >= 0; --last) {
        if (!isGone(last))
            continue;
        qsizetype first = last;
        while (first > 0 && isGone(first - 1))
            --first;
        target.removeRowRange(static_cast<int>(first), static_cast<int>(last));
        last = first;
    }
}

/// `shown` is a subsequence of `next`: walks both.
template <class Row, class Identify, DiffTarget<Row> Target>
void insertAndReplace(const QList<Row>& shown, const QList<Row>& next, Identify identify, Target target)
{
    const auto isShown = [&](qsizetype row, qsizetype nextRow) {
        return row < shown.size() && identify(shown[row]) == identify(next[nextRow]);
    };
    for (qsizetype row = 0; row < next.size(); ++row) {
        if (isShown(row, row)) {
            if (!(shown[row] == next[row]))
                target.replaceRow(static_cast<int>(row), next[row]);
            continue;
        }
        qsizetype end = row + 1;
        while (end < next.size() && !isShown(row, end))
            ++end;
        target.insertRowRange(static_cast<int>(row), next.mid(row, end - row));
        row = end - 1;
    }
}

/// Brings `shown` to `next` by removals, insertions and replacements, so that views keep selection, scroll position and
/// the current row. `shown` is the very list that `target` changes. Rows are told apart by `identify`; each identity
/// occurs once. Linear in the number of rows.
template <class Row, class Identify, DiffTarget<Row> Target>
void applyDiff(const QList<Row>& shown, const QList<Row>& next, Identify identify, Target target)
{
    using Identity = std::decay_t<decltype(identify(std::declval<const Row&>()))>;
    QHash<Identity, qsizetype> nextRows;
    for (qsizetype row = 0; row < next.size(); ++row)
        nextRows.insert(identify(next[row]), row);

    if (!isSmallDiff(shown, next, identify, nextRows))
        return target.resetRows(next);
    removeGone(shown, identify, nextRows, target);
    insertAndReplace(shown, next, identify, target);
}

} // namespace weightroom::ui
