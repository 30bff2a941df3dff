// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// How requests, answers and the file spell that a model is to be ready in the RAM cache, on no device.
inline constexpr std::string_view kPreloadIntoCache = "cache";

/// A model that is to be ready, and where.
struct PreloadEntry {
    ModelId model;
    DeviceId device; ///< empty: in the RAM cache

    friend bool operator==(const PreloadEntry&, const PreloadEntry&) = default;
};

/// `place`: the id of a device, or kPreloadIntoCache.
[[nodiscard]] PreloadEntry preloadEntry(const std::string& model, const std::string& place);
[[nodiscard]] std::string placeOf(const PreloadEntry& entry);

/// The models of somebody's work, under a name.
struct PreloadPlan {
    std::string name;
    std::vector<PreloadEntry> entries; ///< the first is the most urgent
    bool runsAtStart = false;
    bool isUnfinished = false; ///< it was at work when the program ended: goes on at the next start

    friend bool operator==(const PreloadPlan&, const PreloadPlan&) = default;
};

/// The plan that a restart is made with (preload.post_restart_plan); the next restart replaces it.
inline constexpr std::string_view kRestartPlan = "Loaded before the restart";

inline constexpr std::size_t kMostPreloadPlans = 100;
inline constexpr std::size_t kMostPreloadEntries = 256;
inline constexpr std::size_t kLongestPlanName = 100; ///< bytes

/// The preload plans, kept in one JSON file. Thread-safe; the mutex is held over reading and writing the file, so only
/// threads of jobs may ask.
class PreloadPlans {
public:
    /// `file` empty: the plans live as long as the object.
    explicit PreloadPlans(std::filesystem::path file);

    /// In the order of their names. Errors: those of reading the file; InvalidJson and InvalidValue, where somebody
    /// else has written into it: it is left alone.
    [[nodiscard]] Result<std::vector<PreloadPlan>> all();
    /// Errors: PreloadPlanNotFound, and those of all().
    [[nodiscard]] Result<PreloadPlan> find(const std::string& name);
    /// Adds a plan, or takes the place of the one of this name. Errors: InvalidValue, with the field, for a name or a
    /// number of entries beyond the limits; those of all(), and of writing the file.
    [[nodiscard]] Result<> put(const PreloadPlan& plan);
    /// Errors: as find(), and of writing the file.
    [[nodiscard]] Result<> remove(const std::string& name);
    /// Notes that a plan has begun, or has ended. A plan that is gone meanwhile is no error.
    [[nodiscard]] Result<> setUnfinished(const std::string& name, bool isUnfinished);

private:
    using Plans = std::vector<PreloadPlan>;
    [[nodiscard]] Result<> load();
    [[nodiscard]] Result<> change(const std::function<Result<>(Plans&)>& change);

    const std::filesystem::path m_file;
    std::mutex m_mutex; ///< guards what follows, and the file
    Plans m_plans;
    bool m_isLoaded = false;
};

[[nodiscard]] Json toJson(const PreloadPlan& plan);

} // namespace weightroom::engine
