// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/main_window/window_fixture.h"

#include "model_engine/engine.h"
#include "tests/support/safetensors_builder.h"
#include "ui/models/model_table_model.h"

#include <QTest>

#include <algorithm>

namespace weightroom::test {
namespace {

engine::EngineOptions engineOptions(const FixtureOptions& options, const std::filesystem::path& settingsFile)
{
    engine::EngineOptions engine;
    engine.settings.cacheBudget = options.cache;
    const bool isHost = options.kind == FixtureDevice::Host;
    engine.settings.hostDevices = isHost ? std::vector{options.device} : std::vector<engine::Bytes>{};
    engine.settings.useCuda = !isHost;
    engine.settingsFile = settingsFile;
    engine.dataFolder = options.dataFolder;
    engine.clock = options.clock;
    engine.memoryWatching = options.memoryWatching;
    engine.settings.alerts = options.alerts;
    if (options.monitoring) {
        engine.monitoring = engine::Monitoring::On;
        engine.monitorOptions = *options.monitoring;
    }
    return engine;
}

} // namespace

WindowFixture::WindowFixture(const FixtureOptions& options)
    : m_models(m_folder / "models")
    , m_settings(QString::fromStdString(m_folder / "window.ini"), QSettings::IniFormat)
{
    std::filesystem::create_directory(m_models);
    m_bridge = std::make_unique<ui::EngineBridge>(engineOptions(options, m_folder / "settings.json"));
    m_window = std::make_unique<ui::MainWindow>(*m_bridge, m_prompts, m_settings);
    m_window->show();
    if (!QTest::qWaitForWindowActive(m_window.get()))
        qFatal("the window did not come up");
}

WindowFixture::~WindowFixture() = default;

void WindowFixture::addModel(const std::string& name, engine::Bytes size) const
{
    const std::string head =
        safetensorsFile(SafetensorsBuilder().entry("weight", "U8", {size.value}, 0, size.value).header());
    const auto file = m_folder.write("models/" + name + ".safetensors", head);
    std::filesystem::resize_file(file, head.size() + size.value);
}

void WindowFixture::addTruncatedModel(const std::string& name) const
{
    const std::string head = safetensorsFile(SafetensorsBuilder().entry("weight", "U8", {4096}, 0, 4096).header());
    m_folder.write("models/" + name + ".safetensors", head + "short");
}

bool WindowFixture::scan()
{
    m_bridge->addFolder(folder());
    return QTest::qWaitFor([this] { return lastJob(ui::JobKind::Scan).isFinished(); }, 10'000);
}

QTableView& WindowFixture::table() { return *find<QTableView>("modelTable"); }

QString WindowFixture::state(const QString& name)
{
    return indexOf(name, ui::ModelTableModel::StateColumn).data().toString();
}

QString WindowFixture::sizeText(const QString& name)
{
    return indexOf(name, ui::ModelTableModel::SizeColumn).data().toString();
}

QString WindowFixture::idOf(const QString& name)
{
    return indexOf(name, ui::ModelTableModel::NameColumn).data(ui::ModelTableModel::IdRole).toString();
}

ui::ModelNotes WindowFixture::notes(const QString& name)
{
    const QList<ui::ModelRow>& models = m_bridge->library().models;
    const auto row = std::ranges::find(models, name, [](const ui::ModelRow& model) { return model.facts->name; });
    return row == models.end() || !row->notes ? ui::ModelNotes{} : *row->notes;
}

void WindowFixture::select(const QString& name)
{
    const QModelIndex index = indexOf(name, ui::ModelTableModel::NameColumn);
    table().scrollTo(index);
    QTest::mouseClick(table().viewport(), Qt::LeftButton, {}, table().visualRect(index).center());
}

void WindowFixture::press(Qt::Key key, Qt::KeyboardModifiers modifiers)
{
    QTest::keyClick(m_window->focusWidget() == nullptr ? m_window.get() : m_window->focusWidget(), key, modifiers);
}

ui::MemoryView WindowFixture::memory(const QString& id) const
{
    const QList<ui::MemoryView>& all = m_bridge->memory();
    const auto found = std::ranges::find(all, id, &ui::MemoryView::id);
    return found == all.end() ? ui::MemoryView{} : *found;
}

ui::JobView WindowFixture::lastJob(ui::JobKind kind) const
{
    const QList<ui::JobView> jobs = m_bridge->jobs();
    const auto found = std::ranges::find(jobs, kind, &ui::JobView::kind);
    return found == jobs.end() ? ui::JobView{} : *found;
}

QModelIndex WindowFixture::indexOf(const QString& name, int column)
{
    const QAbstractItemModel& model = *table().model();
    const QModelIndexList found = model.match(model.index(0, ui::ModelTableModel::NameColumn), Qt::DisplayRole, name, 1,
        Qt::MatchExactly | Qt::MatchCaseSensitive);
    return found.isEmpty() ? QModelIndex() : found.first().siblingAtColumn(column);
}

} // namespace weightroom::test
