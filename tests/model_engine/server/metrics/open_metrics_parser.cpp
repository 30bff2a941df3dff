// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/server/metrics/open_metrics_parser.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>

namespace weightroom::test {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

void require(bool isSo, const std::string& why)
{
    if (!isSo)
        refuse(why);
}

bool matches(std::string_view text, const std::regex& pattern)
{
    return std::regex_match(text.begin(), text.end(), pattern);
}

const std::regex kName{"[a-zA-Z_:][a-zA-Z0-9_:]*"};
const std::regex kLabelName{"[a-zA-Z_][a-zA-Z0-9_]*"};
const std::regex kNumber{"[+-]?[0-9]+(\\.[0-9]*)?(e[+-]?[0-9]+)?"};
const std::regex kType{"gauge|counter|info"};

/// Up to a character, which goes too.
std::string_view takeUntil(std::string_view& rest, char end)
{
    const auto at = rest.find(end);
    require(at != std::string_view::npos, std::string{"there is no '"} + end + "'");
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    return part;
}

/// A value without its escapes, up to the quotation mark behind it, which goes too.
std::string takeValue(std::string_view& rest)
{
    std::string value;
    while (true) {
        require(!rest.empty(), "a value has no end");
        const char next = rest.front();
        rest.remove_prefix(1);
        if (next == '"')
            return value;
        if (next != '\\') {
            value += next;
            continue;
        }
        require(!rest.empty() && std::string_view{"\\\"n"}.find(rest.front()) != std::string_view::npos,
            "there is no such escape");
        value += rest.front() == 'n' ? '\n' : rest.front();
        rest.remove_prefix(1);
    }
}

std::map<std::string, std::string> takeLabels(std::string_view& rest)
{
    std::map<std::string, std::string> labels;
    if (!rest.starts_with('{'))
        return labels;
    do {
        rest.remove_prefix(1);
        const std::string name{takeUntil(rest, '=')};
        require(matches(name, kLabelName), "'" + name + "' is no name of a label");
        require(rest.starts_with('"'), "a value stands in quotation marks");
        rest.remove_prefix(1);
        require(labels.emplace(name, takeValue(rest)).second, "the label '" + name + "' is there twice");
    } while (rest.starts_with(','));
    require(rest.starts_with('}'), "labels end with '}'");
    rest.remove_prefix(1);
    return labels;
}

std::string expectedName(const ParsedFamily& family)
{
    if (family.type == "counter")
        return family.name + "_total";
    return family.type == "info" ? family.name + "_info" : family.name;
}

class Parser {
public:
    void line(std::string_view text)
    {
        require(!m_hasEnded, "something stands behind # EOF");
        require(engine::isValidUtf8(text), "it is no UTF-8");
        if (text == "# EOF")
            m_hasEnded = true;
        else if (text.starts_with("# "))
            metadata(text.substr(2));
        else
            sample(text);
    }
    void end() const
    {
        require(m_hasEnded, "there is no # EOF");
        for (const ParsedFamily& family : families)
            require(!family.samples.empty(), family.name + " has no samples");
    }

    std::vector<ParsedFamily> families;

private:
    void metadata(std::string_view rest)
    {
        const std::string_view what = takeUntil(rest, ' ');
        const std::string name{takeUntil(rest, ' ')};
        if (families.empty() || families.back().name != name) {
            require(matches(name, kName), "'" + name + "' is no name of a family");
            require(m_names.insert(name).second, "the family is not in one piece");
            families.push_back({.name = name, .type = {}, .unit = {}, .help = {}, .samples = {}});
        }
        ParsedFamily& family = families.back();
        require(family.samples.empty(), "this stands before the samples");
        std::string& field = what == "TYPE" ? family.type : what == "UNIT" ? family.unit : family.help;
        require(what == "TYPE" || what == "UNIT" || what == "HELP", "there is no such line");
        require(field.empty() && !rest.empty(), "this stands there once");
        field = rest;
        require(what != "TYPE" || matches(rest, kType), "there is no such type");
        require(what != "UNIT" || name.ends_with("_" + field), "the unit is not at the end of the name");
        require(what != "HELP" || rest.find_first_of("\\\"") == std::string_view::npos, "a help text is plain here");
    }

    void sample(std::string_view rest)
    {
        require(!families.empty(), "a sample belongs to a family");
        ParsedFamily& family = families.back();
        const auto nameEnd = std::min(rest.find_first_of("{ "), rest.size());
        ParsedSample sample{.name = std::string{rest.substr(0, nameEnd)}, .labels = {}, .value = 0};
        require(sample.name == expectedName(family), "its name is not that of its family and type");
        rest.remove_prefix(nameEnd);
        sample.labels = takeLabels(rest);
        require(rest.starts_with(' '), "one blank stands before the value");
        rest.remove_prefix(1);
        require(matches(rest, kNumber), "this is no number");
        sample.value = std::stod(std::string{rest});
        require(family.type != "counter" || sample.value >= 0, "a counter is not negative");
        require(family.type != "info" || rest == "1", "an info is 1");
        require(m_samples.emplace(sample.name, sample.labels).second, "the sample is there twice");
        family.samples.push_back(std::move(sample));
    }

    std::set<std::string> m_names;
    std::set<std::pair<std::string, std::map<std::string, std::string>>> m_samples;
    bool m_hasEnded = false;
};

template <class Visit>
void visit(const ParsedFamily* family, const std::map<std::string, std::string>& labels, Visit visit)
{
    if (!family)
        return;
    for (const ParsedSample& sample : family->samples) {
        if (std::ranges::includes(sample.labels, labels))
            visit(sample);
    }
}

} // namespace

const ParsedFamily* ParsedMetrics::find(std::string_view name) const
{
    const auto found = std::ranges::find(families, name, &ParsedFamily::name);
    return found == families.end() ? nullptr : &*found;
}

double ParsedMetrics::sum(std::string_view name, const std::map<std::string, std::string>& labels) const
{
    double sum = 0;
    visit(find(name), labels, [&sum](const ParsedSample& sample) { sum += sample.value; });
    return sum;
}

std::size_t ParsedMetrics::count(std::string_view name, const std::map<std::string, std::string>& labels) const
{
    std::size_t count = 0;
    visit(find(name), labels, [&count](const ParsedSample&) { ++count; });
    return count;
}

ParsedMetrics parseMetrics(std::string_view text)
{
    Parser parser;
    std::string_view line;
    try {
        while (!text.empty()) {
            line = text;
            line = takeUntil(text, '\n');
            parser.line(line);
        }
        parser.end();
    } catch (const std::exception& why) {
        return {.families = std::move(parser.families), .wrong = std::string{why.what()} + ": " + std::string{line}};
    }
    return {.families = std::move(parser.families), .wrong = {}};
}

} // namespace weightroom::test
