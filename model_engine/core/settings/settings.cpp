// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/settings.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/files/user_folders.h"
#include "model_engine/core/settings/feature_table.h"
#include "model_engine/core/settings/number_setting.h"
#include "model_engine/core/system/memory_limit.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr Bytes kLargestSettingsFile = kMiB;
constexpr std::size_t kMostHostDevices = 16;
/// A host device below this cannot hold one tensor of alignment size plus bookkeeping; above it nobody has the RAM.
constexpr Bytes kSmallestMemory = kMiB;
constexpr Bytes kLargestMemory = kGiB * 4096;
/// Enough for a checkpoint of SD 1.5 or for the start of a larger one, while the rest is made.
constexpr Bytes kMostPoolReady = kGiB * 2;

tl::unexpected<Error> invalid(std::string_view field, std::string detail)
{
    return fail(ErrorCode::InvalidValue, "setting '" + std::string{field} + "': " + std::move(detail),
        {.field = std::string{field}});
}

Result<Bytes> memoryFrom(std::string_view field, const Json& value)
{
    if (!value.is_number_unsigned() && !value.is_number_integer())
        return invalid(field, "must be a whole number of bytes");
    const auto bytes = value.is_number_unsigned()
        ? value.get<std::uint64_t>()
        : static_cast<std::uint64_t>(std::max<std::int64_t>(value.get<std::int64_t>(), 0));
    if (bytes < kSmallestMemory.value || bytes > kLargestMemory.value)
        return invalid(field, "must be from " + toText(kSmallestMemory) + " to " + toText(kLargestMemory));
    return Bytes{bytes};
}

Result<std::filesystem::path> folderFrom(const Json& value)
{
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return invalid("model_folders", "must hold paths that are not empty");
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos)
        return invalid("model_folders", "a path holds a NUL");
    // The file is JSON: other bytes would come back from it as another path.
    if (!isValidUtf8(text))
        return invalid("model_folders", "'" + toValidUtf8(text) + "' is not UTF-8, it could not be kept");
    std::filesystem::path path{text};
    if (!path.is_absolute())
        return invalid("model_folders", "'" + text + "' is not an absolute path");
    return path;
}

Result<> readFolders(const Json& value, Settings& settings)
{
    if (!value.is_array())
        return invalid("model_folders", "must be a list of paths");
    settings.modelFolders.clear();
    for (const Json& folder : value) {
        auto path = folderFrom(folder);
        if (!path)
            return fail(std::move(path).error());
        if (std::ranges::find(settings.modelFolders, *path) == settings.modelFolders.end())
            settings.modelFolders.push_back(std::move(*path));
    }
    return {};
}

Result<> readCacheBudget(const Json& value, Settings& settings)
{
    auto bytes = memoryFrom("cache_budget_bytes", value);
    if (!bytes)
        return fail(std::move(bytes).error());
    settings.cacheBudget = *bytes;
    return {};
}

/// 0 has a meaning of its own.
Result<Bytes> memoryOrZeroFrom(std::string_view field, const Json& value)
{
    if (value.is_number_integer() && value == 0)
        return Bytes{};
    return memoryFrom(field, value);
}

/// 0 leaves the choice to us.
Result<> readMemoryReserve(const Json& value, Settings& settings)
{
    auto bytes = memoryOrZeroFrom("memory_reserve_bytes", value);
    if (!bytes)
        return fail(std::move(bytes).error());
    settings.memoryReserve = *bytes;
    return {};
}

/// 0 makes nothing ready.
Result<> readPoolReady(const Json& value, Settings& settings)
{
    auto bytes = memoryOrZeroFrom("pool_ready_bytes", value);
    if (!bytes)
        return fail(std::move(bytes).error());
    settings.poolReady = *bytes;
    return {};
}

