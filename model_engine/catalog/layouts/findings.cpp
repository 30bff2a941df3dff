// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/findings.h"

#include "model_engine/catalog/text_table.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kFindingKinds{
    TextRow{FindingKind::None, "none"},
    TextRow{FindingKind::Misplaced, "misplaced"},
    TextRow{FindingKind::Duplicate, "duplicate"},
};
static_assert(isComplete(kFindingKinds, FindingKind::Duplicate));

bool isMisplaced(const ModelRecord& record)
{
    const auto& expected = record.placement.expectedKinds;
    const ModelKind kind = record.identified.kind;
    return record.isUsable() && kind != ModelKind::Unknown && !expected.empty()
        && std::ranges::find(expected, kind) == expected.end();
}

std::string misplacedText(const ModelRecord& record)
{
    const Placement& placement = record.placement;
    std::string text =
        "a " + std::string{toText(record.identified.kind)} + " lies in '" + placement.folder + "', where ";
    text +=
        placement.layout == LibraryLayout::None ? "one expects" : std::string{titleOf(placement.layout)} + " expects";
    std::string_view separator = ": ";
    for (const ModelKind kind : placement.expectedKinds) {
        text.append(separator).append(toText(kind));
        separator = ", ";
    }
    return text;
}

} // namespace

std::string_view toText(FindingKind kind) { return textOf(kFindingKinds, kind); }

std::vector<Finding> findingsOf(const ModelRecord& record)
{
    if (!isMisplaced(record))
        return {};
    return {{FindingKind::Misplaced, misplacedText(record)}};
}

} // namespace weightroom::engine
