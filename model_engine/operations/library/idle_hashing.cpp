// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/idle_hashing.h"

#include "model_engine/catalog/metadata/hub_blob.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/library/hash_keeping.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// A file is held open while work goes on, so that a large one need not begin anew each time; no longer than this,
/// because its drive cannot be taken away meanwhile.
constexpr std::chrono::seconds kLongestHold{30};
/// Each telling makes a snapshot of the whole catalogue.
constexpr std::chrono::seconds kTellPeriod{2};

HashRequest everythingOf(const std::filesystem::path& file, PageCacheUse pages)
{
    const auto all = hashAlgorithms();
    return {file, {all.begin(), all.end()}, pages};
}

/// The models that can be used, with what is known of their files.
struct Library {
    std::vector<ModelRecordPtr> models;
    std::map<ModelId, ModelHashesPtr> hashes;
    std::uint64_t changes = 0;
};

/// On the engine thread.
Library libraryOf(const EngineTables& tables)
{
    Library library{.models = tables.catalog.models(), .hashes = tables.hashes, .changes = tables.catalog.changes()};
    std::erase_if(library.models, [](const ModelRecordPtr& model) { return !model->isUsable(); });
    return library;
}

} // namespace

IdleHashing::IdleHashing(EngineServices& services, IdleGate& gate)
    : m_services(services)
    , m_gate(gate)
    , m_worker(*this, gate, services.log)
{
}

std::string_view IdleHashing::endedText() const { return "No more hashes are taken in idle time"; }

bool IdleHashing::step(const std::stop_token& stop)
{
    if (!isWanted())
        return false;
    const bool isOld = !m_isListed
        || m_services.executor.invoke([this] { return m_services.tables.catalog.changes(); }) != m_listedChanges;
    if (isOld)
        listTasks();
    if (m_tasks.empty())
        return false;
    const Outcome outcome = hash(m_tasks.front(), stop);
    if (outcome == Outcome::Interrupted)
        return true;
    m_tasks.pop_front();
    m_progress.filesDone += outcome == Outcome::Done ? 1 : 0;
    const Clock::Steady now = m_services.clock.now();
    if (m_tasks.empty() || now - m_toldAt >= kTellPeriod)
        tellProgress();
    return true;
}

bool IdleHashing::isWanted()
{
    const bool isWanted = m_services.executor.invoke([this] {
        const bool isOn = m_services.tables.settings.hashWhenIdle;
        if (!isOn && std::exchange(m_services.tables.hashing, std::nullopt))
            m_services.publish();
        return isOn;
    });
    m_isListed = m_isListed && isWanted;
    return isWanted;
}

/// All files that something is not known of. None where it could not be kept: the work would be for nothing.
void IdleHashing::listTasks()
{
    const Library library = m_services.executor.invoke([this] { return libraryOf(m_services.tables); });
    m_tasks.clear();
    m_progress = {};
    m_listedChanges = library.changes;
    m_isListed = true;
    for (const ModelRecordPtr& model : library.models) {
        const auto known = library.hashes.find(model->id);
        const ModelHashes hashes = hashesNow(*model, known == library.hashes.end() ? nullptr : known->second.get());
        for (std::size_t number = 0; number < hashes.size(); ++number) {
            if (!hashes[number].isComplete())
                m_tasks.push_back({model, number, !hashes[number].hubSha256.empty()});
        }
        m_progress.filesTotal += hashes.size();
    }
    m_progress.filesDone = m_progress.filesTotal - m_tasks.size();
    takeBlobNames();
    tellProgress();
    if (auto writable = m_services.store.saveHashes({}); !writable)
        m_tasks.clear();
}

void IdleHashing::takeBlobNames()
{
    std::vector<TakenHashes> taken;
    for (const Task& task : m_tasks) {
        const ModelFile& file = task.model->files[task.number];
        std::string name = task.hasBlobName ? std::string{} : hubBlobSha256(file.path);
        if (name.empty())
            continue;
        const FileIdentity identity = task.model->identity()[task.number];
        taken.push_back({task.model, task.number, {withoutDevice(identity), {}, std::move(name)}});
    }
    if (auto kept = keepHashes(m_services, taken); !kept)
        m_services.log.write(LogLevel::Debug, "Hashes could not be kept: " + describe(kept.error()));
}

IdleHashing::Outcome IdleHashing::hash(const Task& task, const std::stop_token& stop)
{
    std::stop_source giveUp;
    const std::stop_callback onStop{stop, [&giveUp] { giveUp.request_stop(); }};
    const bool isDirect = m_services.flags.isOn(Feature::DirectIo);
    const HashRequest request = everythingOf(
        task.model->files[task.number].path, isDirect ? PageCacheUse::Spare : PageCacheUse::SpareThroughIt);
    const auto hashes = hashFile(request, giveUp.get_token(), [&](Bytes, Bytes) {
        if (!mayGoOn(stop))
            giveUp.request_stop();
    });
    if (!hashes && hashes.error().code == ErrorCode::Cancelled)
        return Outcome::Interrupted;
    if (!hashes) {
        m_services.log.write(LogLevel::Debug, "No hashes were taken: " + describe(hashes.error()));
        return Outcome::Skipped;
    }
    const auto taken = takenFrom(task.model, task.number, request, *hashes);
    if (!taken)
        return Outcome::Skipped; // a scan will tell the catalogue
    if (auto kept = keepHashes(m_services, {&*taken, 1}); !kept) {
        m_services.log.write(LogLevel::Warning, "Hashes could not be kept: " + describe(kept.error()));
        m_tasks.resize(1); // the rest would be for nothing
    }
    return Outcome::Done;
}

/// Stands still while somebody wants something.
bool IdleHashing::mayGoOn(const std::stop_token& stop)
{
    if (m_gate.isIdle())
        return true;
    return m_gate.waitUntilIdle(stop, kLongestHold) && isWanted();
}

void IdleHashing::tellProgress()
{
    m_toldAt = m_services.clock.now();
    m_services.executor.invoke([this] {
        m_services.tables.hashing = m_progress;
        m_services.publish();
    });
}

} // namespace weightroom::engine