Result<> readHostDevices(const Json& value, Settings& settings)
{
    if (!value.is_array() || value.size() > kMostHostDevices)
        return invalid("host_device_bytes", "must be a list of at most " + std::to_string(kMostHostDevices) + " sizes");
    settings.hostDevices.clear();
    for (const Json& size : value) {
        auto bytes = memoryFrom("host_device_bytes", size);
        if (!bytes)
            return fail(std::move(bytes).error());
        settings.hostDevices.push_back(*bytes);
    }
    return {};
}

Result<> readFlag(std::string_view field, const Json& value, bool& flag)
{
    if (!value.is_boolean())
        return invalid(field, "must be true or false");
    flag = value.get<bool>();
    return {};
}

Result<> readUseCuda(const Json& value, Settings& settings) { return readFlag("use_cuda", value, settings.useCuda); }

Result<> readHashWhenIdle(const Json& value, Settings& settings)
{
    return readFlag("hash_when_idle", value, settings.hashWhenIdle);
}

Result<> readRestEnabled(const Json& value, Settings& settings)
{
    return readFlag("rest_enabled", value, settings.restEnabled);
}

Result<> readNumber(const NumberSetting& number, const Json& value, Settings& settings)
{
    // Limits are not negative; a number beyond 63 bits becomes so.
    const auto whole = value.is_number_integer() ? value.get<std::int64_t>() : std::int64_t{-1};
    if (whole < number.minimum || whole > number.maximum)
        return invalid(number.name.text(),
            "must be a whole number from " + std::to_string(number.minimum) + " to " + std::to_string(number.maximum));
    number.set(settings, whole);
    return {};
}

constexpr std::array<std::pair<EvictionChoice, std::string_view>, 3> kEvictionChoices{{
    {EvictionChoice::Auto, "auto"},
    {EvictionChoice::LeastRecentlyUsed, "lru"},
    {EvictionChoice::Value, "value"},
}};

Result<> readEvictionPolicy(const Json& value, Settings& settings)
{
    for (const auto& [choice, text] : kEvictionChoices) {
        if (value == text) {
            settings.evictionPolicy = choice;
            return {};
        }
    }
    return invalid("eviction_policy", "must be auto, lru or value");
}

Result<> readOptimizationLevel(const Json& value, Settings& settings)
{
    const auto level = value.is_string() ? optimizationLevelFromText(value.get<std::string>()) : std::nullopt;
    if (!level)
        return invalid("optimization_level", "must be none, balanced or aggressive");
    settings.optimizationLevel = *level;
    return {};
}

/// What the machine has; 1 GiB where the system does not tell.
Bytes physicalMemory()
{
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long pageSize = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && pageSize > 0 ? Bytes{static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(pageSize)}
                                     : kGiB;
}

struct Field {
    std::string_view name;
    Result<> (*read)(const Json&, Settings&);
};
constexpr std::array<Field, 10> kFields{{
    {"model_folders", readFolders},
    {"cache_budget_bytes", readCacheBudget},
    {"memory_reserve_bytes", readMemoryReserve},
    {"host_device_bytes", readHostDevices},
    {"use_cuda", readUseCuda},
    {"pool_ready_bytes", readPoolReady},
    {"hash_when_idle", readHashWhenIdle},
    {"eviction_policy", readEvictionPolicy},
    {"optimization_level", readOptimizationLevel},
    {"rest_enabled", readRestEnabled},
}};

std::string settingNames()
{
    std::string names;
    for (const Field& field : kFields)
        names.append(names.empty() ? "" : ", ").append(field.name);
    for (const NumberSetting& number : numberSettings())
        names.append(", ").append(number.name.text());
    for (const FeatureSpec& feature : featureTable())
        names.append(", ").append(feature.name.text());
    return names;
}

