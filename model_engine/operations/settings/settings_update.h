// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/settings/settings.h"
#include "model_engine/operations/engine_services.h"

#include <mutex>

namespace weightroom::engine {

/// How settings are changed, whichever operation asks for it: one change at a time. On the threads of jobs.
class SettingsUpdate {
public:
    explicit SettingsUpdate(EngineServices& services)
        : m_services(services)
    {
    }

    struct Outcome {
        Settings before;
        Settings after;
    };
    /// Keeps what a document names, as settingsFromJson() reads it, and takes it on. Errors: those of reading and of
    /// writing settings; nothing has changed then.
    [[nodiscard]] Result<Outcome> apply(const Json& change);
    /// False: changes hold for this run only. Settings that were broken at start are left alone for their owner to
    /// mend.
    [[nodiscard]] bool isKept() const { return !m_services.settingsFile.empty(); }

private:
    EngineServices& m_services;
    /// A change is made from the settings before it and written to a file, so two must not overlap. Only threads of
    /// jobs wait for it, and never the engine thread.
    std::mutex m_oneAtATime;
};

} // namespace weightroom::engine
