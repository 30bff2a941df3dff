// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/rest/rest_guard.h"
#include "model_engine/server/rest/rest_routes.h"
#include "model_engine/server/rest/rest_target.h"
#include "model_engine/server/served_engine.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What a client waits for: the answer, or (Prefer: respond-async) only the number of the job.
enum class RestWaiting : std::uint8_t { ForAnswer = 0, ForJob };

/// What can be read beside the answers of operations.
enum class RestDocument : std::uint8_t {
    None = 0,
    OpenApi, ///< GET /api/openapi.json
    Metrics, ///< GET /metrics
};

/// What a request asks for, as its head says.
struct RestCall {
    RestDocument document = RestDocument::None;
    RestRoutes::Match match; ///< has a route, where no document is asked for
    RestTarget target; ///< its query has only fields any more
    RestNaming naming = RestNaming::Snake;
    RestWaiting waiting = RestWaiting::ForAnswer;
};

/// The REST door without its sockets: from a request to an operation, and from its answer to a response.
///
///     RestHead ─▶ admit ─▶ RestRoutes ─▶ RestCall ─▶ fields ─▶ ServedEngine
///                                     RestResponse ◀─ names ◀─────┘
///
/// Lives on the server's thread; answers of the engine come to it by `post`.
class RestService : public std::enable_shared_from_this<RestService> {
public:
    struct Environment {
        ServedEngine& engine; ///< outlives the service
        std::uint16_t port = 0; ///< ours
        RestTokens tokens;
        /// Runs a function on the server's thread; any thread may call it.
        std::function<void(std::function<void()>)> post;
    };
    using OnAnswer = std::function<void(RestResponse)>;

    explicit RestService(Environment environment);

    /// Looks at a request before its body is read: nothing of a body is taken from who may not send one.
    [[nodiscard]] tl::expected<RestCall, RestResponse> check(const RestHead& head) const;
    /// Carries it out. `onAnswer` is called once, on the server's thread, after this has returned. The job that the
    /// client waits for; {0}: none, or one that goes on without it.
    JobId start(const RestCall& call, std::string_view body, OnAnswer onAnswer);
    /// For a client that has gone: the job rolls back.
    void cancel(JobId job);

    /// Jobs that go on without a client; one more is refused.
    static constexpr std::size_t kMostJobsAlone = 16;

private:
    struct Exchange;
    [[nodiscard]] RestResult<void> read(const RestHead& head, RestCall& call) const;
    [[nodiscard]] RestResult<void> readRoute(const RestHead& head, ClientRole role, RestCall& call) const;
    [[nodiscard]] RestResult<Json> fieldsOf(const RestCall& call, std::string_view body) const;
    JobId startOperation(const RestCall& call, const Json& fields, OnAnswer onAnswer);
    void answered(Exchange& exchange, RestResponse response);
    void answerLater(const OnAnswer& onAnswer, RestResponse response);
    [[nodiscard]] RestResponse responseWith(RestDocument document, RestNaming naming);
    [[nodiscard]] const std::string& openApi(RestNaming naming);
    [[nodiscard]] RestResponse metrics(RestNaming naming) const;

    const Environment m_environment;
    const RestRoutes m_routes;
    std::size_t m_jobsAlone = 0;
    std::map<RestNaming, std::string> m_openApi; ///< made when they are first asked for
};

} // namespace weightroom::engine
