// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/operation_view.h"

namespace weightroom::ui {

/// Makes a request of what was typed into the form of an operation. A number that is none is sent as the text that it
/// is, so that the engine says what is wrong with it.
[[nodiscard]] OperationRequest operationRequest(const OperationView& operation, const OperationInput& input);

/// The same call for a shell: weightroomctl call model.get_model '{"model_id":"…"}'.
[[nodiscard]] QString operationCommand(const QString& operation, const QByteArray& json);

} // namespace weightroom::ui
