// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/view_conversion.h"

#include "model_engine/core/json_fields.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/folder_text.h"
#include "ui/bridge/text/model_facts.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/recovery_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QStringBuilder>

#include <algorithm>
#include <cstdlib>

namespace weightroom::ui {
namespace {

QString idText(const std::string& id) { return QString::fromStdString(id); }

ModelCondition conditionOf(const engine::ModelState& state)
{
    if (!state.record->isUsable())
        return ModelCondition::Unusable;
    if (state.isLoading())
        return ModelCondition::Loading;
    if (state.isLoaded())
        return ModelCondition::Loaded;
    if (state.isCached())
        return ModelCondition::Cached;
    return state.cached.empty() ? ModelCondition::OnDisk : ModelCondition::PartlyCached;
}

QDateTime dateTimeOf(engine::Clock::Wall time)
{
    return QDateTime::fromMSecsSinceEpoch(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

/// Of all components together.
void addConversions(ModelStatus& status, const engine::ModelState::OnDevice& onDevice)
{
    if (onDevice.conversions.empty())
        return;
    ConversionLoss sum{.device = idText(onDevice.device.text)};
    engine::PrecisionLoss loss;
    for (const engine::ComponentConversion& conversion : onDevice.conversions) {
        sum.tensors += conversion.tensors;
        sum.storedBytes += conversion.stored.value;
        sum.loadedBytes += conversion.loaded.value;
        loss += conversion.loss;
    }
    sum.largestError = loss.largestError;
    sum.meanError = loss.meanError();
    sum.overflowed = loss.overflowed;
    status.conversions.append(sum);
}

void addDevice(ModelStatus& status, const engine::ModelState::OnDevice& onDevice)
{
    const QString device = idText(onDevice.device.text);
    if (onDevice.residency == engine::Residency::Loading)
        status.loadingOn = device;
    if (onDevice.components.empty())
        return;
    status.loadedOn.append(device);
    status.loadedBytes += onDevice.size.value;
    if (onDevice.expiresAt)
        status.loadedUntil.insert(device, dateTimeOf(std::chrono::round<std::chrono::seconds>(*onDevice.expiresAt)));
    for (const engine::ComponentId& component : onDevice.components)
        status.loadedComponents.append({idText(component.text), device});
    addConversions(status, onDevice);
}

JobOrigin originOf(engine::JobOrigin origin)
{
    switch (origin) {
    case engine::JobOrigin::User:
        return JobOrigin::User;
    case engine::JobOrigin::Automatic:
        return JobOrigin::Automatic;
    case engine::JobOrigin::None:
        break;
    }
    return JobOrigin::None;
}

bool hasFoundNothing(const engine::JobSnapshot& job)
{
    if (job.state != engine::JobState::Succeeded || !job.result.is_object() || !job.result.contains("model_changes"))
        return false;
    return std::ranges::all_of(job.result.at("model_changes"), [](const engine::Json& count) { return count == 0; });
}

QList<FolderView> folderViews(const engine::EngineSnapshot& snapshot)
{
    QList<FolderView> folders;
    for (const std::filesystem::path& path : snapshot.folders) {
        FolderView folder{.path = QByteArray::fromStdString(path.native()), .text = pathText(path), .problem = {}};
        const auto problem = std::ranges::find(snapshot.folderProblems, path, &engine::FolderProblem::path);
        if (problem != snapshot.folderProblems.end())
            folder.problem = errorView(problem->error);
        const auto watch = std::ranges::find(snapshot.folderWatches, path, &engine::FolderWatch::folder);
        if (watch != snapshot.folderWatches.end()) {
            folder.watchText = watchText(watch->condition);
            folder.watchDetail = plainText(watch->condition.detail);
        }
        folders.append(std::move(folder));
    }
    return folders;
}

QList<ConsumerView> consumerViews(const std::vector<engine::Consumer>& consumers)
{
    QList<ConsumerView> views;
    for (const engine::Consumer& consumer : consumers) {
        ConsumerView view{.name = plainText(engine::describe(consumer)), .domains = {}};
        for (const engine::SharingDomain domain : consumer.domains)
            view.domains.append(QString::fromUtf8(engine::toText(domain)));
        views.append(std::move(view));
    }
    return views;
}

JobKind jobKindOf(const std::string& operation)
{
    static const std::map<std::string, JobKind, std::less<>> kinds{
        {"get_available_models", JobKind::Scan},
        {"discover_available_models", JobKind::Scan},
        {"scan_model_directory", JobKind::Scan},
        {"comprehensive_model_scan", JobKind::Scan},
        {"post_model_cache", JobKind::Cache},
        {"post_model_load", JobKind::Load},
        {"post_model_unload", JobKind::Unload},
        {"post_model_vram_load", JobKind::Load},
        {"post_model_vram_unload", JobKind::Unload},
        {"cache_model_components", JobKind::Cache},
        {"load_components_to_vram", JobKind::Load},
        {"unload_components_from_vram", JobKind::Unload},
        {"delete_model_cache", JobKind::DropCache},
        {"post_sample_library", JobKind::MakeSamples},
        {"post_settings_update", JobKind::Settings},
        {"post_feature_flag_update", JobKind::Settings},
        {"delete_model", JobKind::Delete},
        {"post_model_restore", JobKind::Restore},
        {"post_model_validate", JobKind::Validate},
        {"post_model_convert", JobKind::Convert},
        {"post_library_export_paths", JobKind::ExportPaths},
        {"post_model_preload", JobKind::Preload},
        {"post_preload_run", JobKind::Preload},
        {"post_model_optimize", JobKind::Optimize},
        {"post_model_attach", JobKind::Attach},
        {"post_model_share", JobKind::Share},
        {"post_lease_return", JobKind::ReturnLease},
        {"post_model_benchmark", JobKind::Benchmark},
    };
    // The full name ("model.post_model_load") or the bare one.
    const auto kind = kinds.find(std::string_view{operation}.substr(operation.rfind('.') + 1));
    return kind == kinds.end() ? JobKind::Other : kind->second;
}

/// What has no words of its own in the window, and is about nothing, is called by the operation.
QString subjectOf(const engine::JobDescription& description)
{
    const bool isNameless = description.subject.empty() && jobKindOf(description.operation) == JobKind::Other;
    return plainText(std::string_view{isNameless ? description.operation : description.subject});
}

JobState stateOf(engine::JobState state)
{
    switch (state) {
    case engine::JobState::None:
        return JobState::None;
    case engine::JobState::Queued:
        return JobState::Queued;
    case engine::JobState::Running:
        return JobState::Running;
    case engine::JobState::Succeeded:
        return JobState::Succeeded;
    case engine::JobState::Failed:
        return JobState::Failed;
    case engine::JobState::Cancelled:
        return JobState::Cancelled;
    }
    return JobState::None;
}

JobPhase phaseOf(engine::JobPhase phase)
{
    switch (phase) {
    case engine::JobPhase::None:
        return JobPhase::None;
    case engine::JobPhase::Scanning:
        return JobPhase::Scanning;
    case engine::JobPhase::Planning:
        return JobPhase::Planning;
    case engine::JobPhase::TakingMemory:
        return JobPhase::TakingMemory;
    case engine::JobPhase::Reading:
        return JobPhase::Reading;
    case engine::JobPhase::Copying:
        return JobPhase::Copying;
    case engine::JobPhase::Verifying:
        return JobPhase::Verifying;
    case engine::JobPhase::Committing:
        return JobPhase::Committing;
    case engine::JobPhase::Writing:
        return JobPhase::Writing;
    case engine::JobPhase::Recovering:
        return JobPhase::Recovering;
    }
    return JobPhase::None;
}

quint64 numberIn(const engine::Json& answer, const char* field)
{
    const auto value = answer.find(field);
    return value != answer.end() && value->is_number_unsigned() ? value->get<quint64>() : 0;
}

/// What the answer of an operation says that it moved or freed. `done` counts every byte twice that was read and then
/// copied, so it is only for the progress.
quint64 resultBytesOf(const engine::Json& answer, quint64 done)
{
    if (!answer.is_object())
        return done;
    if (answer.contains("total_vram_bytes"))
        return numberIn(answer, "total_vram_bytes");
    if (answer.contains("freed_bytes"))
        return numberIn(answer, "freed_bytes");
    quint64 freed = 0;
    for (const engine::Json& device : answer.value("devices", engine::Json::array()))
        freed += device.is_object() ? numberIn(device, "freed_bytes") : 0;
    return freed > 0 ? freed : done;
}

QList<Finding> findingsIn(const engine::ModelState& state, const ModelFacts& facts)
{
    QList<Finding> findings = facts.findings;
    if (!state.lookAlikes.empty())
        findings.append(Finding::Duplicate);
    return findings;
}

FallenBackView fallenBackView(const engine::FeatureStatus& status)
{
    FallenBackView view;
    view.name = QString::fromStdString(std::string{engine::toText(status.feature)});
    if (status.reason) {
        const ErrorView error = errorView(*status.reason);
        view.reason = error.sentence;
        view.detail = error.detail;
    }
    if (status.triedAgainAt)
        view.triedAgainAt = dateTimeOf(*status.triedAgainAt);
    return view;
}

/// Of a load that has succeeded at its second attempt; else none.
std::vector<engine::RecoveryStep> stepsOf(const engine::Json& result)
{
    return engine::recoveryStepsFromJson(engine::memberIn(engine::memberIn(result, "recovery"), "steps"));
}

} // namespace

ModelStatus modelStatus(const engine::ModelState& state)
{
    ModelStatus status;
    status.condition = conditionOf(state);
    for (const engine::ComponentId& component : state.cached)
        status.cachedComponents.append(idText(component.text));
    for (const engine::ModelState::OnDevice& onDevice : state.devices)
        addDevice(status, onDevice);
    return status;
}

std::shared_ptr<const ModelNotes> ViewConversion::notesOf(const engine::ModelState& state, NotesBySettings& notes) const
{
    if (!state.settings)
        return nullptr;
    const auto known = m_notes.find(state.settings);
    return notes.emplace(state.settings, known != m_notes.end() ? known->second : modelNotes(*state.settings))
        .first->second;
}

/// The engine works out anew with each snapshot when a model goes, a few microseconds apart: near half a second that
/// would be another whole one each time. So what was told stays until it is wrong by more than rounding is.
ModelStatus ViewConversion::statusOf(
    const engine::ModelState& state, std::map<engine::ModelId, LoadedUntil>& loadedUntil) const
{
    ModelStatus status = modelStatus(state);
    if (status.loadedUntil.isEmpty())
        return status;
    const auto known = m_loadedUntil.find(state.record->id);
    const LoadedUntil told = known == m_loadedUntil.end() ? LoadedUntil{} : known->second;
    for (auto [device, until] : status.loadedUntil.asKeyValueRange()) {
        const QDateTime before = told.value(device);
        if (before.isValid() && std::abs(before.secsTo(until)) <= 1)
            until = before;
    }
    loadedUntil.emplace(state.record->id, status.loadedUntil);
    return status;
}

LibraryView ViewConversion::library(const engine::EngineSnapshot& snapshot)
{
    LibraryView view;
    std::map<engine::ModelRecordPtr, FactsPtr> facts;
    NotesBySettings notes;
    std::map<engine::ModelId, LoadedUntil> loadedUntil;
    view.models.reserve(static_cast<qsizetype>(snapshot.models.size()));
    for (const engine::ModelState& state : snapshot.models) {
        const auto known = m_facts.find(state.record);
        const FactsPtr own =
            known != m_facts.end() ? known->second : std::make_shared<const ModelFacts>(modelFacts(*state.record));
        facts.emplace(state.record, own);
        view.bytesOnDisk += own->fileBytes;
        view.models.append({.facts = own,
            .status = statusOf(state, loadedUntil),
            .notes = notesOf(state, notes),
            .findings = findingsIn(state, *own)});
    }
    m_facts = std::move(facts);
    m_notes = std::move(notes);
    m_loadedUntil = std::move(loadedUntil);
    if (!snapshot.deletions.empty()) {
        view.lastDeletion = snapshot.deletions.back().number;
        view.lastDeleted = plainText(snapshot.deletions.back().name);
    }
    view.consumers = consumerViews(snapshot.consumers);
    view.folders = folderViews(snapshot);
    for (const engine::FolderProblem& problem : snapshot.folderProblems)
        view.folderProblems.append(errorView(problem.error));
    if (snapshot.catalogProblem)
        view.catalogProblem = errorView(*snapshot.catalogProblem);
    for (const engine::FeatureStatus& status : snapshot.fallenBack)
        view.fallenBack.append(fallenBackView(status));
    view.wasScanned = snapshot.lastScan.has_value();
    if (snapshot.hashing) {
        view.filesHashed = snapshot.hashing->filesDone;
        view.filesToHash = snapshot.hashing->filesTotal;
    }
    return view;
}

JobView jobView(const engine::JobSnapshot& job, const QList<MemoryView>& memory)
{
    return {
        .number = job.id.number,
        .kind = jobKindOf(job.description.operation),
        .state = stateOf(job.state),
        .phase = phaseOf(job.phase),
        .origin = originOf(job.description.origin),
        .subject = subjectOf(job.description),
        .modelId = idText(job.description.modelId.text),
        .deviceId = idText(job.description.deviceId.text),
        .done = job.unitsDone,
        .total = job.unitsTotal,
        .perSecond = job.unitsPerSecond,
        .isForThisRunOnly = job.result.is_object() && !job.result.value("is_kept", true),
        .foundNothing = hasFoundNothing(job),
        .resultBytes = job.state == engine::JobState::Succeeded ? resultBytesOf(job.result, job.unitsDone) : 0,
        .recovered = recoveredText(stepsOf(job.result)),
        .remaining = job.remaining,
        .elapsed = job.elapsed,
        .submittedAt = dateTimeOf(job.submittedAt),
        .error = job.error ? std::optional(errorView(*job.error, memory)) : std::nullopt,
    };
}

bool isWorthTelling(const JobView& job)
{
    const bool hasSucceeded = job.state == JobState::Succeeded;
    if (job.kind == JobKind::Attach)
        return hasSucceeded;
    if (job.kind == JobKind::ReturnLease)
        return hasSucceeded && job.resultBytes > 0;
    const bool isEventful = job.state == JobState::Failed || (hasSucceeded && !job.foundNothing);
    return job.origin != JobOrigin::Automatic || isEventful;
}

} // namespace weightroom::ui
