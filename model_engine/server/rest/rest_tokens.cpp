// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_tokens.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/files/new_file.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenDigits = kTokenBytes * 2;
constexpr mode_t kOthers = 0077;
constexpr std::string_view kDigits = "0123456789abcdef";

bool isToken(std::string_view text)
{
    return text.size() == kTokenDigits && text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool isSame(std::string_view a, std::string_view b)
{
    return !a.empty() && a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Waits, once after the start of the machine, until the system has collected what makes it random.
Result<std::string> newToken(const std::filesystem::path& file)
{
    std::array<unsigned char, kTokenBytes> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return fail(systemError(errno, "get random bytes for", file));
    std::string token;
    for (const unsigned char byte : bytes) {
        token.push_back(kDigits[byte / 16]);
        token.push_back(kDigits[byte % 16]);
    }
    return token;
}

Result<> write(const std::filesystem::path& path, const std::string& token)
{
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed)
        return fail(systemError(failed.value(), "create the folder", path.parent_path()));
    auto file = NewFile::create(path, Readers::Owner);
    if (!file)
        return fail(std::move(file).error());
    const std::string line = token + '\n';
    if (auto written = file->append(std::as_bytes(std::span{line})); !written)
        return written;
    return file->commit(IfExists::Refuse);
}

Result<> checkOwner(int descriptor, const std::filesystem::path& path)
{
    struct stat status { };
    if (::fstat(descriptor, &status) != 0)
        return fail(systemError(errno, "look at", path));
    const std::string text = path.string();
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::NotRegularFile, "'" + text + "' is no file", {.path = text});
    if (status.st_uid != ::geteuid() || (status.st_mode & kOthers) != 0) {
        return fail(ErrorCode::PermissionDenied,
            "'" + text
                + "' must belong to the user alone (permissions 0600): whoever has read it may use the engine. Delete "
                  "it, and another token is made",
            {.path = text});
    }
    return {};
}

/// NotFound where there is none.
Result<std::string> read(const std::filesystem::path& path)
{
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!file.isOpen() && errno == ELOOP)
        return fail(ErrorCode::NotRegularFile, "'" + path.string() + "' is a link", {.path = path.string()});
    if (!file.isOpen())
        return fail(systemError(errno, "open", path));
    if (auto checked = checkOwner(file.get(), path); !checked)
        return fail(std::move(checked).error());
    std::array<char, kTokenDigits + 2> bytes{};
    const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
    if (count < 0)
        return fail(systemError(errno, "read", path));
    std::string_view text{bytes.data(), static_cast<std::size_t>(count)};
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (!isToken(text)) {
        return fail(ErrorCode::InvalidFormat,
            "'" + path.string() + "' holds no token (64 digits of 0-9a-f). Delete it, and another one is made",
            {.path = path.string()});
    }
    return std::string{text};
}

Result<std::string> keptToken(const std::filesystem::path& path)
{
    auto kept = read(path);
    if (kept || kept.error().code != ErrorCode::NotFound)
        return kept;
    auto token = newToken(path);
    if (!token)
        return token;
    auto written = write(path, *token);
    // Somebody else was faster, with the same right to it.
    if (!written && written.error().code == ErrorCode::AlreadyExists)
        return read(path);
    if (!written)
        return fail(std::move(written).error());
    return token;
}

} // namespace

ClientRole RestTokens::roleOf(std::string_view token) const
{
    // Both are compared in any case.
    const bool isFull = isSame(token, full);
    const bool isReadOnly = isSame(token, readOnly);
    if (isFull)
        return ClientRole::Full;
    return isReadOnly ? ClientRole::ReadOnly : ClientRole::None;
}

Result<RestTokens> keptRestTokens(const RestTokenFiles& files)
{
    auto full = keptToken(files.full());
    if (!full)
        return fail(std::move(full).error());
    auto readOnly = keptToken(files.readOnly());
    if (!readOnly)
        return fail(std::move(readOnly).error());
    return RestTokens{std::move(*full), std::move(*readOnly)};
}

} // namespace weightroom::engine
