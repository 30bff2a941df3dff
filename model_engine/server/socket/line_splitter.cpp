// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/line_splitter.h"

namespace weightroom::engine {

Result<std::optional<std::string>> LineSplitter::next()
{
    const std::size_t end = m_bytes.find('\n', m_searched);
    const std::size_t length = end == std::string::npos ? m_bytes.size() : end;
    if (length > m_longest.value)
        return fail(ErrorCode::InvalidFormat, "a line has more than " + toText(m_longest));
    if (end == std::string::npos) {
        m_searched = m_bytes.size();
        return std::nullopt;
    }
    std::string line = m_bytes.substr(0, length);
    m_bytes.erase(0, end + 1);
    m_searched = 0;
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

} // namespace weightroom::engine
