// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/header_text.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace weightroom::test {
namespace {

using engine::Blueprint;
using engine::Shape;

[[noreturn]] void stop(const std::string& reason)
{
    std::cerr << reason << '\n';
    std::abort();
}

std::uint64_t numberIn(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        stop("not a number: '" + std::string{text} + "'");
    return number;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    parts.push_back(text);
    return parts;
}

/// "4608x1536"; "-" has no dimensions.
Shape shapeIn(std::string_view text)
{
    std::vector<std::uint64_t> dimensions;
    if (text != "-") {
        for (const std::string_view dimension : split(text, 'x'))
            dimensions.push_back(numberIn(dimension));
    }
    return Shape{std::move(dimensions)};
}

/// "0-3,5": 0, 1, 2, 3, 5.
std::vector<std::uint64_t> numbersIn(std::string_view list)
{
    std::vector<std::uint64_t> numbers;
    for (const std::string_view range : split(list, ',')) {
        const auto ends = split(range, '-');
        for (std::uint64_t number = numberIn(ends.front()); number <= numberIn(ends.back()); ++number)
            numbers.push_back(number);
    }
    return numbers;
}

std::vector<std::string> namesIn(std::string_view pattern)
{
    const std::size_t open = pattern.find('{');
    const std::size_t close = pattern.find('}');
    if (open == std::string_view::npos)
        return {std::string{pattern}};
    std::vector<std::string> names;
    for (const std::uint64_t number : numbersIn(pattern.substr(open + 1, close - open - 1)))
        names.push_back(std::string{pattern.substr(0, open)} + std::to_string(number)
            + std::string{pattern.substr(close + 1)});
    return names;
}

void addLine(Blueprint& header, std::string_view line)
{
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos)
        stop("a line without a shape: '" + std::string{line} + "'");
    const Shape shape = shapeIn(line.substr(space + 1));
    for (std::string& name : namesIn(line.substr(0, space)))
        header.push_back({std::move(name), engine::Dtype::F16, shape, {}});
}

using Sections = std::map<std::string, std::string, std::less<>>;

Sections readSections(const std::string& path)
{
    std::ifstream file{path};
    if (!file)
        stop("cannot read " + path);
    Sections sections;
    std::string* section = nullptr;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('['))
            section = &sections[line.substr(1, line.size() - 2)];
        else if (section != nullptr)
            section->append(line).append("\n");
    }
    return sections;
}

const Sections& sectionsOf(std::string_view file)
{
    static std::map<std::string, Sections, std::less<>> files;
    const auto known = files.find(file);
    if (known != files.end())
        return known->second;
    const std::string path = WEIGHTROOM_TEST_DATA_DIR "/headers/" + std::string{file} + ".txt";
    return files.emplace(file, readSections(path)).first->second;
}

} // namespace

Blueprint headerFromText(std::string_view lines)
{
    Blueprint header;
    for (const std::string_view line : split(lines, '\n')) {
        if (!line.empty() && !line.starts_with('#'))
            addLine(header, line);
    }
    return header;
}

Blueprint headerOf(std::string_view file, std::string_view name)
{
    const Sections& sections = sectionsOf(file);
    const auto section = sections.find(name);
    if (section == sections.end())
        stop("no header '" + std::string{name} + "' in " + std::string{file});
    return headerFromText(section->second);
}

} // namespace weightroom::test
