// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/client_role.h"
#include "model_engine/server/rpc/rpc_message.h"
#include "model_engine/server/served_engine.h"
#include "model_engine/server/socket/client_outbox.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What a client can be told of without asking.
enum class RpcTopic : std::uint8_t {
    None = 0,
    OwnJobs, ///< "own_jobs": the jobs of this client's requests
    Jobs, ///< "jobs": those of everybody
    State, ///< "state": models, devices or cache have changed
    Alerts, ///< "alerts": one was raised, has recovered or was acknowledged
};

/// One client of the local socket: its requests that have no answer yet, and what it wants to be told. Knows no socket:
/// lines come in by receive(), and go out by the outbox.
///
/// Lives on the server's thread; answers of the engine come to it by `post`. A client that goes takes its unfinished
/// jobs with it: they are cancelled and roll back.
class RpcSession : public std::enable_shared_from_this<RpcSession> {
public:
    struct Environment {
        ServedEngine& engine; ///< outlives the session
        ClientRole role = ClientRole::None;
        Client client{}; ///< who is at the other end
        /// Runs a function on the server's thread; any thread may call it.
        std::function<void(std::function<void()>)> post;
        /// The outbox has something to send.
        std::function<void()> wantsToSend;
    };

    explicit RpcSession(Environment environment);

    /// One line of the client.
    void receive(std::string_view line);
    /// Whether the client wants to hear of this job.
    [[nodiscard]] bool isTold(const JobSnapshot& job) const;
    /// News of the engine; `line` is the notification, the same for all clients.
    void jobChanged(const JobSnapshot& job, const std::string& line);
    void stateChanged(std::uint64_t revision);
    [[nodiscard]] bool isToldOfAlerts() const { return hasTopic(RpcTopic::Alerts); }
    void alertChanged(std::uint64_t number, const std::string& line);
    /// Requests without an answer: a server reads no more of a client that has many.
    [[nodiscard]] std::size_t openRequests() const { return m_open.size(); }
    [[nodiscard]] ClientOutbox& outbox() { return m_outbox; }
    /// A notification for this client alone.
    void tell(std::string_view method, const Json& params) { send(rpcNotification(method, params)); }
    [[nodiscard]] ClientId client() const { return m_environment.client.id; }
    /// Whether it has asked for what ends with it: leases.
    [[nodiscard]] bool isConsumer() const { return m_isConsumer; }
    /// The engine ends: who has leases keeps the memory that it has mapped, and gets nothing more.
    void tellEnd();
    /// Cancels its jobs; their answers still come, if the client is there to take them.
    void cancelAll();

    /// Descriptors that go with one answer.
    static constexpr std::int64_t kMostSlabsAtOnce = 16;
    /// Jobs of one client that have not ended; one more is refused, so that it can still say which to cancel.
    static constexpr std::size_t kMostOpenJobs = 16;

private:
    struct OpenRequest {
        Json id;
        JobId job{}; ///< {0}: a quick one
    };

    void carryOut(const RpcRequest& request);
    [[nodiscard]] bool isAllowed(const OperationSpec& spec, const RpcRequest& request) const;
    void start(const RpcRequest& request);
    void answered(std::uint64_t number, std::string line);
    Result<Json> serverMethod(const OperationSpec& spec, const RpcRequest& request);
    Result<Json> subscribe(const Arguments& arguments);
    Result<Json> unsubscribe(const Arguments& arguments);
    Result<Json> showWindow(const Arguments& arguments);
    void sendSlabs(const RpcRequest& request);
    void slabsTaken(std::uint64_t number, const SlabRequest& slabs, Result<SentSlabs> taken);
    void refuse(const RpcRequest& request, const Error& error);
    void send(std::string line, std::vector<UniqueFd> descriptors = {});
    [[nodiscard]] bool hasTopic(RpcTopic topic) const { return m_topics.contains(topic); }
    [[nodiscard]] std::size_t openJobs() const;

    const Environment m_environment;
    ClientOutbox m_outbox;
    std::map<std::uint64_t, OpenRequest> m_open; ///< by number
    std::set<JobId> m_ownJobs; ///< until their end was told, which may come after their answer
    std::uint64_t m_nextNumber = 1;
    std::set<RpcTopic> m_topics;
    bool m_isConsumer = false;
};

} // namespace weightroom::engine
