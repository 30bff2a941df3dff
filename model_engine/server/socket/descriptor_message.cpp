// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/descriptor_message.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>

namespace weightroom::engine {

Result<std::size_t> sendDescriptors(int socket, std::string_view line, const std::vector<UniqueFd>& descriptors)
{
    if (descriptors.size() > kMostDescriptors) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(descriptors.size()) + " descriptors are more than one message takes");
    }
    std::array<int, kMostDescriptors> numbers{};
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        numbers.at(i) = descriptors[i].get();
    const std::size_t bytes = descriptors.size() * sizeof(int);

    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
    iovec part{const_cast<char*>(line.data()), line.size()}; // NOLINT: sendmsg() does not write there
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(header), numbers.data(), bytes);

    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return std::size_t{0};
    if (sent < 0)
        return fail(systemError(errno, "send memory to a client of", "the local socket"));
    return static_cast<std::size_t>(sent);
}

} // namespace weightroom::engine
