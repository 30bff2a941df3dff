// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/engine_bridge.h"

#include <functional>
#include <string>

namespace weightroom::ui {

// For the files of EngineBridge alone.

/// What is asked of the engine, kept so that it can be asked again.
struct EngineBridge::Request {
    /// Look-ups and small changes are jobs too, but none that the activity list should tell of.
    enum class Visibility : quint8 { Shown = 0, Quiet };
    /// Whether the user hears that it failed: not of what they have not asked for.
    enum class Failure : quint8 { Told = 0, Silent };

    std::string operation;
    engine::Json fields = engine::Json::object();
    /// When it succeeded, with the answer; on the GUI thread.
    std::function<void(EngineBridge&, const engine::Json&)> next{};
    Visibility visibility = Visibility::Shown;
    Failure failure = Failure::Told;
    /// When it failed, after the user was told; on the GUI thread.
    std::function<void(EngineBridge&, const engine::Error&)> refused{};
    /// In place of `next`, for an answer that may be large: makes of it what is then done on the GUI thread. Called on
    /// a thread of the engine, so it may only use what it has captured.
    std::function<std::function<void(EngineBridge&)>(const engine::Json&)> prepare{};
    bool becameJob = false;

    [[nodiscard]] bool isShown() const { return becameJob && visibility == Visibility::Shown; }
};

[[nodiscard]] inline engine::Json modelRequest(const QString& modelId) { return {{"model_id", modelId.toStdString()}}; }

} // namespace weightroom::ui
