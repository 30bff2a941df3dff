// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/model_settings_rows.h"

#include <utility>

namespace weightroom::engine {

Result<ModelSettingsRows> readModelSettings(const Database& database)
{
    auto select = database.prepare("SELECT model_id, document FROM model_settings");
    if (!select)
        return fail(std::move(select).error());
    ModelSettingsRows rows;
    for (;;) {
        auto row = select->step();
        if (!row)
            return fail(std::move(row).error());
        if (!*row)
            return rows;
        ModelId model{select->text(0)};
        if (auto document = parseJson(select->text(1)))
            rows.documents.emplace(std::move(model), std::move(*document));
        else
            rows.unreadable.push_back(std::move(model));
    }
}

Result<> writeModelSettings(const Database& database, const ModelId& model, const Json& document)
{
    const std::string text = writeJson(document);
    if (const std::size_t limit = JsonLimits{}.maxBytes; text.size() > limit) {
        return fail(ErrorCode::InvalidValue,
            "the settings of '" + model.text + "' have " + std::to_string(text.size()) + " bytes, the limit is "
                + std::to_string(limit),
            {.modelId = model});
    }
    auto insert = database.prepare("INSERT OR REPLACE INTO model_settings(model_id, document) VALUES(?1, ?2)");
    if (!insert)
        return fail(std::move(insert).error());
    return insert->bindText(1, model.text).bindText(2, text).run();
}

Result<> removeModelSettings(const Database& database, const ModelId& model)
{
    auto remove = database.prepare("DELETE FROM model_settings WHERE model_id = ?1");
    if (!remove)
        return fail(std::move(remove).error());
    return remove->bindText(1, model.text).run();
}

} // namespace weightroom::engine
