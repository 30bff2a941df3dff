// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/every_door/scene.h"

#include "tests/support/made_up_host.h"

#include <cstdlib>

using namespace weightroom::engine;

namespace fs = std::filesystem;

namespace weightroom::test {
namespace {

/// The held job is one that no script asks for while it is there.
constexpr const char* kHeld = "comprehensive_model_scan";
/// Not what a path or a query could hold as it is.
constexpr const char* kModels = "models of M\xC3\xA4x & 50%+1";

} // namespace

Scene::Scene()
{
    m_rig.settings.modelFolders = {m_rig.folder / kModels};
    m_rig.settings.cacheBudget = kMiB * 256;
    m_rig.dataFolder = m_rig.folder / "data";
    m_rig.monitorOptions.host = madeUpHost(m_rig.folder / "host"); // the real one is never twice the same
    m_rig.onJob = [this](const JobSnapshot& job) {
        if (m_gate && job.description.operation == kHeld && job.phase == JobPhase::Scanning && !job.isFinished())
            m_gate->pass();
    };
}

void Scene::emptyFolder()
{
    for (const std::string& name : m_rig.folder.entries())
        fs::remove_all(m_rig.folder / name);
    // The desktop's trash, on the drive of the models.
    fs::create_directories(m_rig.folder / "desktop");
    ::setenv("XDG_DATA_HOME", (m_rig.folder / "desktop").c_str(), 1); // NOLINT(concurrency-mt-unsafe): no engine yet
    // Files of other programs, which are only changed where they are there.
    const fs::path lora = fs::path{kModels} / "loras/sample-sdxl-lora";
    m_rig.folder.write(lora.string() + ".metadata.json", R"({"file_name": "sample-sdxl-lora", "notes": ""})");
    m_rig.folder.write(lora.string() + ".cm-info.json", R"({"ModelName": "a model"})");
}

Result<> Scene::begin()
{
    end();
    emptyFolder();
    m_rig.clock = std::make_shared<ManualClock>();
    if (auto served = engine().serve(ClaimedPlace::claim(m_place).value()); !served)
        return served;
    const auto rest = engine().serveRest({.port = 0, .tokens = m_tokens});
    if (!rest)
        return fail(rest.error());
    m_port = *rest;
    m_consumer.emplace(m_place.socket());
    const Json who{{"name", "a consumer"}, {"domains", {"inference"}}};
    if (!m_consumer->ask(1, "sharing.post_consumer_register", who) || !m_consumer->next())
        return fail(ErrorCode::Internal, "nobody can be registered");
    return {};
}

void Scene::end()
{
    m_consumer.reset();
    m_rig.close();
    m_ids.clear();
}

void Scene::prepare(Around around)
{
    if (around != Around::HeldJob)
        return;
    m_gate = std::make_unique<Gate>();
    m_heldEnded = {};
    m_held = engine().start(
        std::string{"worker."} + kHeld, Json::object(), [this](const Result<Json>&) { m_heldEnded.set_value(); });
    m_gate->waitForArrivals();
}

void Scene::tidy(Around around)
{
    if (around != Around::HeldJob)
        return;
    m_gate->open();
    m_heldEnded.get_future().wait();
    m_gate.reset();
}

Json Scene::resolved(const Json& fields)
{
    for (const ModelState& model : engine().snapshot()->models)
        m_ids[model.record->name] = model.record->id.text;
    Json out = fields;
    for (Json& value : out) {
        if (value.is_string())
            value = resolvedText(value.get<std::string>());
        else if (value.is_array())
            value = resolved(value);
    }
    return out;
}

Json Scene::resolvedText(const std::string& text)
{
    if (text == "@job")
        return m_held.number;
    if (text.starts_with("@models"))
        return (m_rig.folder / kModels).string() + text.substr(7);
    if (text.starts_with("@folder"))
        return m_rig.folder.path().string() + text.substr(7);
    if (text.starts_with("@"))
        return m_ids[text.substr(1)];
    return text;
}

} // namespace weightroom::test
