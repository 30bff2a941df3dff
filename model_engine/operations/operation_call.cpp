// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/operation_call.h"

#include <exception>
#include <string>

namespace weightroom::engine {
namespace {

/// The answer; an error gets to know the operation it came from.
Result<Json> inOperation(const OperationSpec& spec, Result<Json> answer)
{
    if (!answer)
        answer.error().context.operation = std::string{spec.name.text()};
    return answer;
}

Result<Json> runQuick(const OperationSpec& spec, const Arguments& arguments)
try {
    return inOperation(spec, spec.handler(arguments, nullptr));
} catch (const std::exception& error) {
    return inOperation(spec, fail(ErrorCode::Internal, error.what()));
}

} // namespace

Result<Arguments> argumentsFor(
    const OperationRegistry& registry, std::string_view operation, const Json& request, const Client& client)
{
    const OperationSpec* const spec = registry.find(operation);
    if (!spec) {
        return fail(ErrorCode::UnknownOperation, "there is no operation '" + std::string{operation} + "'",
            {.operation = std::string{operation}});
    }
    auto arguments = validate(*spec, request);
    if (!arguments)
        return arguments;
    if (spec->caller == Caller::Connected && client.isNobody()) {
        return fail(ErrorCode::Unsupported,
            "'" + spec->fullName()
                + "' lends something: only a program that is connected to the local socket can ask for it",
            {.operation = std::string{spec->name.text()}});
    }
    arguments->setClient(client);
    return arguments;
}

Result<Json> runOperation(const OperationSpec& spec, const Arguments& arguments, JobContext* job)
{
    return job ? inOperation(spec, spec.handler(arguments, job)) : runQuick(spec, arguments);
}

} // namespace weightroom::engine
