// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/served_engine.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace weightroom::test {

/// An engine that does nothing by itself. "test.get_echo" answers with its fields at once, "test.get_later" when the
/// test says so, and "test.post_work", which is a job, when the test says so or it is cancelled, also by
/// "job.post_job_cancel". Thread-safe.
class ScriptedEngine {
public:
    using Completion = engine::ServedEngine::Completion;

    ScriptedEngine()
    {
        add("test", "get_echo", engine::Duration::Quick);
        add("test", "get_later", engine::Duration::Quick);
        add("test", "post_work", engine::Duration::Long);
        add("test", "post_loan", engine::Duration::Quick, engine::Caller::Connected);
        add("job", "post_job_cancel", engine::Duration::Quick);
    }

    [[nodiscard]] engine::ServedEngine served()
    {
        return {.operations = m_operations,
            .start = [this](std::string_view operation, const engine::Json& request, Completion completion,
                         const engine::Client&) { return start(operation, request, std::move(completion)); },
            .cancel = [this](engine::JobId job) { return cancel(job); },
            .takeSlabs = {},
            .clientGone = {},
            .showWindow = showWindow};
    }

    std::function<void()> showWindow; ///< to set before served() is asked for

    /// Ends a job; false when it has ended already.
    bool end(engine::JobId job, const engine::Result<engine::Json>& answer)
    {
        Completion completion;
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
    /// Blocks until so many calls of "test.get_later" have come, counted from the beginning.
    void waitForCalls(std::size_t count)
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_calls >= count; });
    }
    [[nodiscard]] std::size_t calls()
    {
        const std::lock_guard lock{m_mutex};
        return m_calls;
    }
    /// Answers the oldest of them.
    void answerCall()
    {
        Completion completion;
        {
            const std::lock_guard lock{m_mutex};
            completion = std::move(m_later.front());
            m_later.pop_front();
        }
        completion(engine::Json::object());
    }

private:
    void add(engine::Name family, engine::Name name, engine::Duration duration,
        engine::Caller caller = engine::Caller::Anybody)
    {
        m_operations.add({.family = family,
            .name = name,
            .summary = "For the test.",
            .duration = duration,
            .caller = caller,
            .fields = {},
            .errors = {},
            .answer = "",
            .handler = {}});
    }

    engine::JobId start(std::string_view operation, const engine::Json& request, Completion completion)
    {
        if (operation == "test.post_work" || operation == "test.get_later")
            return keep(operation, std::move(completion));
        if (operation == "test.get_echo" || operation == "test.post_loan")
            completion(request);
        else if (operation == "job.post_job_cancel")
            completion(cancelAsAsked({request.at("job_id").get<std::uint64_t>()}));
        else
            completion(engine::fail(engine::ErrorCode::UnknownOperation, "there is no operation"));
        return {};
    }

    engine::JobId keep(std::string_view operation, Completion completion)
    {
        const std::lock_guard lock{m_mutex};
        m_changed.notify_all();
        if (operation == "test.get_later") {
            ++m_calls;
            m_later.push_back(std::move(completion));
            return {};
        }
        const engine::JobId job{++m_lastJob};
        m_working.emplace(job, std::move(completion));
        return job;
    }

    engine::Result<> cancel(engine::JobId job)
    {
        if (!end(job, engine::fail(engine::ErrorCode::Cancelled, "cancelled")))
            return engine::fail(engine::ErrorCode::JobNotFound, "there is no such job");
        return {};
    }
    engine::Result<engine::Json> cancelAsAsked(engine::JobId job)
    {
        if (auto cancelled = cancel(job); !cancelled)
            return engine::fail(std::move(cancelled).error());
        return engine::Json{{"job_id", job.number}};
    }

    engine::OperationRegistry m_operations;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<engine::JobId, Completion> m_working;
    std::deque<Completion> m_later;
    std::size_t m_calls = 0;
    std::uint64_t m_lastJob = 0;
};

} // namespace weightroom::test
