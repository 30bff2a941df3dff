// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/preload_text.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <set>
#include <string>

namespace weightroom::ui {
namespace {

struct PreloadText {
    Q_DECLARE_TR_FUNCTIONS(PreloadText)
};

/// "GPU_0, RAM cache": where the models of a plan go.
QString placesText(const engine::Json& plan)
{
    std::set<std::string> places;
    for (const engine::Json& model : plan.at("models"))
        places.insert(model.at("device_id").get<std::string>());
    QStringList texts;
    for (const std::string& place : places)
        texts.append(place == "cache" ? PreloadText::tr("RAM cache", "where models are kept ready") : plainText(place));
    return texts.join(QStringLiteral(", "));
}

/// What does not fit, or is not there; empty when all is well.
QStringList problemsOf(const engine::Json& needs)
{
    QStringList problems;
    const auto add = [&](const engine::Json& room, const QString& place, const char* capacity) {
        if (room.at("fits").get<bool>())
            return;
        const engine::Json& size = room.at(capacity);
        const QString needed = bytesText(room.at("needed_bytes").get<quint64>());
        problems.append(size.is_null() ? PreloadText::tr("there is no %1", "problem of a plan: device").arg(place)
                                       : PreloadText::tr("needs %1 of %2 in %3", "problem of a plan: size, size, place")
                                             .arg(needed, bytesText(size.get<quint64>()), place));
    };
    add(needs.at("cache"), PreloadText::tr("RAM cache", "where models are kept ready"), "budget_bytes");
    for (const engine::Json& device : needs.at("devices"))
        add(device, plainText(device.at("device_id").get<std::string>()), "capacity_bytes");
    if (const auto missing = static_cast<int>(needs.at("missing_model_ids").size()); missing > 0)
        problems.append(PreloadText::tr("%n models are not in the library", "problem of a plan", missing));
    return problems;
}

PreloadPlanView viewOf(const engine::Json& plan)
{
    const QStringList problems = problemsOf(plan.at("needs"));
    QStringList parts{
        PreloadText::tr("%n models", "of a plan", static_cast<int>(plan.at("models").size())), placesText(plan)};
    if (plan.at("runs_at_start").get<bool>())
        parts.append(PreloadText::tr("at every start", "when a plan runs"));
    return {.name = QString::fromStdString(plan.at("name").get<std::string>()),
        .text = (parts + problems).join(QStringLiteral(" \u00B7 ")),
        .hasProblem = !problems.isEmpty()};
}

} // namespace

QList<PreloadPlanView> preloadPlanViews(const engine::Json& answer)
{
    QList<PreloadPlanView> plans;
    for (const engine::Json& plan : answer.at("plans"))
        plans.append(viewOf(plan));
    return plans;
}

engine::Json preloadPlanRequest(const PreloadPlanRequest& plan)
{
    engine::Json ids = engine::Json::array();
    for (const QString& id : plan.modelIds)
        ids.push_back(id.toStdString());
    return {
        {"name", plan.name.toStdString()},
        {"model_ids", std::move(ids)},
        {"device_ids", engine::Json::array({plan.deviceId.isEmpty() ? "cache" : plan.deviceId.toStdString()})},
        {"run_at_start", plan.runsAtStart},
    };
}

} // namespace weightroom::ui
