// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_names.h"

#include <algorithm>
#include <span>

namespace weightroom::ui {
namespace {

constexpr QChar kDot{u'.'};

QString reversed(QString text)
{
    std::ranges::reverse(text);
    return text;
}

/// Up to a dot: half a name would look like another one.
qsizetype sharedLength(const std::vector<QString>& paths)
{
    if (paths.size() < 2)
        return 0;
    const QString& first = paths.front();
    qsizetype length = first.size();
    for (const QString& path : paths) {
        const auto [end, other] =
            std::mismatch(first.begin(), first.begin() + std::min(length, path.size()), path.begin(), path.end());
        length = end - first.begin();
    }
    return length == 0 ? 0 : first.lastIndexOf(kDot, length - 1) + 1;
}

/// A name may end where the others go on behind a dot: something of it stays.
bool leavesSomething(const std::vector<QString>& paths, qsizetype length)
{
    return std::ranges::all_of(paths, [length](const QString& path) { return path.size() > length; });
}

/// Those of sorted texts that begin so.
std::span<const QString> beginningWith(const std::vector<QString>& sorted, const QString& begin)
{
    const auto key = [&begin](const QString& text) { return QStringView(text).left(begin.size()); };
    const auto first = std::ranges::lower_bound(sorted, QStringView(begin), {}, key);
    return {first, std::ranges::upper_bound(first, sorted.end(), QStringView(begin), {}, key)};
}

} // namespace

TreemapNames::TreemapNames(const QList<TreemapNode>& siblings)
{
    for (const TreemapNode& node : siblings) {
        if (node.isPath)
            m_captions.push_back(node.label);
    }
    m_shared = sharedLength(m_captions);
    if (!leavesSomething(m_captions, m_shared))
        m_shared = 0;
    for (QString& caption : m_captions) {
        caption = caption.sliced(m_shared);
        m_reversed.push_back(reversed(caption));
    }
    std::ranges::sort(m_captions);
    std::ranges::sort(m_reversed);
}

QString TreemapNames::captionOf(const TreemapNode& node) const
{
    return node.isPath ? node.label.sliced(std::min(m_shared, node.label.size())) : node.label;
}

qsizetype TreemapNames::countAlike(const QString& begin, const QString& end) const
{
    const std::span<const QString> byBegin = beginningWith(m_captions, begin);
    const std::span<const QString> byEnd = beginningWith(m_reversed, reversed(end));
    const qsizetype least = begin.size() + end.size(); // the two may not overlap
    if (byBegin.size() < byEnd.size())
        return std::ranges::count_if(
            byBegin, [&](const QString& text) { return text.size() >= least && text.endsWith(end); });
    const QString backwards = reversed(begin);
    return std::ranges::count_if(
        byEnd, [&](const QString& text) { return text.size() >= least && text.endsWith(backwards); });
}

} // namespace weightroom::ui