Result<> readSetting(std::string_view name, const Json& value, Settings& settings)
{
    if (const FeatureSpec* feature = findFeature(name))
        return readFlag(name, value, settings.*feature->setting);
    if (const NumberSetting* number = findNumberSetting(name))
        return readNumber(*number, value, settings);
    const auto field = std::ranges::find(kFields, name, &Field::name);
    if (field == kFields.end())
        return fail(ErrorCode::UnknownField,
            "there is no setting '" + std::string{name} + "'; there are " + settingNames(),
            {.field = std::string{name}});
    return field->read(value, settings);
}

} // namespace

std::string_view toText(EvictionChoice choice)
{
    for (const auto& [known, text] : kEvictionChoices) {
        if (known == choice)
            return text;
    }
    return "none";
}

Bytes systemMemory()
{
    const Bytes physical = physicalMemory();
    return std::min(physical, controlGroupMemoryLimit().value_or(physical));
}

Settings defaultSettings(Bytes totalRam)
{
    const auto share = [totalRam](std::uint64_t parts) { return Bytes{alignDown(totalRam.value / parts, kMiB.value)}; };
    const Bytes cacheBudget = std::clamp(share(2), kGiB, kGiB * 64);
    return {
        .modelFolders = {},
        .cacheBudget = cacheBudget,
        .hostDevices = {std::max(share(3), kGiB)},
        .useCuda = true,
        .memoryReserve = {},
        .poolReady = std::min(Bytes{alignDown(cacheBudget.value / 4, kMiB.value)}, kMostPoolReady),
        .hashWhenIdle = true,
        .shareContents = true,
        .evictionPolicy = EvictionChoice::Auto,
    };
}

Result<Settings> settingsFromJson(const Json& document, const Settings& defaults)
{
    if (!document.is_object())
        return fail(ErrorCode::InvalidValue, "the settings must be a JSON object");
    Settings settings = defaults;
    for (const auto& [name, value] : document.items()) {
        if (auto read = readSetting(name, value, settings); !read)
            return fail(std::move(read).error());
    }
    return settings;
}

Json toJson(const Settings& settings)
{
    Json folders = Json::array();
    for (const auto& folder : settings.modelFolders)
        folders.push_back(folder.string());
    Json hostDevices = Json::array();
    for (const Bytes capacity : settings.hostDevices)
        hostDevices.push_back(capacity.value);
    Json document{
        {"model_folders", std::move(folders)},
        {"cache_budget_bytes", settings.cacheBudget.value},
        {"memory_reserve_bytes", settings.memoryReserve.value},
        {"host_device_bytes", std::move(hostDevices)},
        {"use_cuda", settings.useCuda},
        {"pool_ready_bytes", settings.poolReady.value},
        {"hash_when_idle", settings.hashWhenIdle},
        {"eviction_policy", toText(settings.evictionPolicy)},
        {"optimization_level", toText(settings.optimizationLevel)},
        {"rest_enabled", settings.restEnabled},
    };
    for (const NumberSetting& number : numberSettings())
        document[std::string{number.name.text()}] = number.get(settings);
    for (const FeatureSpec& feature : featureTable())
        document[std::string{feature.name.text()}] = settings.*feature.setting;
    return document;
}

Result<Settings> loadSettings(const std::filesystem::path& file, const Settings& defaults)
{
    auto content = readSmallFile(file, kLargestSettingsFile);
    if (!content && content.error().code == ErrorCode::NotFound)
        return defaults;
    if (!content)
        return fail(std::move(content).error());
    auto document = parseJson(*content);
    auto settings =
        document ? settingsFromJson(*document, defaults) : Result<Settings>(fail(std::move(document).error()));
    if (!settings) {
        Error error = std::move(settings).error();
        error.detail = "'" + file.string() + "' cannot be used: " + error.detail;
        error.context.path = file.string();
        return fail(std::move(error));
    }
    return settings;
}

Result<> saveSettings(const std::filesystem::path& file, const Settings& settings)
{
    return writeFileAtomically(file, writeJson(toJson(settings), 2) + "\n");
}

std::filesystem::path defaultSettingsFile() { return userConfigFolder() / "settings.json"; }

} // namespace weightroom::engine
