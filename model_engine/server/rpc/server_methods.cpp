// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/server_methods.h"

#include "model_engine/operations/monitor/monitor_json.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

/// Grows when a client of the former version would not understand a message.
constexpr int kProtocol = 1;

/// Of one command line.
constexpr std::int64_t kMostFolders = 256;

constexpr std::array<std::pair<RpcTopic, std::string_view>, 4> kTopics{{
    {RpcTopic::OwnJobs, "own_jobs"},
    {RpcTopic::Jobs, "jobs"},
    {RpcTopic::State, "state"},
    {RpcTopic::Alerts, "alerts"},
}};

FieldSpec topicsField(std::string_view help)
{
    FieldSpec field{.name = "topics", .type = FieldType::TextList, .presence = Presence::Required, .help = help};
    for (const auto& [topic, text] : kTopics)
        field.allowed.push_back(text);
    field.minimum = 1;
    field.maximum = static_cast<std::int64_t>(kTopics.size());
    return field;
}

OperationSpec method(Name name, std::string_view summary, std::string_view answer, std::vector<FieldSpec> fields)
{
    return {.family = "server",
        .name = name,
        .summary = summary,
        .fields = std::move(fields),
        .errors = {},
        .answer = answer,
        .handler = {}};
}

Json fieldJson(const FieldSpec& field)
{
    return {
        {"name", field.name.text()},
        {"is_required", field.presence == Presence::Required},
        {"help", field.help},
    };
}

OperationRegistry makeMethods()
{
    OperationRegistry methods;
    methods.add(method("get_server_info", "Says who answers at the other end of this connection.",
        "name, version, protocol, program (whose engine it is: weightroom, weightroomctl), process_id, role (what this "
        "client may do: full or read_only)",
        {}));
    methods.add(method("get_operations", "Lists what can be called: the engine's operations and those of this family.",
        "operations, each with operation (its name), summary, answer, and fields: name, is_required, help", {}));
    methods.add(method("post_show_window", "Brings the window of the engine's program to the front.",
        "shown: true. Error unsupported: the engine has no window",
        {{.name = "folders",
            .type = FieldType::TextList,
            .help = "Absolute paths of folders that join its library and are scanned; left out: none.",
            .minimum = 1,
            .maximum = kMostFolders}}));
    methods.add(method("post_subscribe", "Tells this client of jobs and changes from now on, as notifications.",
        "topics: those that it is told of",
        {topicsField("own_jobs: jobs of this client's requests; jobs: those of everybody; state: that models, devices "
                     "or cache have changed; alerts: that one was raised, has recovered or was acknowledged.")}));
    methods.add(method("post_unsubscribe", "Tells this client of these topics no more.",
        "topics: those that it is still told of", {topicsField("The topics.")}));
    methods.add(method("post_slabs_send",
        "Hands this client memory of one of its leases: a descriptor for each slab goes along with the answer "
        "(SCM_RIGHTS), once.",
        "lease_id, first_slab, count; as many descriptors. Errors lease_not_found; invalid_value: there is no such "
        "slab, or it was sent already",
        {{.name = "lease_id",
             .type = FieldType::Integer,
             .presence = Presence::Required,
             .help = "A lease of this client.",
             .minimum = 1},
            {.name = "first_slab",
                .type = FieldType::Integer,
                .help = "Its place in the slabs of sharing.get_lease_tensors; left out: 0.",
                .minimum = 0},
            {.name = "count",
                .type = FieldType::Integer,
                .help = "How many; left out: 1.",
                .minimum = 1,
                .maximum = RpcSession::kMostSlabsAtOnce}}));
    return methods;
}

} // namespace

const OperationRegistry& serverMethods()
{
    static const OperationRegistry methods = makeMethods();
    return methods;
}

RpcTopic topicFrom(std::string_view text)
{
    const auto found = std::ranges::find(kTopics, text, &std::pair<RpcTopic, std::string_view>::second);
    return found == kTopics.end() ? RpcTopic::None : found->first;
}

Json topicsJson(const std::set<RpcTopic>& topics)
{
    Json texts = Json::array();
    for (const auto& [topic, text] : kTopics) {
        if (topics.contains(topic))
            texts.push_back(text);
    }
    return {{"topics", std::move(texts)}};
}

std::string alertNotification(const AlertChange& change)
{
    Json params = toJson(change.alert);
    params["change"] = toText(change.news);
    return rpcNotification("server.alert_changed", params);
}

Json serverInfo(ClientRole role)
{
    return {{"name", "weightroom"}, {"version", WEIGHTROOM_VERSION}, {"protocol", kProtocol},
        {"program", ::program_invocation_short_name}, {"process_id", ::getpid()}, {"role", toText(role)}};
}

Json operationsJson(const OperationRegistry& ofEngine)
{
    Json rows = Json::array();
    for (const OperationRegistry* registry : {&ofEngine, &serverMethods()}) {
        for (const OperationSpec& spec : registry->all()) {
            Json fields = Json::array();
            for (const FieldSpec& field : spec.fields)
                fields.push_back(fieldJson(field));
            rows.push_back({{"operation", spec.fullName()}, {"summary", spec.summary}, {"answer", spec.answer},
                {"fields", std::move(fields)}});
        }
    }
    return {{"operations", std::move(rows)}};
}

} // namespace weightroom::engine
