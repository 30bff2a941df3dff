// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/hash_keeping.h"

#include "model_engine/operations/engine_services.h"

#include <utility>

namespace weightroom::engine {
namespace {

const ModelHashes* hashesOf(const EngineTables& tables, const ModelId& model)
{
    const auto row = tables.hashes.find(model);
    return row == tables.hashes.end() ? nullptr : row->second.get();
}

/// Adds one file's to what is known of the model. On the engine thread. Nothing where the catalogue knows another
/// state of the file.
std::optional<HashRow> enter(EngineTables& tables, const TakenHashes& taken)
{
    const ModelRecordPtr listed = tables.catalog.find(taken.model->id);
    if (!listed)
        return std::nullopt;
    ModelHashes hashes = hashesNow(*listed, hashesOf(tables, listed->id));
    if (taken.number >= hashes.size() || hashes[taken.number].identity != taken.hashes.identity)
        return std::nullopt;
    addHashes(hashes[taken.number], taken.hashes);
    HashRow row{listed->id, taken.number, hashes[taken.number]};
    tables.hashes[listed->id] = std::make_shared<const ModelHashes>(std::move(hashes));
    return row;
}

} // namespace

std::optional<TakenHashes> takenFrom(
    const ModelRecordPtr& model, std::size_t number, const HashRequest& request, const FileHashes& hashes)
{
    if (withoutDevice(hashes.identity) != withoutDevice(model->files[number].identity))
        return std::nullopt;
    TakenHashes taken{model, number, knownFrom(request, hashes)};
    // The file may have been renamed since the model was read: the time of its reading counts.
    taken.hashes.identity = withoutDevice(model->identity()[number]);
    return taken;
}

Result<> keepHashes(EngineServices& services, std::span<const TakenHashes> taken)
{
    // Over both: of two threads the one that enters last also writes last.
    const std::lock_guard lock{services.keeping->mutex};
    const std::vector<HashRow> rows = services.executor.invoke([&] {
        std::vector<HashRow> entered;
        for (const TakenHashes& one : taken) {
            if (auto row = enter(services.tables, one))
                entered.push_back(std::move(*row));
        }
        return entered;
    });
    return services.store.saveHashes(rows);
}

ModelHashes knownHashes(const EngineServices& services, const ModelRecord& record)
{
    const EngineSnapshotPtr now = services.snapshot();
    const auto model = findModel(*now, record.id);
    return hashesNow(record, model ? (*model)->hashes.get() : nullptr);
}

} // namespace weightroom::engine
