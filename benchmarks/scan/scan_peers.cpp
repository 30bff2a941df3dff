// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/scan_peers.h"

#include "benchmarks/scan/child_process.h"
#include "model_engine/core/files/file.h"

#include <simdjson.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;

double secondsSince(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

Result<> statBelow(const std::string& path)
{
    const std::unique_ptr<DIR, CloseFolder> folder{::opendir(path.c_str())};
    if (!folder)
        return fail(engine::systemError(errno, "open", path));
    while (const dirent* entry = ::readdir(folder.get())) {
        if (entry->d_name[0] == '.')
            continue;
        struct stat status { };
        if (::fstatat(::dirfd(folder.get()), entry->d_name, &status, 0) != 0)
            return fail(engine::systemError(errno, "look at", path + "/" + entry->d_name));
        if (!S_ISDIR(status.st_mode))
            continue;
        if (auto below = statBelow(path + "/" + entry->d_name); !below)
            return below;
    }
    return {};
}

/// Opens each file, reads its header and gives it to `use`, with room behind it. Gives the seconds.
template <class Use>
Result<double> loopOver(const std::vector<std::filesystem::path>& files, const Use& use)
{
    constexpr std::size_t kFirst = 64 * 1024; // most headers of small files end there
    std::vector<char> buffer(1 << 20);
    const auto begin = std::chrono::steady_clock::now();
    for (const std::filesystem::path& path : files) {
        const engine::UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        const ssize_t got = file.isOpen() ? ::pread(file.get(), buffer.data(), kFirst, 0) : -1;
        if (got < 8)
            return fail(engine::systemError(errno, "read", path));
        std::uint64_t length = 0;
        std::memcpy(&length, buffer.data(), sizeof length);
        const std::size_t whole = static_cast<std::size_t>(length) + sizeof length;
        if (buffer.size() < whole + simdjson::SIMDJSON_PADDING)
            buffer.resize(whole + simdjson::SIMDJSON_PADDING);
        const auto first = static_cast<std::size_t>(got);
        if (first < whole && ::pread(file.get(), buffer.data() + got, whole - first, got) < 0)
            return fail(engine::systemError(errno, "read", path));
        if (!use(std::string_view{buffer.data() + sizeof length, static_cast<std::size_t>(length)}))
            return fail(ErrorCode::Internal, "'" + path.string() + "' has no header");
    }
    return secondsSince(begin);
}

Result<double> firstNumber(const std::vector<std::string>& command)
{
    auto numbers = numbersFrom(command, 1);
    if (!numbers)
        return fail(std::move(numbers).error());
    return numbers->front();
}

} // namespace

Result<double> readHeadersBarely(const std::vector<std::filesystem::path>& files)
{
    return loopOver(files, [](std::string_view) { return true; });
}

Result<double> parseHeadersBarely(const std::vector<std::filesystem::path>& files)
{
    simdjson::dom::parser parser;
    return loopOver(files, [&parser](std::string_view json) {
        return parser.parse(json.data(), json.size(), false).error() == simdjson::SUCCESS;
    });
}

Result<double> walkWithStat(const std::filesystem::path& folder)
{
    const auto begin = std::chrono::steady_clock::now();
    if (auto walked = statBelow(folder.string()); !walked)
        return fail(std::move(walked).error());
    return secondsSince(begin);
}

Result<double> readWithSafeOpen(const std::filesystem::path& python, const std::filesystem::path& folder)
{
    return firstNumber({python.string(), WEIGHTROOM_PEERS "/peer_safe_open.py", folder.string()});
}

Result<double> classifyWithInvoke(
    const std::filesystem::path& python, const std::filesystem::path& folder, std::size_t files)
{
    return firstNumber({python.string(), WEIGHTROOM_PEERS "/peer_invokeai.py", folder.string(), std::to_string(files)});
}

} // namespace weightroom::benchmarks
