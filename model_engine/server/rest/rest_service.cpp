// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_service.h"

#include "model_engine/server/metrics/open_metrics.h"
#include "model_engine/server/rest/openapi_document.h"
#include "model_engine/server/rest/rest_fields.h"
#include "model_engine/server/rest/rest_names.h"
#include "model_engine/server/rest/rest_status.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

RestDocument documentAt(const std::vector<std::string>& segments)
{
    if (segments == std::vector<std::string>{std::string{kRestRoot}, "openapi.json"})
        return RestDocument::OpenApi;
    return segments == std::vector<std::string>{"metrics"} ? RestDocument::Metrics : RestDocument::None;
}

/// HEAD is GET whose answer has no body, which the connection sees to.
std::string_view methodOf(const RestHead& head)
{
    return head.method == "HEAD" ? std::string_view{"GET"} : std::string_view{head.method};
}

RestResult<RestNaming> namingFrom(std::string_view text)
{
    if (text == "snake")
        return RestNaming::Snake;
    if (text == "pascal")
        return RestNaming::Pascal;
    return refuse(400, ErrorCode::InvalidValue, "names are asked for as 'snake' or 'pascal'", {.field = "naming"});
}

/// The query goes before the header: it stands in the same line as what is asked. `target` may be nullptr: it is none.
RestResult<RestNaming> namingOf(const RestHead& head, RestTarget* target)
{
    const auto asked = target ? target->take("naming") : std::vector<std::string>{};
    if (!asked.empty())
        return namingFrom(asked.size() == 1 ? std::string_view{asked.front()} : std::string_view{});
    return head.has("x-naming") ? namingFrom(head.value("x-naming")) : RestNaming::Snake;
}

