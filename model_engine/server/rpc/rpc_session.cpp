// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/rpc_session.h"

#include "model_engine/core/json_fields.h"
#include "model_engine/server/rpc/server_methods.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// Empty where nobody waits for it.
std::string lineFor(const Json& id, const Result<Json>& answer)
{
    if (id.is_null())
        return {};
    return answer ? rpcAnswer(id, *answer) : rpcError(id, rpcCodeOf(answer.error().code), answer.error());
}

} // namespace

RpcSession::RpcSession(Environment environment)
    : m_environment(std::move(environment))
{
}

void RpcSession::receive(std::string_view line)
{
    const auto message = parseJson(line);
    if (!message)
        return send(rpcError(nullptr, RpcCode::ParseError, message.error()));
    const auto request = parseRpcRequest(*message);
    if (!request)
        return send(rpcError(rpcIdOf(*message), RpcCode::InvalidRequest, request.error()));
    carryOut(*request);
}

void RpcSession::carryOut(const RpcRequest& request)
{
    if (request.method == "server.post_slabs_send")
        return sendSlabs(request);
    if (const OperationSpec* own = serverMethods().find(request.method)) {
        const auto answer = serverMethod(*own, request);
        if (!answer)
            return refuse(request, answer.error());
        if (!request.id.is_null())
            send(rpcAnswer(request.id, *answer));
        return;
    }
    const OperationSpec* spec = m_environment.engine.operations.find(request.method);
    if (spec && !isAllowed(*spec, request)) {
        return refuse(request,
            {ErrorCode::NotAllowed, "'" + request.method + "' changes something, and this door is for reading",
                {.operation = request.method}});
    }
    if (spec && spec->duration == Duration::Long && openJobs() >= kMostOpenJobs) {
        return refuse(request,
            {ErrorCode::Busy, "this client has " + std::to_string(kMostOpenJobs) + " jobs already, which is the most",
                {.operation = request.method}});
    }
    m_isConsumer = m_isConsumer || (spec && spec->caller == Caller::Connected);
    start(request);
}

/// Who only reads may end what it has begun, and nothing else.
bool RpcSession::isAllowed(const OperationSpec& spec, const RpcRequest& request) const
{
    if (m_environment.role == ClientRole::Full || changesNothing(spec))
        return true;
    const auto job = countIn(request.params, "job_id");
    return request.method == "job.post_job_cancel" && job && m_ownJobs.contains(JobId{*job});
}

void RpcSession::start(const RpcRequest& request)
{
    const std::uint64_t number = m_nextNumber++;
    m_open[number].id = request.id;
    // The line is made where the answer is: megabytes of it would hold up all other clients here.
    const auto completion = [post = m_environment.post, weak = weak_from_this(), number, id = request.id](
                                const Result<Json>& answer) {
        post([weak, number, line = lineFor(id, answer)]() mutable {
            if (const auto session = weak.lock())
                session->answered(number, std::move(line));
        });
    };
    // Its answer is posted: it finds the job's id there, however fast it comes.
    const JobId job = m_environment.engine.start(request.method, request.params, completion, m_environment.client);
    if (job == JobId{})
        return;
    m_open[number].job = job;
    m_ownJobs.insert(job);
    if (!request.id.is_null())
        send(rpcNotification("server.job_started", {{"request_id", request.id}, {"job_id", job.number}}));
}

void RpcSession::answered(std::uint64_t number, std::string line)
{
    m_open.erase(number);
    if (line.empty())
        m_environment.wantsToSend(); // there is room for another request
    else
        send(std::move(line));
}

void RpcSession::sendSlabs(const RpcRequest& request)
{
    const OperationSpec& spec = *serverMethods().find(request.method);
    const auto arguments = validate(spec, request.params);
    if (!arguments)
        return refuse(request, arguments.error());
    if (!m_environment.engine.takeSlabs)
        return refuse(request, {ErrorCode::Unsupported, "this engine lends nothing"});
    const SlabRequest slabs{.client = m_environment.client.id,
        .lease = {static_cast<std::uint64_t>(arguments->integer("lease_id", 0))},
        .first = static_cast<std::size_t>(arguments->integer("first_slab", 0)),
        .count = static_cast<std::size_t>(arguments->integer("count", 1))};
    const std::uint64_t number = m_nextNumber++;
    m_open[number].id = request.id;
    const auto onSlabs = [post = m_environment.post, weak = weak_from_this(), number, slabs](const auto& taken) {
        post([weak, number, slabs, taken] {
            if (const auto session = weak.lock())
                session->slabsTaken(number, slabs, taken);
        });
    };
    m_environment.engine.takeSlabs(slabs, onSlabs);
}

