// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/alerts/alert_book.h"
#include "model_engine/operations/operation.h"
#include "model_engine/server/rpc/rpc_session.h"

#include <set>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What concerns one connection and not the engine: declared as operations are, without handlers.
///
///     server.get_server_info    who answers, and what this client may do
///     server.get_operations     what can be called here
///     server.post_show_window   brings up the window, where there is one
///     server.post_subscribe     tells the client of jobs and changes from now on
///     server.post_unsubscribe   no more
///     server.post_slabs_send    hands it the memory of a lease, by descriptors
[[nodiscard]] const OperationRegistry& serverMethods();

/// Of a text that validation has let through.
[[nodiscard]] RpcTopic topicFrom(std::string_view text);
/// "topics": those that are subscribed to now.
[[nodiscard]] Json topicsJson(const std::set<RpcTopic>& topics);
/// "server.alert_changed": the alert as monitor.get_alerts gives it, and `change`, what has happened to it.
[[nodiscard]] std::string alertNotification(const AlertChange& change);
[[nodiscard]] Json serverInfo(ClientRole role);
/// "operations": those of an engine, and then those of its server; of each its full name, what it does, its fields and
/// what it answers.
[[nodiscard]] Json operationsJson(const OperationRegistry& ofEngine);

} // namespace weightroom::engine