/// Whether "respond-async" is among the preferences: "respond-async, wait=10".
bool prefersAsync(const RestHead& head)
{
    std::string_view rest = head.value("prefer");
    while (!rest.empty()) {
        const auto end = std::min(rest.find(','), rest.size());
        if (isSameWord(withoutBlanks(rest.substr(0, end)), "respond-async"))
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

RestWaiting waitingFor(const RestHead& head, const OperationSpec& spec)
{
    // The answer of a GET is what it is for: nobody could ask for it later.
    const bool canGo = spec.duration == Duration::Long && methodOf(head) != "GET";
    return canGo && prefersAsync(head) ? RestWaiting::ForJob : RestWaiting::ForAnswer;
}

RestResponse responseTo(const Result<Json>& answer, const OperationSpec& spec, RestNaming naming)
{
    if (!answer)
        return toResponse({statusOf(answer.error().code), answer.error()}, naming);
    if (naming == RestNaming::Snake)
        return {.body = writeJson(*answer)}; // without a copy of it
    return {.body = writeJson(withNames(*answer, naming, spec.dataKeys))};
}

RestResponse acceptedAs(JobId job, RestNaming naming)
{
    return {.status = 202,
        .headers = {{"location", "/" + std::string{kRestRoot} + "/jobs/" + std::to_string(job.number)},
            {"preference-applied", "respond-async"}},
        .body = writeJson(withNames({{"job_id", job.number}}, naming, {}))};
}

} // namespace

/// A request whose operation has been started.
struct RestService::Exchange {
    OnAnswer onAnswer;
    bool isAlone = false; ///< the client has its answer: the number of the job
};

RestService::RestService(Environment environment)
    : m_environment(std::move(environment))
    , m_routes(m_environment.engine.operations)
{
}

tl::expected<RestCall, RestResponse> RestService::check(const RestHead& head) const
{
    RestCall call;
    if (const auto checked = read(head, call); !checked)
        return tl::unexpected(toResponse(checked.error(), call.naming));
    return call;
}

RestResult<void> RestService::read(const RestHead& head, RestCall& call) const
{
    auto target = parseTarget(head.target);
    // Before anything else, because refusals have names too.
    const auto naming = namingOf(head, target ? &*target : nullptr);
    call.naming = naming.value_or(RestNaming::Snake);
    const auto role = admit(head, m_environment.port, m_environment.tokens);
    if (!role)
        return tl::unexpected(role.error());
    if (!target)
        return tl::unexpected(std::move(target).error());
    if (!naming)
        return tl::unexpected(naming.error());
    call.target = std::move(*target);
    if (auto found = readRoute(head, *role, call); !found)
        return found;
    return checkBodyHeaders(head);
}

RestResult<void> RestService::readRoute(const RestHead& head, ClientRole role, RestCall& call) const
{
    call.document = documentAt(call.target.segments);
    if (call.document != RestDocument::None) {
        if (methodOf(head) == "GET")
            return {};
        return refuse(405, ErrorCode::UnknownOperation, "the document is there to be read", {}, {{"allow", "GET"}});
    }
    auto match = m_routes.find(methodOf(head), call.target.segments);
    if (!match)
        return tl::unexpected(std::move(match).error());
    const OperationSpec& spec = *match->route->operation;
    if (role != ClientRole::Full && !changesNothing(spec)) {
        return refuse(403, ErrorCode::NotAllowed,
            "'" + spec.fullName() + "' changes something, and this token is for reading",
            {.operation = std::string{spec.name.text()}});
    }
    call.waiting = waitingFor(head, spec);
    call.match = std::move(*match);
    return {};
}

RestResult<Json> RestService::fieldsOf(const RestCall& call, std::string_view body) const
{
    const bool isPost = call.match.route && call.match.route->method == "POST";
    if (!isPost && !body.empty())
        return refuse(400, ErrorCode::InvalidValue, "only a POST has a body");
    if (call.match.route && !isPost)
        return fieldsFromQuery(call.match, call.target.query, call.naming);
    if (!call.target.query.empty()) {
        const std::string& name = call.target.query.front().name;
        return refuse(400, ErrorCode::UnknownField,
            "the query has no place for '" + name + "' here" + (isPost ? ": fields stand in the body" : ""),
            {.field = name});
    }
    return isPost ? fieldsFromBody(call.match, body, call.naming) : RestResult<Json>{Json::object()};
}

JobId RestService::start(const RestCall& call, std::string_view body, OnAnswer onAnswer)
{
    const auto fields = fieldsOf(call, body);
    if (!fields) {
        answerLater(onAnswer, toResponse(fields.error(), call.naming));
        return {};
    }
    if (call.document != RestDocument::None) {
        answerLater(onAnswer, responseWith(call.document, call.naming));
        return {};
    }
    if (call.waiting == RestWaiting::ForJob && m_jobsAlone >= kMostJobsAlone) {
        const std::string most = std::to_string(kMostJobsAlone);
        answerLater(onAnswer,
            toResponse({503, {ErrorCode::Busy, most + " jobs that nobody waits for go on already, which is the most"}},
                call.naming));
        return {};
    }
    return startOperation(call, *fields, std::move(onAnswer));
}

JobId RestService::startOperation(const RestCall& call, const Json& fields, OnAnswer onAnswer)
{
    const OperationSpec& spec = *call.match.route->operation;
    const auto exchange = std::make_shared<Exchange>(Exchange{std::move(onAnswer)});
    // The response is made where the answer is: megabytes of it would hold up all other clients here.
    const auto completion = [post = m_environment.post, weak = weak_from_this(), exchange, spec = &spec,
                                naming = call.naming](const Result<Json>& answer) {
        post([weak, exchange, response = responseTo(answer, *spec, naming)]() mutable {
            if (const auto service = weak.lock())
                service->answered(*exchange, std::move(response));
        });
    };
    const JobId job = m_environment.engine.start(spec.fullName(), fields, completion, Client{.kind = ClientKind::Rest});
    if (job == JobId{} || call.waiting == RestWaiting::ForAnswer)
        return job;
    exchange->isAlone = true;
    ++m_jobsAlone;
    answerLater(exchange->onAnswer, acceptedAs(job, call.naming));
    return {};
}

void RestService::answered(Exchange& exchange, RestResponse response)
{
    if (exchange.isAlone)
        --m_jobsAlone;
    else
        exchange.onAnswer(std::move(response));
}

void RestService::answerLater(const OnAnswer& onAnswer, RestResponse response)
{
    m_environment.post([onAnswer, response = std::move(response)]() mutable { onAnswer(std::move(response)); });
}

void RestService::cancel(JobId job)
{
    if (job != JobId{})
        (void)m_environment.engine.cancel(job); // one that has just ended needs none
}

RestResponse RestService::responseWith(RestDocument document, RestNaming naming)
{
    return document == RestDocument::Metrics ? metrics(naming) : RestResponse{.body = openApi(naming)};
}

const std::string& RestService::openApi(RestNaming naming)
{
    const auto [document, isNew] = m_openApi.try_emplace(naming);
    if (isNew)
        document->second = writeJson(openApiDocument(m_routes, naming));
    return document->second;
}

/// On the server's thread: even the longest text takes 16 ms (open_metrics.h), and the engine has no thread that is
/// nearer to it.
RestResponse RestService::metrics(RestNaming naming) const
{
    const auto& monitor = m_environment.engine.monitor;
    const MonitorSnapshotPtr snapshot = monitor ? monitor() : nullptr;
    if (!snapshot)
        return toResponse({503, {ErrorCode::Unsupported, "this engine does not watch itself"}}, naming);
    return {.contentType = kOpenMetricsType, .body = openMetricsText(*snapshot)};
}

} // namespace weightroom::engine
