// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/prediction_marks.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

namespace weightroom::engine {

std::vector<std::string_view> marksOfScheduler(const std::filesystem::path& folder)
{
    const auto text = readSmallFile(folder / "scheduler" / "scheduler_config.json", kMiB);
    const auto config = text ? parseJson(*text) : Result<Json>(fail(text.error()));
    if (!config || !config->is_object())
        return {};
    std::vector<std::string_view> marks;
    const auto has = [&](const char* field, const Json& value) {
        return config->contains(field) && config->at(field) == value;
    };
    if (has("prediction_type", "v_prediction"))
        marks.push_back(kPredictsVMark);
    if (has("rescale_betas_zero_snr", true))
        marks.push_back(kZeroSnrMark);
    return marks;
}

} // namespace weightroom::engine
