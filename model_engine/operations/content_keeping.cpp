// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/content_keeping.h"

#include "model_engine/operations/engine_services.h"

#include <utility>

namespace weightroom::engine {

KnownContents::OfFile contentsOf(EngineServices& services, const InputFile& file)
{
    auto known = services.executor.invoke([&] { return services.tables.knownContents.find(file.identity()); });
    if (!known.empty() || !services.contentStore)
        return known;
    auto kept = services.contentStore->find(file.path(), file.identity());
    if (!kept) {
        services.log.write(LogLevel::Debug, "What is known of equal tensors was not read: " + describe(kept.error()));
        return {};
    }
    // A load of one component learns of that only, and must not make the rest forgotten.
    if (!kept->empty())
        services.executor.invoke([&] { (void)services.tables.knownContents.learn(file.identity(), *kept); });
    return std::move(*kept);
}

std::vector<KnownFile> noteContents(EngineServices& services, const std::map<FileIdentity, LearnedContents>& learned)
{
    std::vector<KnownFile> files;
    for (const auto& [identity, of] : learned) {
        if (auto all = services.tables.knownContents.learn(identity, of.contents))
            files.push_back({of.path, identity, std::move(*all)});
    }
    return files;
}

void keepContents(const EngineServices& services, std::span<const KnownFile> files)
{
    if (!services.contentStore)
        return;
    if (const auto kept = services.contentStore->keep(files); !kept)
        services.log.write(LogLevel::Debug, "What is known of equal tensors was not kept: " + describe(kept.error()));
}

} // namespace weightroom::engine
