// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any operation of the engine, as the window "Operations" asks for it.
#include "ui/bridge/conversion/operation_answer.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/error_text.h"

namespace weightroom::ui {

quint64 EngineBridge::callOperation(const OperationCall& call)
{
    const quint64 number = call.number;
    const auto fields =
        engine::parseJson(std::string_view{call.json.constData(), static_cast<std::size_t>(call.json.size())});
    return start({.operation = call.operation.toStdString(),
        .fields = fields ? *fields : engine::Json(),
        .failure = Request::Failure::Silent,
        .refused =
            [number](EngineBridge& bridge, const engine::Error& error) {
                Q_EMIT bridge.operationEnded({.call = number,
                    .error = errorView(error, bridge.memory()),
                    .field = QString::fromStdString(error.context.field)});
            },
        .prepare =
            [number](const engine::Json& answer) {
                return [outcome = OperationOutcome{.call = number, .answer = operationAnswer(answer)}](
                           EngineBridge& bridge) { Q_EMIT bridge.operationEnded(outcome); };
            }});
}

} // namespace weightroom::ui
