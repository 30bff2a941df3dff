// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/pressure_trigger.h"

#include <cstdlib>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string_view>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::size_t kLongestBase64 = 4096;

} // namespace

std::optional<std::string> decodeBase64(std::string_view text)
{
    if (text.size() % 4 != 0 || text.size() > kLongestBase64)
        return std::nullopt;
    std::string decoded(text.size() / 4 * 3, '\0');
    const int size = ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0)
        return std::nullopt;
    // It counts the filling as zeros.
    const std::size_t filling = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    decoded.resize(static_cast<std::size_t>(size) - filling);
    return decoded;
}

std::optional<PressureRequest> PressureRequest::fromEnvironment()
{
    PressureRequest request;
    const char* file = std::getenv("MEMORY_PRESSURE_WATCH"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!file || *file == '\0')
        return request;
    if (std::string_view{file} == "/dev/null")
        return std::nullopt;
    request.file = file;
    const char* condition = std::getenv("MEMORY_PRESSURE_WRITE"); // NOLINT(concurrency-mt-unsafe)
    if (const auto decoded = condition ? decodeBase64(condition) : std::nullopt)
        request.condition = *decoded;
    return request;
}

UniqueFd openPressureTrigger(const PressureRequest& request)
{
    UniqueFd trigger{::open(request.file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!trigger.isOpen())
        return {};
    // With its NUL: the kernel reads up to that.
    const auto size = static_cast<ssize_t>(request.condition.size() + 1);
    if (::write(trigger.get(), request.condition.c_str(), static_cast<std::size_t>(size)) != size)
        return {};
    return trigger;
}

} // namespace weightroom::engine
