// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/split_words.h"

#include <utility>

namespace weightroom::ctl {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool isQuote(char c) { return c == '"' || c == '\''; }

class Splitter {
public:
    void take(char c)
    {
        if (m_quote != 0)
            takeQuoted(c);
        else if (isSpace(c))
            endWord();
        else if (isQuote(c))
            openQuote(c);
        else
            append(c);
    }

    std::vector<std::string> finish()
    {
        endWord();
        return std::move(m_words);
    }

private:
    void takeQuoted(char c)
    {
        if (c == m_quote)
            m_quote = 0;
        else
            m_word += c;
    }

    void openQuote(char c)
    {
        m_quote = c;
        m_hasBegun = true; // also for a word that stays empty
    }

    void append(char c)
    {
        m_word += c;
        m_hasBegun = true;
    }

    void endWord()
    {
        if (std::exchange(m_hasBegun, false))
            m_words.push_back(std::exchange(m_word, {}));
    }

    std::vector<std::string> m_words;
    std::string m_word;
    bool m_hasBegun = false;
    char m_quote = 0; ///< the quote that is open; 0: none
};

} // namespace

std::vector<std::string> splitWords(std::string_view line)
{
    Splitter splitter;
    for (const char c : line)
        splitter.take(c);
    return splitter.finish();
}

} // namespace weightroom::ctl
