// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

struct KindTraits {
    AlertKind kind;
    std::string_view name;
    AlertSeverity severity;
};
constexpr std::array<KindTraits, 3> kKinds{{
    {AlertKind::MemoryFull, "memory_full", AlertSeverity::Warning},
    {AlertKind::SlowLoads, "slow_loads", AlertSeverity::Info},
    {AlertKind::FailingLoads, "failing_loads", AlertSeverity::Error},
}};
constexpr KindTraits kNoKind{AlertKind::None, "none", AlertSeverity::None};

const KindTraits& traitsOf(AlertKind kind)
{
    const auto* const found = std::ranges::find(kKinds, kind, &KindTraits::kind);
    return found == kKinds.end() ? kNoKind : *found;
}

} // namespace

std::string_view toText(AlertKind kind) { return traitsOf(kind).name; }

std::optional<AlertKind> alertKindFromText(std::string_view text)
{
    const auto* const found = std::ranges::find(kKinds, text, &KindTraits::name);
    return found == kKinds.end() ? std::nullopt : std::optional{found->kind};
}

std::string_view toText(AlertSeverity severity)
{
    switch (severity) {
    case AlertSeverity::Info:
        return "info";
    case AlertSeverity::Warning:
        return "warning";
    case AlertSeverity::Error:
        return "error";
    case AlertSeverity::None:
        break;
    }
    return "none";
}

AlertSeverity severityOf(AlertKind kind) { return traitsOf(kind).severity; }

} // namespace weightroom::engine
