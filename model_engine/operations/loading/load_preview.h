// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/plan/load_forecast.h"
#include "model_engine/loader/precision/precision_preview.h"
#include "model_engine/operations/loading/model_loading.h"

#include <span>
#include <vector>

namespace weightroom::engine {

/// What a load would take and move, before it does.
struct LoadPreview {
    struct Component {
        ComponentId id;
        ComponentKind kind = ComponentKind::Other;
        Bytes size; ///< as it is stored
        bool isCached = false;
    };
    std::vector<Component> components; ///< that would be loaded, in the order of the plan
    PrecisionPreview precision; ///< of the same
    std::set<ComponentId> present; ///< on the device already, as they are wanted
    Bytes newOnDevice; ///< with alignment; what lies there already, under whatever name, is not counted
    Bytes newInCache; ///< likewise
    LoadWork work;
    LoadForecast forecast;
};

/// Of a load whose plan is made. What is `present` is left out. Not on the engine thread.
[[nodiscard]] LoadPreview previewOf(
    EngineServices& services, TransferLane* lane, const LoadPlan& plan, std::span<const InputFile> files);

/// Opens the files and reads their headers; takes nothing. What equal contents will save is known as far as the files
/// were read before. On a job's thread. Errors: ModelNotFound; those of opening and reading the files and of
/// planLoad().
[[nodiscard]] Result<LoadPreview> previewLoad(EngineServices& services, const LoadWish& wish);

} // namespace weightroom::engine
