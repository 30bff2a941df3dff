// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/yaml_tree.h"

#include "model_engine/core/utf8.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace weightroom::engine {
namespace {

/// A real file has a hundred; an alias that refers to aliases makes millions.
constexpr std::size_t kMostNodes = 20'000;
constexpr std::size_t kDeepest = 32;

/// Thrown and caught in this file only, as the library's own exceptions are.
struct TooLarge {
    int line;
};

class TreeBuilder {
public:
    YamlTree build(const YAML::Node& node, std::size_t depth)
    {
        if (++m_count > kMostNodes || depth > kDeepest)
            throw TooLarge{node.Mark().line};
        YamlTree tree;
        tree.line = static_cast<std::size_t>(std::max(node.Mark().line, 0)) + 1;
        tree.column = static_cast<std::size_t>(std::max(node.Mark().column, 0));
        if (node.IsScalar()) {
            tree.kind = YamlTree::Kind::Text;
            tree.text = node.Scalar();
        } else if (node.IsSequence() || node.IsMap()) {
            tree.kind = node.IsMap() ? YamlTree::Kind::Map : YamlTree::Kind::List;
            tree.isFlow = node.Style() == YAML::EmitterStyle::Flow;
            addChildren(tree, node, depth);
        }
        return tree;
    }

private:
    void addChildren(YamlTree& tree, const YAML::Node& node, std::size_t depth)
    {
        for (const auto& child : node) {
            if (node.IsSequence()) {
                tree.values.push_back(build(child, depth + 1));
                continue;
            }
            tree.keys.push_back(build(child.first, depth + 1));
            tree.values.push_back(build(child.second, depth + 1));
        }
    }

    std::size_t m_count = 0;
};

Error brokenYaml(const std::filesystem::path& file, int line, std::string_view reason)
{
    return {ErrorCode::InvalidFormat, "line " + std::to_string(std::max(line, 0) + 1) + ": " + std::string{reason},
        {.path = file.string()}};
}

/// "line 3 …" of a text whose line begins with a tab: the library's own words do not name it.
std::string reasonAt(std::string_view text, const YAML::ParserException& problem)
{
    std::size_t begin = 0;
    for (int line = 0; line < problem.mark.line && begin != std::string_view::npos; ++line)
        begin = text.find('\n', begin) == std::string_view::npos ? std::string_view::npos : text.find('\n', begin) + 1;
    const std::string_view rest = begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
    const std::size_t indentation = rest.find_first_not_of(" \t");
    if (rest.substr(0, indentation).find('\t') != std::string_view::npos)
        return "a tab in the indentation; YAML takes spaces only";
    return problem.msg;
}

Result<YamlTree> parse(const std::string& text, const std::filesystem::path& file)
{
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(text);
        if (documents.size() > 1)
            return fail(brokenYaml(file, documents[1].Mark().line, "a second document begins"));
        return documents.empty() ? YamlTree{} : TreeBuilder{}.build(documents.front(), 0);
    } catch (const YAML::ParserException& problem) {
        return fail(brokenYaml(file, problem.mark.line, reasonAt(text, problem)));
    } catch (const YAML::Exception& problem) {
        return fail(brokenYaml(file, problem.mark.line, problem.msg));
    } catch (const TooLarge& limit) {
        return fail(brokenYaml(file, limit.line, "more than " + std::to_string(kMostNodes) + " values, or too deep"));
    }
}

/// Of the last value, counted from 0.
int lastLineOf(const YamlTree& tree)
{
    return tree.values.empty() ? static_cast<int>(tree.line) - 1 : lastLineOf(tree.values.back());
}

} // namespace

const YamlTree* YamlTree::find(std::string_view key) const
{
    for (std::size_t i = keys.size(); i > 0; --i) {
        if (keys[i - 1].kind == Kind::Text && keys[i - 1].text == key)
            return &values[i - 1];
    }
    return nullptr;
}

bool operator==(const YamlTree& a, const YamlTree& b)
{
    return a.kind == b.kind && a.text == b.text && a.keys == b.keys && a.values == b.values;
}

Result<YamlTree> readYaml(std::string_view text, const std::filesystem::path& file)
{
    if (!isValidUtf8(text))
        return fail(brokenYaml(file, 0, "the text is not UTF-8"));
    const std::string lines = std::string{text} + (text.empty() || text.ends_with('\n') ? "" : "\n");
    auto tree = parse(lines, file);
    if (!tree)
        return tree;
    // The library takes a quote that is not closed for closed at the end. A comment with quotes then is no comment.
    const auto commented = parse(lines + "# '\"\n", file);
    if (!commented || !(*commented == *tree))
        return fail(brokenYaml(file, lastLineOf(*tree), "a quote is not closed"));
    return tree;
}

} // namespace weightroom::engine
