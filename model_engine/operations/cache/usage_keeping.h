// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace weightroom::engine {

struct EngineServices;
struct LoadOutcome;

// What the engine remembers of the uses of components, between runs too. A store that cannot be used is no error: the
// uses of this run are known all the same.

/// Enters what a load has used, and teaches the prediction. On the engine thread.
void noteUses(EngineServices& services, const LoadOutcome& outcome);

/// Enters what was read ahead: that is no use, and the prediction does not hear of it. On the engine thread.
void notePrefetch(EngineServices& services, const LoadOutcome& outcome);

/// Brings the uses of earlier runs into the tables, once per engine; who comes while another thread is at it waits for
/// the end. May wait for the disk; not on the engine thread.
void loadKeptUsage(EngineServices& services);

/// Keeps new uses once they are many: one write for a dozen loads. May wait for the disk; on the thread of a job.
void keepUsageInBatches(EngineServices& services);

/// Keeps, when the engine ends, what has not been kept yet.
class UsageKeeper {
public:
    explicit UsageKeeper(EngineServices& services)
        : m_services(services)
    {
    }
    UsageKeeper(const UsageKeeper&) = delete;
    UsageKeeper& operator=(const UsageKeeper&) = delete;
    /// Reads the tables: the threads that use them have ended.
    ~UsageKeeper();

private:
    EngineServices& m_services;
};

} // namespace weightroom::engine
