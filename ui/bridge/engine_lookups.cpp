// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the window asks the engine without changing anything.
#include "ui/bridge/conversion/load_record_values.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/compatibility_text.h"
#include "ui/bridge/text/deletion_text.h"
#include "ui/bridge/text/details_text.h"
#include "ui/bridge/text/load_preview_text.h"
#include "ui/bridge/text/preload_text.h"

namespace weightroom::ui {

void EngineBridge::requestDetails(const QString& modelId)
{
    start({.operation = "model.get_model_metadata",
        .fields = modelRequest(modelId),
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.detailsReady(modelDetails(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::requestCompatibility(const QString& modelId)
{
    start({.operation = "model.get_model_compatibility",
        .fields = modelRequest(modelId),
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.compatibilityReady(compatibilityView(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::requestLayout(const QByteArray& path)
{
    start({.operation = "library.get_library_layout",
        .fields = {{"path", path.toStdString()}},
        .next = [](EngineBridge& bridge, const engine::Json& answer) { Q_EMIT bridge.layoutReady(layoutView(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::planDeletion(const QString& modelId)
{
    engine::Json fields = modelRequest(modelId);
    fields["dry_run"] = true;
    start({.operation = "model.delete_model",
        .fields = std::move(fields),
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.deletionPlanned(deletionView(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::requestPreloadPlans()
{
    start({.operation = "preload.get_preload_plans",
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.preloadPlansReady(preloadPlanViews(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::requestLoadPreview(const QString& modelId, const QString& deviceId)
{
    engine::Json fields = modelRequest(modelId);
    fields["device_id"] = deviceId.toStdString();
    // Nobody has asked for it: a file that cannot be read is told of when it is loaded.
    start({.operation = "model.get_model_load_preview",
        .fields = std::move(fields),
        .next =
            [](EngineBridge& bridge, const engine::Json& answer) {
                Q_EMIT bridge.loadPreviewReady(loadPreviewView(answer, bridge.library()));
            },
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent});
}

void EngineBridge::requestLoadRecords(const QString& modelId)
{
    start({.operation = "model.get_model_load_records",
        .fields = modelRequest(modelId),
        .next = [modelId](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.loadRecordsReady(loadRecordsView(modelId, answer)); },
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent});
}

} // namespace weightroom::ui
