// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/sharing_json.h"

namespace weightroom::engine {

void addRelease(Json& row, const Release& release)
{
    row["freed_bytes"] = release.bytes.bytes().value;
    row["kept_bytes"] = release.bytes.kept().value;
    row["kept_by"] = Json::array();
    for (const auto& [key, bytes] : release.keptBy) {
        row["kept_by"].push_back(
            {{"model_id", key.model.text}, {"component_id", key.component.text}, {"shared_bytes", bytes.value}});
    }
}

Json sharingJson(const SharingSum& sum)
{
    Bytes held = sum.shared;
    for (const Bytes exclusive : sum.exclusive)
        held += exclusive;
    return {
        {"held_bytes", held.value},
        {"shared_bytes", sum.shared.value},
        {"saved_bytes", sum.saved.value},
    };
}

} // namespace weightroom::engine
