// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/absolute_paths.h"

#include <algorithm>

namespace weightroom::engine {

std::string withoutAbsolutePaths(std::string_view text)
{
    constexpr std::string_view kBefore = " \t\n'\"([{=`,;<>";
    constexpr std::string_view kAfter = " \t\n'\")]},;`<>";
    constexpr std::string_view kQuotes = "'\"`";
    std::string names;
    std::size_t done = 0;
    for (std::size_t begin = text.find('/'); begin != std::string_view::npos; begin = text.find('/', done)) {
        const bool isQuoted = begin > 0 && kQuotes.find(text[begin - 1]) != std::string_view::npos;
        const bool isAfterLine = begin > 1 && text.substr(begin - 2, 2) == "\\n"; // as JSON writes its end
        const bool isAfterColon = begin > 0 && text[begin - 1] == ':' && text.substr(begin, 2) != "//";
        if (begin > 0 && !isAfterLine && !isAfterColon
            && kBefore.find(text[begin - 1]) == std::string_view::npos) { // of an address, or of a fraction
            names += text.substr(done, begin + 1 - done);
            done = begin + 1;
            continue;
        }
        // Between quotes there may be blanks in it.
        const std::size_t quote = isQuoted ? text.find(text[begin - 1], begin) : std::string_view::npos;
        const std::size_t end =
            std::min(quote != std::string_view::npos ? quote : text.find_first_of(kAfter, begin), text.size());
        const std::size_t name = text.substr(0, end).rfind('/') + 1;
        names.append(text.substr(done, begin - done)).append(text.substr(name, end - name));
        done = end;
    }
    return names.append(text.substr(done));
}

} // namespace weightroom::engine
