// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the window asks the engine about weights that other programs use.
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/share_text.h"
#include "ui/bridge/views/error_view.h"

namespace weightroom::ui {

void EngineBridge::unloadModel(const QString& modelId, WhenLeased whenLeased)
{
    engine::Json fields = modelRequest(modelId);
    if (whenLeased == WhenLeased::UnloadAnyway)
        fields["force"] = true;
    start({.operation = "model.post_model_unload", .fields = std::move(fields)});
}

void EngineBridge::shareModel(const QString& modelId, const QStringList& domains)
{
    engine::Json fields = modelRequest(modelId);
    fields["domains"] = engine::Json::array();
    for (const QString& domain : domains)
        fields["domains"].push_back(domain.toStdString());
    start({.operation = "model.post_model_share",
        .fields = std::move(fields),
        .next = [modelId](EngineBridge& bridge, const engine::Json& answer) {
            const QString outcome = shareText(answer, bridge.library().nameOf(modelId));
            if (answer.at("shared_domains").empty())
                Q_EMIT bridge.requestRefused({.sentence = outcome,
                    .advice = {},
                    .actions = {},
                    .detail = {},
                    .modelId = modelId,
                    .weight = ErrorWeight::Warning});
            else
                Q_EMIT bridge.modelShared(outcome);
        }});
}

} // namespace weightroom::ui
