// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/known_contents.h"

#include <algorithm>

namespace weightroom::engine {

KnownContents::OfFile KnownContents::find(const FileIdentity& file) const
{
    const auto row = m_files.find(file);
    return row == m_files.end() ? OfFile{} : row->second.contents;
}

void KnownContents::learn(const FileIdentity& file, const OfFile& learned)
{
    Row& row = m_files[file];
    row.learnedAt = ++m_lessons;
    row.contents.resize(std::max(row.contents.size(), learned.size()));
    for (std::size_t i = 0; i < learned.size(); ++i) {
        if (!learned[i].isNone())
            row.contents[i] = learned[i];
    }
    if (m_files.size() > kMostFiles)
        forgetTheOldest();
}

void KnownContents::forgetTheOldest()
{
    m_files.erase(std::ranges::min_element(m_files, {}, [](const auto& file) { return file.second.learnedAt; }));
}

} // namespace weightroom::engine
