// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/client_outbox.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

void ClientOutbox::push(std::string line, std::vector<UniqueFd> descriptors)
{
    m_size += Bytes{line.size()};
    m_entries.push_back({{}, std::move(line), std::move(descriptors)});
}

void ClientOutbox::pushNews(std::string subject, std::string line)
{
    m_size += Bytes{line.size()};
    const auto first = m_entries.begin() + (m_isBeingSent ? 1 : 0);
    const auto older = std::ranges::find(first, m_entries.end(), subject, &Entry::subject);
    if (older == m_entries.end()) {
        m_entries.push_back({std::move(subject), std::move(line)});
        return;
    }
    m_size -= Bytes{older->line.size()};
    older->line = std::move(line);
}

std::string_view ClientOutbox::begin()
{
    m_isBeingSent = true;
    return m_entries.front().line;
}

void ClientOutbox::takeFront()
{
    m_size -= Bytes{m_entries.front().line.size()};
    m_entries.pop_front();
    m_isBeingSent = false;
}

} // namespace weightroom::engine
