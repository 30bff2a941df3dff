// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/made_up_host.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/widgets/treemap/treemap.h"

#include <QAction>
#include <QTest>

#include <algorithm>

namespace weightroom::test {

inline constexpr int kSoon = 10'000;

/// A machine that tells of itself what stands in a folder, looked at fifty times a second.
inline FixtureOptions watched(const TemporaryFolder& folder)
{
    folder.write("host/meminfo", "MemTotal: 4194304 kB\nMemAvailable: 3145728 kB\n");
    engine::MonitorOptions monitoring{.host = madeUpHost(folder / "host")};
    monitoring.period = std::chrono::milliseconds{20};
    return {.monitoring = monitoring, .dataFolder = folder / "data"};
}

inline constexpr engine::Bytes kNearlyAll = engine::kMiB * 7 + engine::kKiB * 512;

/// The same, whose device has an alert at once when there is kNearlyAll on it.
inline FixtureOptions watchedSmall(const TemporaryFolder& folder)
{
    FixtureOptions options = watched(folder);
    options.device = engine::kMiB * 8;
    options.alerts.hold = {};
    return options;
}

/// A window with a model that is loaded.
class MonitorPagesRig : public WindowFixture {
public:
    using WindowFixture::WindowFixture;

    [[nodiscard]] bool load(engine::Bytes size)
    {
        addModel("small", size);
        if (!scan())
            return false;
        select(QStringLiteral("small"));
        find<QAction>("load")->trigger();
        return QTest::qWaitFor(
            [this] { return state(QStringLiteral("small")) == QStringLiteral("Loaded on HOST_0"); }, kSoon);
    }
    void unload()
    {
        find<QAction>("pageLibrary")->trigger();
        select(QStringLiteral("small"));
        find<QAction>("unload")->trigger();
    }
    [[nodiscard]] ui::MemoryPage& memoryPage() { return *find<ui::MemoryPage>("memoryPage"); }
    [[nodiscard]] ui::MonitorPage& monitorPage() { return *find<ui::MonitorPage>("monitorPage"); }
    [[nodiscard]] const ui::TreemapTile* tile(const QString& label)
    {
        const QList<ui::TreemapTile>& tiles = memoryPage().treemap()->tiles();
        const auto found = std::ranges::find_if(tiles, [&](const ui::TreemapTile& one) { return one.label == label; });
        return found == tiles.end() ? nullptr : &*found;
    }
};

} // namespace weightroom::test
