// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"
#include "model_engine/core/settings/precision_choice.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Which components leave the RAM cache first. Auto: as measurements speak for.
enum class EvictionChoice : std::uint8_t { None = 0, Auto, LeastRecentlyUsed, Value };
[[nodiscard]] std::string_view toText(EvictionChoice choice); ///< "none", "auto", "lru", "value"

/// Of the registered ports, and none that another program is known for.
inline constexpr std::uint16_t kDefaultRestPort = 9767;

/// When the user is told that something is not as it should be (P3). A threshold of 0 switches its alert off.
struct AlertSettings {
    int memoryPercent = 90; ///< of the memory of a device that is in use
    std::chrono::seconds loadTime{30}; ///< that loads to a device take on average
    int errorPercent = 5; ///< of the loads to a device that fail
    std::chrono::seconds hold{10}; ///< how long it has to last, and to be over
    int hysteresisPercent = 5; ///< of the threshold, below it: there it is over

    friend bool operator==(const AlertSettings&, const AlertSettings&) = default;
};

/// How long the history keeps what.
struct HistorySettings {
    std::chrono::days minutes{7};
    std::chrono::days hours{365}; ///< loads and alerts too

    friend bool operator==(const HistorySettings&, const HistorySettings&) = default;
};

/// What the user has chosen and what is kept across runs, in one JSON file.
struct Settings {
    std::vector<std::filesystem::path> modelFolders; ///< absolute, each once, in the order of the user
    Bytes cacheBudget; ///< RAM for cached weights
    std::vector<Bytes> hostDevices; ///< capacities of HOST_0, HOST_1, …
    bool useCuda = true; ///< false: no CUDA driver is opened
    Bytes memoryReserve{}; ///< RAM that the cache leaves to other programs; 0: chosen by us (defaultMemoryReserve())
    Bytes poolReady{}; ///< memory that is made ready before the first load, in idle time
    std::chrono::seconds poolKeep{300}; ///< so long memory stays ready that nothing needs; 0: not at all
    bool hashWhenIdle = true; ///< whether hashes of the models are taken while nobody wants anything
    bool shareContents = true; ///< whether loads that begin from now on hold equal tensors once
    EvictionChoice evictionPolicy = EvictionChoice::Auto;
    /// Of loads to a device that are not asked for another one.
    OptimizationLevel optimizationLevel = OptimizationLevel::Balanced;
    bool predictiveCaching = true; ///< whether what is likely next is read into the cache while nobody wants anything
    bool directIo = true; ///< whether files are read past the page cache where that can be
    bool precisionConversion = true; ///< whether loads to a device may convert anything
    bool shareWithProcesses = true; ///< whether other programs may attach to what is loaded
    bool restEnabled = false; ///< whether an engine that serves other programs does so by HTTP too, from its start on
    std::uint16_t restPort = kDefaultRestPort; ///< where
    AlertSettings alerts{};
    HistorySettings history{};

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Half of the RAM for the cache, from 1 to 64 GiB, and a third of it for one host device, at least 1 GiB. `totalRam`
/// is what this process may have (systemMemory()).
[[nodiscard]] Settings defaultSettings(Bytes totalRam);
/// The RAM of the machine, or the limit that a container or a service has set below it (controlGroupMemoryLimit()).
[[nodiscard]] Bytes systemMemory();

/// A file that is not there gives the defaults. Errors: InvalidJson, InvalidValue (with the field), IoError.
[[nodiscard]] Result<Settings> loadSettings(const std::filesystem::path& file, const Settings& defaults);
/// Replaces the file atomically, and makes the folders above it. Errors: those of writeFileAtomically(); the file that
/// was there stays.
[[nodiscard]] Result<> saveSettings(const std::filesystem::path& file, const Settings& settings);
/// All fields, as settingsFromJson() reads them.
[[nodiscard]] Json toJson(const Settings& settings);
/// Fields that the document does not name keep their value of `defaults`. Errors: UnknownField, InvalidValue.
[[nodiscard]] Result<Settings> settingsFromJson(const Json& document, const Settings& defaults);

/// $XDG_CONFIG_HOME/weightroom/settings.json, or below ~/.config.
[[nodiscard]] std::filesystem::path defaultSettingsFile();

} // namespace weightroom::engine
