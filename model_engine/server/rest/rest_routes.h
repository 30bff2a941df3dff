// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/operation.h"
#include "model_engine/server/rest/rest_message.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// One way to an operation: GET /api/models/{modelId}/status.
struct RestRoute {
    const OperationSpec* operation = nullptr;
    std::string_view method; ///< "GET", "POST", "DELETE"
    std::string collection; ///< "models"
    const FieldSpec* item = nullptr; ///< the field whose value is the second segment; nullptr: there is none
    std::string last; ///< "status"; empty: there is none

    /// "/api/models/{modelId}/status": a field in braces, in camelCase.
    [[nodiscard]] std::string path() const;
};

/// The routes of a registry, derived by one rule (docs/rest.md) and never written down:
///
///   method      get and delete are what they say; post, and a name without a verb, is POST
///   collection  the family; in the plural where it has items, which is where an operation of it declares the field
///               "<family>_id"
///   item        the value of that field, where the operation has it; one that can do without it has two routes
///   last        what is left of the name without its verb and, in front or at its end, the word of the family
///
///   model.get_model             GET /api/models/{modelId}
///   model.get_available_models  GET /api/models/available
///   model.get_model_status      GET /api/models/{modelId}/status and GET /api/models/status
///   worker.optimize_cache       POST /api/worker/optimize_cache
///
/// What is lent to a client that is connected to the local socket (Caller::Connected) has none: nobody would notice the
/// end of one that asks by HTTP.
class RestRoutes {
public:
    /// The registry outlives this.
    explicit RestRoutes(const OperationRegistry& registry);

    [[nodiscard]] std::span<const RestRoute> all() const { return m_routes; }

    struct Match {
        const RestRoute* route = nullptr;
        std::string item; ///< as it stands in the path
    };
    /// The route at a path. A segment that is written in a route goes before one that is an item. Refuses with 404
    /// (nothing is there), and 405 with Allow (something is, by other methods).
    [[nodiscard]] RestResult<Match> find(std::string_view method, std::span<const std::string> segments) const;

private:
    std::vector<RestRoute> m_routes;
};

/// Where all routes begin.
inline constexpr std::string_view kRestRoot = "api";

} // namespace weightroom::engine
