// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/files/file.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What waits to be sent to one client, in order. News about one thing (the progress of a job) replace older ones that
/// still wait, so that a client that reads slowly gets fewer of them and holds no memory for them.
class ClientOutbox {
public:
    /// An answer: it is sent whatever comes, and `descriptors` with its first byte.
    void push(std::string line, std::vector<UniqueFd> descriptors = {});
    /// News about `subject`, which is not empty.
    void pushNews(std::string subject, std::string line);

    [[nodiscard]] bool isEmpty() const { return m_entries.empty(); }
    [[nodiscard]] Bytes size() const { return m_size; } ///< of all lines
    /// The line that is sent next. It does not change any more, until it is taken out.
    [[nodiscard]] std::string_view begin();
    /// What goes with the first byte of that line; closed when it was sent.
    [[nodiscard]] const std::vector<UniqueFd>& descriptors() const { return m_entries.front().descriptors; }
    void closeDescriptors() { m_entries.front().descriptors.clear(); }
    /// After all of it was sent.
    void takeFront();

private:
    struct Entry {
        std::string subject; ///< empty: an answer
        std::string line;
        std::vector<UniqueFd> descriptors{};
    };
    std::deque<Entry> m_entries;
    Bytes m_size;
    bool m_isBeingSent = false; ///< the first entry
};

} // namespace weightroom::engine