void RpcSession::slabsTaken(std::uint64_t number, const SlabRequest& slabs, Result<SentSlabs> taken)
{
    if (!taken)
        return answered(number, lineFor(m_open.at(number).id, fail(taken.error())));
    const auto open = m_open.extract(number);
    const Json answer{{"lease_id", slabs.lease.number}, {"first_slab", slabs.first}, {"count", (*taken)->size()}};
    // Also to who has given no id: the descriptors were asked for.
    send(rpcAnswer(open.mapped().id, answer), std::move(**taken));
}

Result<Json> RpcSession::serverMethod(const OperationSpec& spec, const RpcRequest& request)
{
    const auto arguments = validate(spec, request.params);
    if (!arguments)
        return fail(arguments.error());
    if (spec.name.text() == "post_subscribe")
        return subscribe(*arguments);
    if (spec.name.text() == "post_unsubscribe")
        return unsubscribe(*arguments);
    if (spec.name.text() == "post_show_window")
        return showWindow(*arguments);
    if (spec.name.text() == "get_operations")
        return operationsJson(m_environment.engine.operations);
    return serverInfo(m_environment.role);
}

Result<Json> RpcSession::subscribe(const Arguments& arguments)
{
    for (const std::string& topic : arguments.texts("topics"))
        m_topics.insert(topicFrom(topic));
    return topicsJson(m_topics);
}

Result<Json> RpcSession::unsubscribe(const Arguments& arguments)
{
    for (const std::string& topic : arguments.texts("topics"))
        m_topics.erase(topicFrom(topic));
    return topicsJson(m_topics);
}

Result<Json> RpcSession::showWindow(const Arguments& arguments)
{
    if (m_environment.role != ClientRole::Full)
        return fail(ErrorCode::NotAllowed, "this door is for reading", {.operation = "post_show_window"});
    if (!m_environment.engine.showWindow)
        return fail(ErrorCode::Unsupported, "the engine has no window", {.operation = "post_show_window"});
    m_environment.engine.showWindow(arguments.texts("folders"));
    return Json{{"shown", true}};
}

bool RpcSession::isTold(const JobSnapshot& job) const
{
    return hasTopic(RpcTopic::Jobs) || (hasTopic(RpcTopic::OwnJobs) && m_ownJobs.contains(job.id));
}

void RpcSession::jobChanged(const JobSnapshot& job, const std::string& line)
{
    if (isTold(job)) {
        m_outbox.pushNews("job " + std::to_string(job.id.number), line);
        m_environment.wantsToSend();
    }
    if (job.isFinished())
        m_ownJobs.erase(job.id);
}

void RpcSession::stateChanged(std::uint64_t revision)
{
    if (!hasTopic(RpcTopic::State))
        return;
    m_outbox.pushNews("state", rpcNotification("server.state_changed", {{"revision", revision}}));
    m_environment.wantsToSend();
}

void RpcSession::alertChanged(std::uint64_t number, const std::string& line)
{
    if (!isToldOfAlerts())
        return;
    m_outbox.pushNews("alert " + std::to_string(number), line);
    m_environment.wantsToSend();
}

void RpcSession::tellEnd()
{
    if (m_isConsumer)
        tell("sharing.leases_ended", {{"reason", "engine_ends"}});
}

void RpcSession::cancelAll()
{
    for (const auto& [number, open] : m_open) {
        if (open.job != JobId{})
            (void)m_environment.engine.cancel(open.job); // one that has just ended needs none
    }
}

void RpcSession::refuse(const RpcRequest& request, const Error& error)
{
    if (!request.id.is_null())
        send(rpcError(request.id, rpcCodeOf(error.code), error));
}

void RpcSession::send(std::string line, std::vector<UniqueFd> descriptors)
{
    m_outbox.push(std::move(line), std::move(descriptors));
    m_environment.wantsToSend();
}

std::size_t RpcSession::openJobs() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(m_open, [](const auto& row) { return row.second.job != JobId{}; }));
}

} // namespace weightroom::engine
