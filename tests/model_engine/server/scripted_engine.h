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

/// An engine that does nothing by itself. "test.get_echo" and "test.post_item_echo" answer with their fields at once,
/// which it does not check, "test.get_later" when the test says so, and "test.post_work" and "test.get_work", which are
/// jobs, when the test says so or they are cancelled, also by "job.post_job_cancel". Thread-safe.
class ScriptedEngine {
public:
    using Completion = engine::ServedEngine::Completion;

    /// `watch`: what its monitor answers.
    explicit ScriptedEngine(std::function<engine::MonitorSnapshotPtr()> watch = {})
        : monitor(std::move(watch))
    {
        add("test", "get_echo", engine::Duration::Quick, echoFields());
        add("test", "post_item_echo", engine::Duration::Quick, itemFields());
        add("test", "get_later", engine::Duration::Quick);
        add("test", "post_work", engine::Duration::Long);
        add("test", "post_loan", engine::Duration::Quick, {}, engine::Caller::Connected);
        add("test", "get_work", engine::Duration::Long);
        add("job", "post_job_cancel", engine::Duration::Quick, {field("job_id", engine::FieldType::Integer)});
    }

    [[nodiscard]] engine::ServedEngine served()
    {
        return {.operations = m_operations,
            .start = [this](std::string_view operation, const engine::Json& request, Completion completion,
                         const engine::Client&) { return start(operation, request, std::move(completion)); },
            .cancel = [this](engine::JobId job) { return cancel(job); },
            .takeSlabs = {},
            .clientGone = {},
            .showWindow = showWindow,
            .monitor = monitor};
    }

    std::function<void(const std::vector<std::string>&)> showWindow; ///< to set before served() is asked for
    const std::function<engine::MonitorSnapshotPtr()> monitor;

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
    static engine::FieldSpec field(engine::Name name, engine::FieldType type)
    {
        return {.name = name, .type = type, .presence = engine::Presence::Optional, .help = "For the test."};
    }
    static std::vector<engine::FieldSpec> echoFields()
    {
        return {field("text", engine::FieldType::Text), field("max_count", engine::FieldType::Integer),
            field("is_on", engine::FieldType::Boolean), field("share", engine::FieldType::Number),
            field("some_texts", engine::FieldType::TextList), field("some_numbers", engine::FieldType::IntegerList)};
    }
    static std::vector<engine::FieldSpec> itemFields()
    {
        std::vector<engine::FieldSpec> fields = echoFields();
        fields.push_back(field("test_id", engine::FieldType::Text));
        fields.back().presence = engine::Presence::Required;
        return fields;
    }

    void add(engine::Name family, engine::Name name, engine::Duration duration,
        std::vector<engine::FieldSpec> fields = {}, engine::Caller caller = engine::Caller::Anybody)
    {
        m_operations.add({.family = family,
            .name = name,
            .summary = "For the test.",
            .duration = duration,
            .caller = caller,
            .fields = std::move(fields),
            .errors = {},
            .answer = "",
            .handler = {}});
    }

    engine::JobId start(std::string_view operation, const engine::Json& request, Completion completion)
    {
        if (operation == "test.post_work" || operation == "test.get_work" || operation == "test.get_later")
            return keep(operation, std::move(completion));
        if (operation.ends_with("_echo") || operation == "test.post_loan")
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
