// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/served_engine.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace weightroom::test {

/// An engine that does nothing by itself: "test.get_echo" answers with its fields at once, "test.post_work" when the
/// test says so, or when it is cancelled. Thread-safe.
class ScriptedEngine {
public:
    ScriptedEngine()
    {
        const engine::FieldSpec text{.name = "text", .type = engine::FieldType::Text, .help = "Anything."};
        for (const engine::Name name : {engine::Name{"get_echo"}, engine::Name{"post_work"}}) {
            m_operations.add({.family = "test",
                .name = name,
                .summary = "For the test.",
                .fields = {text},
                .errors = {},
                .answer = "",
                .handler = {}});
        }
    }

    [[nodiscard]] engine::ServedEngine served()
    {
        return {.operations = m_operations,
            .start =
                [this](std::string_view operation, const engine::Json& request,
                    engine::ServedEngine::Completion completion) {
                    return start(operation, request, std::move(completion));
                },
            .cancel =
                [this](engine::JobId job) {
                    return end(job, engine::fail(engine::ErrorCode::Cancelled, "cancelled"))
                        ? engine::Result<>{}
                        : engine::Result<>{engine::fail(engine::ErrorCode::JobNotFound, "there is no such job")};
                }};
    }

    /// Ends a job; false when it has ended already.
    bool end(engine::JobId job, const engine::Result<engine::Json>& answer)
    {
        engine::ServedEngine::Completion completion;
        {
            const std::lock_guard lock{m_mutex};
            const auto found = m_working.find(job);
            if (found == m_working.end())
                return false;
            completion = std::move(found->second);
            m_working.erase(found);
            m_changed.notify_all();
        }
        completion(answer);
        return true;
    }
    /// Blocks until exactly so many jobs work; their ids.
    std::vector<engine::JobId> waitForWork(std::size_t count)
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_working.size() == count; });
        std::vector<engine::JobId> jobs;
        for (const auto& [job, completion] : m_working)
            jobs.push_back(job);
        return jobs;
    }
    [[nodiscard]] std::size_t working()
    {
        const std::lock_guard lock{m_mutex};
        return m_working.size();
    }

private:
    engine::JobId start(
        std::string_view operation, const engine::Json& request, engine::ServedEngine::Completion completion)
    {
        if (operation == "test.get_echo") {
            completion(request);
            return {};
        }
        if (operation != "test.post_work") {
            completion(engine::fail(engine::ErrorCode::UnknownOperation, "there is no operation"));
            return {};
        }
        const std::lock_guard lock{m_mutex};
        const engine::JobId job{++m_lastJob};
        m_working.emplace(job, std::move(completion));
        m_changed.notify_all();
        return job;
    }

    engine::OperationRegistry m_operations;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<engine::JobId, engine::ServedEngine::Completion> m_working;
    std::uint64_t m_lastJob = 0;
};

} // namespace weightroom::test
