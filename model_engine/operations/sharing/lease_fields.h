// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"
#include "model_engine/operations/sharing/leasing.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// The fields of operations that lend what is loaded: "model_id", "device_id" and "component_ids".
[[nodiscard]] std::vector<FieldSpec> leaseWishFields(std::string_view componentsHelp);
/// What they say.
[[nodiscard]] LeaseWish leaseWishFrom(const Arguments& arguments);
/// "domains": texts, at least `fewest` of them.
[[nodiscard]] FieldSpec domainsField(std::string_view help, std::int64_t fewest);
[[nodiscard]] std::set<SharingDomain> domainsFrom(const Arguments& arguments);

} // namespace weightroom::engine
