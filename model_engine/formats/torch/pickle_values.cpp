// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_values.h"

#include <bit>

namespace weightroom::engine {
namespace {

/// Integers up to this one, of which pickles are full, are made once.
constexpr std::int64_t kSharedIntegers = 256;

} // namespace

// What a node's payload and link are:
//   Boolean, Integer, Real      payload: the value
//   Text, Binary, LongInteger   payload: begin in the bytes; link: length
//   Tuple                       payload: first item; link: count
//   List, Dict                  payload: 1 + last run; link: 1 + first run; 0: empty
//   Global                      link: index in m_globals
//   Storage                     link: its id
//   Applied                     payload: arguments; link: function
//   Foreign                     link: 1 + index of the origin in m_globals; 0: none

PickleTree::PickleTree(std::string_view bytes)
    : m_bytes(bytes)
{
    m_nodes.push_back({0, 0, PickleKind::None});
    m_nodes.push_back({0, 0, PickleKind::Boolean});
    m_nodes.push_back({1, 0, PickleKind::Boolean});
    m_nodes.push_back({0, 0, PickleKind::Tuple});
    for (std::int64_t value = 0; value < kSharedIntegers; ++value)
        m_nodes.push_back({static_cast<std::uint64_t>(value), 0, PickleKind::Integer});
}

std::optional<bool> PickleTree::boolean(PickleRef value) const
{
    return is(value, PickleKind::Boolean) ? std::optional{node(value).payload != 0} : std::nullopt;
}

std::optional<std::int64_t> PickleTree::integer(PickleRef value) const
{
    return is(value, PickleKind::Integer) ? std::optional{std::bit_cast<std::int64_t>(node(value).payload)}
                                          : std::nullopt;
}

std::optional<double> PickleTree::real(PickleRef value) const
{
    return is(value, PickleKind::Real) ? std::optional{std::bit_cast<double>(node(value).payload)} : std::nullopt;
}

std::optional<std::string_view> PickleTree::text(PickleRef value) const
{
    return is(value, PickleKind::Text) ? std::optional{m_bytes.substr(node(value).payload, node(value).link)}
                                       : std::nullopt;
}

std::optional<std::string_view> PickleTree::longInteger(PickleRef value) const
{
    return is(value, PickleKind::LongInteger) ? std::optional{m_bytes.substr(node(value).payload, node(value).link)}
                                              : std::nullopt;
}

const PickleGlobal* PickleTree::global(PickleRef value) const
{
    return is(value, PickleKind::Global) ? &m_globals[node(value).link] : nullptr;
}

const PickleGlobal* PickleTree::originOf(PickleRef value) const
{
    const Node& known = node(value);
    if (known.kind == PickleKind::Applied)
        return global(PickleRef{known.link});
    return known.kind == PickleKind::Foreign && known.link != 0 ? &m_globals[known.link - 1] : nullptr;
}

PickleRef PickleTree::argumentsOf(PickleRef value) const
{
    const Node& known = node(value);
    if (known.kind == PickleKind::Applied)
        return PickleRef{static_cast<std::uint32_t>(known.payload)};
    return known.kind == PickleKind::Storage ? PickleRef{known.link} : emptyTuple();
}

std::size_t PickleTree::tupleSize(PickleRef value) const { return is(value, PickleKind::Tuple) ? node(value).link : 0; }

PickleRef PickleTree::tupleItem(PickleRef tuple, std::size_t index) const
{
    return m_items[node(tuple).payload + index];
}

PickleTree::Items::Items(const PickleTree& tree, PickleRef container)
    : m_tree(tree)
{
    const Node& node = tree.node(container);
    if (node.kind == PickleKind::Tuple) {
        m_next = static_cast<std::uint32_t>(node.payload);
        m_left = node.link;
    } else if (node.kind == PickleKind::List || node.kind == PickleKind::Dict) {
        m_run = node.link;
    }
}

std::optional<PickleRef> PickleTree::Items::next()
{
    while (m_left == 0) {
        if (m_run == 0)
            return std::nullopt;
        const Run& run = m_tree.m_runs[m_run - 1];
        m_next = run.begin;
        m_left = run.count;
        m_run = run.next;
    }
    --m_left;
    return m_tree.m_items[m_next++];
}

PickleRef PickleTree::add(PickleKind kind, std::uint64_t payload, std::uint32_t link)
{
    m_nodes.push_back({payload, link, kind});
    m_built += Bytes{sizeof(Node)};
    return PickleRef{static_cast<std::uint32_t>(m_nodes.size() - 1)};
}

PickleRef PickleTree::addInteger(std::int64_t value)
{
    constexpr std::uint32_t kFirst = 4;
    if (value >= 0 && value < kSharedIntegers)
        return PickleRef{kFirst + static_cast<std::uint32_t>(value)};
    return add(PickleKind::Integer, std::bit_cast<std::uint64_t>(value));
}

PickleRef PickleTree::addReal(double value) { return add(PickleKind::Real, std::bit_cast<std::uint64_t>(value)); }

PickleRef PickleTree::addText(PickleKind kind, std::string_view content)
{
    return add(
        kind, static_cast<std::uint64_t>(content.data() - m_bytes.data()), static_cast<std::uint32_t>(content.size()));
}

std::uint32_t PickleTree::addItems(std::span<const PickleRef> values)
{
    const auto begin = static_cast<std::uint32_t>(m_items.size());
    m_items.insert(m_items.end(), values.begin(), values.end());
    m_built += Bytes{values.size_bytes()};
    return begin;
}

PickleRef PickleTree::addTuple(std::span<const PickleRef> values)
{
    if (values.empty())
        return emptyTuple();
    return add(PickleKind::Tuple, addItems(values), static_cast<std::uint32_t>(values.size()));
}

PickleRef PickleTree::addContainer(PickleKind kind) { return add(kind, 0); }

PickleRef PickleTree::addGlobal(PickleGlobal global)
{
    m_built += Bytes{sizeof(PickleGlobal) + global.name.size()};
    m_globals.push_back(std::move(global));
    return add(PickleKind::Global, 0, static_cast<std::uint32_t>(m_globals.size() - 1));
}

PickleRef PickleTree::addStorage(PickleRef id)
{
    m_storages.push_back(add(PickleKind::Storage, m_storages.size(), index(id)));
    m_built += Bytes{sizeof(PickleRef)};
    return m_storages.back();
}

PickleRef PickleTree::addApplied(PickleRef function, PickleRef arguments)
{
    return add(PickleKind::Applied, index(arguments), index(function));
}

PickleRef PickleTree::addForeign(std::optional<PickleRef> origin)
{
    return add(PickleKind::Foreign, 0, origin ? node(*origin).link + 1 : 0);
}

void PickleTree::append(PickleRef container, std::span<const PickleRef> values)
{
    if (values.empty())
        return;
    m_runs.push_back({addItems(values), static_cast<std::uint32_t>(values.size()), 0});
    m_built += Bytes{sizeof(Run)};
    const auto last = static_cast<std::uint32_t>(m_runs.size());
    Node& owner = m_nodes[index(container)];
    if (owner.link == 0)
        owner.link = last;
    else
        m_runs[owner.payload - 1].next = last;
    owner.payload = last;
}

} // namespace weightroom::engine
