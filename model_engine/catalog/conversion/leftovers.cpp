// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/leftovers.h"

#include "model_engine/catalog/conversion/conversion_journal.h"
#include "model_engine/core/files/file_lock.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string_view>
#include <vector>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;
using FileTime = fs::file_time_type;

constexpr std::chrono::hours kMayBeWritten{1};
constexpr std::string_view kPrefix = ".weightroom-";
constexpr std::string_view kOfConversion = ".convert.part";
constexpr std::string_view kOfProcess = ".part"; ///< after ".folder" for folders

/// Of all that lies in it. Nothing when somebody changes it just now.
std::optional<FileTime> lastWritten(const fs::path& path)
{
    std::error_code failed;
    FileTime last = fs::last_write_time(path, failed);
    if (failed || !fs::is_directory(path, failed))
        return failed ? std::nullopt : std::optional{last};
    for (fs::recursive_directory_iterator entry{path, failed}; !failed && entry != fs::end(entry);
         entry.increment(failed)) {
        std::error_code gone;
        const FileTime time = entry->last_write_time(gone);
        if (!gone)
            last = std::max(last, time);
    }
    return failed ? std::nullopt : std::optional{last};
}

bool isIdle(const fs::path& path, std::chrono::hours since)
{
    const auto written = lastWritten(path);
    return written && FileTime::clock::now() - *written > since;
}

bool isRunning(pid_t process) { return ::kill(process, 0) == 0 || errno == EPERM; }

/// The process in ".weightroom-<process>-<number>.part" and ".weightroom-<process>-<number>.folder.part".
std::optional<pid_t> processIn(std::string_view name)
{
    name.remove_prefix(kPrefix.size());
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.begin(), name.end(), process);
    const bool isNumber = error == std::errc{} && end != name.end() && *end == '-' && process > 0;
    return isNumber ? std::optional{process} : std::nullopt;
}

bool canBeGoneOnWith(const fs::path& folder)
{
    std::error_code failed;
    const auto size = fs::file_size(folder / "journal", failed);
    return !failed && Bytes{size} >= ConversionJournal::kRecord;
}

void removeOutput(const fs::path& folder)
{
    std::error_code ignored;
    const auto wait = canBeGoneOnWith(folder) ? kPartialOutputKept : kMayBeWritten;
    if (!fs::is_directory(fs::symlink_status(folder, ignored)) || !isIdle(folder, wait))
        return;
    if (const auto lock = lockFile(folder / "journal", folder))
        fs::remove_all(folder, ignored);
}

void removeOfProcess(const fs::path& path, pid_t process)
{
    std::error_code ignored;
    if (!isRunning(process) && isIdle(path, kMayBeWritten))
        fs::remove_all(path, ignored);
}

std::vector<fs::path> hiddenIn(const fs::path& folder)
{
    std::vector<fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator entry{folder, failed}; !failed && entry != fs::end(entry); entry.increment(failed)) {
        const std::string name = entry->path().filename().native();
        if (name.starts_with(kPrefix) && name.ends_with(kOfProcess))
            found.push_back(entry->path());
    }
    return found;
}

} // namespace

void removeLeftovers(const fs::path& folder)
{
    for (const fs::path& path : hiddenIn(folder)) {
        const std::string name = path.filename().native();
        if (name.ends_with(kOfConversion))
            removeOutput(path);
        else if (const auto process = processIn(name))
            removeOfProcess(path, *process);
    }
}

} // namespace weightroom::engine
