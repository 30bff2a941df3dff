// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/known_contents.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

KnownContents::OfFile KnownContents::find(const FileIdentity& file) const
{
    const auto row = m_files.find(file);
    return row == m_files.end() ? OfFile{} : row->second.contents;
}

std::optional<KnownContents::OfFile> KnownContents::learn(const FileIdentity& file, const OfFile& learned)
{
    Row& row = m_files[file];
    row.learnedAt = ++m_lessons;
    OfFile contents = row.contents;
    contents.resize(std::max(contents.size(), learned.size()));
    for (std::size_t i = 0; i < learned.size(); ++i) {
        if (!learned[i].id.isNone())
            contents[i] = learned[i];
    }
    const bool isNew = contents != row.contents;
    if (isNew)
        row.contents = contents;
    if (m_files.size() > kMostFiles)
        forgetTheOldest();
    return isNew ? std::optional{std::move(contents)} : std::nullopt;
}

void KnownContents::forgetTheOldest()
{
    m_files.erase(std::ranges::min_element(m_files, {}, [](const auto& file) { return file.second.learnedAt; }));
}

} // namespace weightroom::engine
