// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/operations/jobs/idle_worker.h"

#include <cstdint>
#include <deque>

namespace weightroom::engine {

struct EngineServices;

/// Takes the hashes of the library's files while nobody wants anything of the engine: one file at a time, past the page
/// cache, at the lowest priority. It stands still within one block (1 MiB) when somebody does, and goes on with the
/// same file when that was short. What it has taken is kept between runs; how far it is stands in
/// EngineTables::hashing. It is no job: nobody has asked for it.
///
/// Names of blobs in the cache of the Hugging Face hub are taken on first, which reads no file.
class IdleHashing final : public IdleTask {
public:
    /// Both must outlive it. The thread begins at once, and waits.
    IdleHashing(EngineServices& services, IdleGate& gate);

    [[nodiscard]] std::string_view endedText() const override;
    [[nodiscard]] bool step(const std::stop_token& stop) override;

private:
    struct Task {
        ModelRecordPtr model;
        std::size_t number = 0; ///< of the file in the model
        bool hasBlobName = false; ///< known already
    };
    enum class Outcome : std::uint8_t { None = 0, Done, Skipped, Interrupted };

    [[nodiscard]] bool isWanted();
    void listTasks();
    void takeBlobNames();
    [[nodiscard]] Outcome hash(const Task& task, const std::stop_token& stop);
    [[nodiscard]] bool mayGoOn(const std::stop_token& stop);
    void tellProgress();

    EngineServices& m_services;
    IdleGate& m_gate;
    // Only the thread uses what follows.
    std::deque<Task> m_tasks;
    std::uint64_t m_listedChanges = 0; ///< Catalog::changes() when the tasks were listed
    bool m_isListed = false;
    HashingProgress m_progress;
    Clock::Steady m_toldAt{};
    IdleWorker m_worker; ///< last: its thread uses the rest
};

} // namespace weightroom::engine
