// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/json_text_edit.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

//   { ⟨before⟩ "key" ⟨colon⟩ value ⟨after⟩ , ⟨before⟩ "key" ⟨colon⟩ value ⟨after⟩ }
//   └ head                                                                       └ tail

struct Member {
    std::string name; ///< the key, unescaped
    std::string_view before; ///< white space
    std::string_view key; ///< as it stands, with its quotes; empty for a new member
    std::string_view colon; ///< the colon and the white space around it
    std::string_view value;
    std::string_view after; ///< white space
    std::string written; ///< the new value; empty: as it stands
};

struct ObjectText {
    std::string_view head; ///< up to the opening brace and with it
    std::vector<Member> members;
    std::string_view inside; ///< the white space in an object without members
    std::string_view tail; ///< the closing brace and what follows it
};

/// Walks over text that is known to be valid JSON, so that it need not look out for errors.
class Cursor {
public:
    explicit Cursor(std::string_view text)
        : m_text(text)
    {
    }

    [[nodiscard]] char next() const { return m_text[m_position]; }
    [[nodiscard]] std::string_view rest() const { return m_text.substr(m_position); }
    std::string_view takeOne() { return take(m_position + 1); }
    std::string_view takeWhiteSpace() { return take(m_text.find_first_not_of(" \t\r\n", m_position)); }
    std::string_view takeColon()
    {
        const std::size_t colon = m_text.find(':', m_position);
        return take(m_text.find_first_not_of(" \t\r\n", colon + 1));
    }
    std::string_view takeString() { return take(endOfString(m_position)); }
    /// An object or a list is over where as many braces and brackets were closed as opened.
    std::string_view takeValue()
    {
        std::size_t end = m_position;
        std::size_t depth = 0;
        do {
            const char c = m_text[end];
            depth += c == '{' || c == '[' ? 1 : 0;
            depth -= c == '}' || c == ']' ? 1 : 0;
            end = c == '"' ? endOfString(end) : end + 1;
        } while (depth > 0 || !endsHere(end));
        return take(end);
    }

private:
    std::string_view take(std::size_t end)
    {
        const std::size_t begin = std::exchange(m_position, std::min(end, m_text.size()));
        return m_text.substr(begin, m_position - begin);
    }
    [[nodiscard]] std::size_t endOfString(std::size_t begin) const
    {
        std::size_t position = begin + 1;
        while (m_text[position] != '"')
            position += m_text[position] == '\\' ? 2 : 1;
        return position + 1;
    }
    /// Whether a value that stands by itself is over: a text and a closed object end with their last character, a
    /// number or a word goes on to one of these.
    [[nodiscard]] bool endsHere(std::size_t end) const
    {
        return std::string_view{"\"}]"}.find(m_text[end - 1]) != std::string_view::npos
            || std::string_view{",}] \t\r\n"}.find(m_text[end]) != std::string_view::npos;
    }

    std::string_view m_text;
    std::size_t m_position = 0;
};

Member takeMember(Cursor& cursor, std::string name)
{
    Member member;
    member.name = std::move(name);
    member.before = cursor.takeWhiteSpace();
    member.key = cursor.takeString();
    member.colon = cursor.takeColon();
    member.value = cursor.takeValue();
    member.after = cursor.takeWhiteSpace();
    return member;
}

/// `document` is what was parsed out of the text: it has the members in the same order, with their names unescaped.
ObjectText split(std::string_view text, const Json& document)
{
    Cursor cursor{text};
    cursor.takeWhiteSpace();
    cursor.takeOne();
    ObjectText object;
    object.head = text.substr(0, text.size() - cursor.rest().size());
    for (const auto& [name, value] : document.items()) {
        object.members.push_back(takeMember(cursor, name));
        if (cursor.next() == ',')
            cursor.takeOne();
    }
    if (object.members.empty())
        object.inside = cursor.takeWhiteSpace();
    object.tail = cursor.rest();
    return object;
}

void remove(ObjectText& object, std::vector<Member>::iterator member)
{
    const std::string_view after = member->after;
    const bool wasLast = std::next(member) == object.members.end();
    object.members.erase(member);
    if (wasLast && !object.members.empty())
        object.members.back().after = after;
}

/// Like the last member; an object without members gets the layout that A1111 writes.
void append(ObjectText& object, const std::string& name)
{
    Member member{
        .name = name, .before = "\n    ", .key = {}, .colon = ": ", .value = {}, .after = "\n", .written = {}};
    if (!object.members.empty()) {
        Member& last = object.members.back();
        member.before = last.before;
        member.colon = last.colon;
        member.after = std::exchange(last.after, {});
    }
    object.inside = {};
    object.members.push_back(std::move(member));
}

void apply(ObjectText& object, const JsonMemberEdit& edit)
{
    auto member = std::ranges::find(object.members, edit.key, &Member::name);
    if (!edit.value) {
        if (member != object.members.end())
            remove(object, member);
        return;
    }
    if (member == object.members.end()) {
        append(object, edit.key);
        member = std::prev(object.members.end());
    }
    member->written = writeJson(*edit.value);
}

std::string join(const ObjectText& object)
{
    std::string text{object.head};
    text += object.inside;
    for (const Member& member : object.members) {
        text.append(&member == &object.members.front() ? "" : ",").append(member.before);
        text += member.key.empty() ? writeJson(Json(member.name)) : std::string{member.key};
        text.append(member.colon);
        text += member.written.empty() ? std::string{member.value} : member.written;
        text.append(member.after);
    }
    return text.append(object.tail);
}

} // namespace

Result<std::string> editJsonObject(std::string_view text, std::span<const JsonMemberEdit> edits, JsonLimits limits)
{
    const auto document = parseJson(text, limits);
    if (!document)
        return fail(document.error());
    if (!document->is_object())
        return fail(ErrorCode::InvalidFormat, "the document is no JSON object");
    ObjectText object = split(text, *document);
    for (const JsonMemberEdit& edit : edits)
        apply(object, edit);
    std::string edited = join(object);
    if (auto readable = parseJson(edited, limits); !readable)
        return fail(std::move(readable).error());
    return edited;
}

} // namespace weightroom::engine
