// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/content_keeping.h"

#include "model_engine/core/files/file_system.h"
#include "model_engine/operations/engine_services.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// File systems note times in steps: of some milliseconds, of two seconds on FAT. A file that is written again within
/// one step looks as it did before.
constexpr std::chrono::seconds kLongestStep{2};

/// Whether a change after `readAt` would show in the times of a file that had these then.
bool isSettled(const FileIdentity& file, Clock::Wall readAt)
{
    const std::chrono::nanoseconds newest{std::max(file.modifiedNs, file.changedNs)};
    return newest <= readAt.time_since_epoch() - kLongestStep;
}

/// What is kept of an earlier run; nothing where that cannot be read.
KnownContents::OfFile readKept(const EngineServices& services, const InputFile& file)
{
    auto kept = services.contentStore->find(file.path(), file.identity());
    if (kept)
        return std::move(*kept);
    services.log.write(LogLevel::Debug, "What is known of equal tensors was not read: " + describe(kept.error()));
    return {};
}

} // namespace

KnownContents::OfFile contentsOf(EngineServices& services, const InputFile& file)
{
    KnownContents& known = services.tables.knownContents;
    auto found = services.executor.invoke([&] { return known.find(file.identity()); });
    if (!found.empty() || !services.contentStore)
        return found;
    const auto kept = readKept(services, file);
    if (kept.empty())
        return {};
    return services.executor.invoke([&] {
        // A load of one component learns of that only, and must not make the rest forgotten. What another load has
        // learned meanwhile is newer.
        if (known.find(file.identity()).empty())
            (void)known.learn(file.identity(), kept);
        return known.find(file.identity());
    });
}

void noteContents(EngineServices& services, const LoadOutcome& outcome)
{
    using Duration = Clock::Wall::duration;
    const auto readAt = services.clock.wallTime() - std::chrono::duration_cast<Duration>(outcome.times.total);
    EngineTables& tables = services.tables;
    for (const auto& [identity, learned] : outcome.learned) {
        auto all = tables.knownContents.learn(identity, learned.contents);
        if (all && isSettled(identity, readAt))
            tables.unkeptContents.insert_or_assign(learned.path, KnownFile{learned.path, identity, std::move(*all)});
    }
}

void keepContents(EngineServices& services)
{
    if (!services.contentStore)
        return;
    auto& unkept = services.tables.unkeptContents;
    auto open = services.executor.invoke([&] { return std::exchange(unkept, {}); });
    std::vector<KnownFile> files;
    for (auto& [path, file] : open) {
        if (fileSystemKindOf(path) == FileSystemKind::Local)
            files.push_back(std::move(file));
    }
    const auto kept = services.contentStore->keep(files);
    if (kept)
        return;
    services.log.write(LogLevel::Debug, "What is known of equal tensors was not kept: " + describe(kept.error()));
    services.executor.invoke([&] {
        for (KnownFile& file : files)
            unkept.try_emplace(file.path, std::move(file)); // unless there is something newer
    });
}

} // namespace weightroom::engine
