// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/rules/tables.h"

#include <array>

namespace weightroom::engine {

std::span<const RuleTable> ruleTables()
{
    static const std::array kTables{controlnetRules(), fluxRules(), transformerRules(), diffusersTransformerRules(),
        otherMediaRules(), ldmRules(), diffusersUnetRules(), adapterRules(), vaeRules(), otherVaeRules(), clipRules(),
        t5Rules(), languageRules(), visionRules(), upscalerRules(), embeddingRules(), languageModelRules()};
    return kTables;
}

} // namespace weightroom::engine
