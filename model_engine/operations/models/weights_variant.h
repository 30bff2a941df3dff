// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/operations/engine_services.h"

#include <string>

namespace weightroom::engine {

/// A pipeline while it is brought from one variant of its weights to another: nobody loads it meanwhile.
class VariantChange {
public:
    /// Reads the headers of the files that `variant` stands for (empty: the preferred ones). Changes nothing yet. On
    /// the thread of a job. Errors: ModelNotFound, Busy; ModelInUse, while anything of the model is cached or loaded,
    /// which would be weights of another variant than the files'; InvalidValue, when no component has such a variant.
    [[nodiscard]] static Result<VariantChange> prepare(
        EngineServices& services, const ModelId& model, const std::string& variant);

    /// Puts the model, as it was read, into the catalogue. On the engine thread.
    void takeOn();

private:
    VariantChange(EngineServices& services, ModelClaim claim, ModelRecordPtr record);

    EngineServices* m_services;
    ModelClaim m_claim;
    ModelRecordPtr m_record; ///< of the new variant
};

} // namespace weightroom::engine
