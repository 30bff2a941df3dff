// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/operations/memory/memory_watch.h"
#include "model_engine/operations/monitor/monitor_options.h"
#include "tests/support/scripted_prompts.h"
#include "tests/support/temporary_folder.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/main_window.h"

#include <QLabel>
#include <QSettings>
#include <QTableView>

#include <memory>
#include <optional>

namespace weightroom::test {

enum class FixtureDevice {
    Host, ///< HOST_0 alone
    Gpu, ///< the GPUs of this machine alone; their tests have the label gpu
};

struct FixtureOptions {
    engine::Bytes cache = engine::kGiB * 4;
    engine::Bytes device = engine::kGiB * 2; ///< of the host device
    FixtureDevice kind = FixtureDevice::Host;
    std::optional<engine::MemoryWatching> memoryWatching{}; ///< which also unloads what was to stay for a while only
    std::optional<engine::MonitorOptions> monitoring{}; ///< absent: the engine does not watch itself
    engine::AlertSettings alerts{};
    std::shared_ptr<const engine::Clock> clock{}; ///< empty: the system's
    std::filesystem::path dataFolder{}; ///< empty: the catalogue lives as long as the window
};

/// The real window over a real engine with one host device, unless asked for GPUs, and a folder of models. Files of
/// models are sparse: their data is zeros that take no room on the disk, but are read, copied and counted like any
/// other.
class WindowFixture {
public:
    explicit WindowFixture(const FixtureOptions& options = {});
    ~WindowFixture();

    /// A valid file with one tensor of this many bytes.
    void addModel(const std::string& name, engine::Bytes size) const;
    /// A file that claims more than it has.
    void addTruncatedModel(const std::string& name) const;
    /// Any file in the folder of models.
    std::filesystem::path addFile(const std::string& name, std::string_view content) const
    {
        return m_folder.write("models/" + name, content);
    }
    /// As if the user had added the folder; returns when its models stand in the table. False after ten seconds.
    [[nodiscard]] bool scan();

    [[nodiscard]] ui::MainWindow& window() { return *m_window; }
    [[nodiscard]] ui::EngineBridge& bridge() { return *m_bridge; }
    [[nodiscard]] ScriptedPrompts& prompts() { return m_prompts; }
    [[nodiscard]] QByteArray folder() const { return QByteArray::fromStdString(m_models.native()); }
    [[nodiscard]] QTableView& table();
    /// What a cell of the model's row shows; empty when the row is not there.
    [[nodiscard]] QString state(const QString& name);
    [[nodiscard]] QString sizeText(const QString& name);
    /// Of a model that stands in the table.
    [[nodiscard]] QString idOf(const QString& name);
    /// What the engine has kept of the user's words about it.
    [[nodiscard]] ui::ModelNotes notes(const QString& name);
    /// Clicks the model's row, so that it alone is selected.
    void select(const QString& name);
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {});
    /// The device, or the cache ("CACHE"), as the engine reported it last.
    [[nodiscard]] ui::MemoryView memory(const QString& id) const;
    [[nodiscard]] ui::JobView lastJob(ui::JobKind kind) const;

    template <class Widget>
    [[nodiscard]] Widget* find(const char* name)
    {
        return m_window->findChild<Widget*>(QLatin1String(name));
    }

private:
    [[nodiscard]] QModelIndex indexOf(const QString& name, int column);

    TemporaryFolder m_folder;
    std::filesystem::path m_models;
    ScriptedPrompts m_prompts;
    QSettings m_settings;
    std::unique_ptr<ui::EngineBridge> m_bridge;
    std::unique_ptr<ui::MainWindow> m_window;
};

} // namespace weightroom::test
