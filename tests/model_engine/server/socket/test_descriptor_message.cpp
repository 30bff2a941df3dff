// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/descriptor_message.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <cstring>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

struct SocketPair {
    SocketPair()
    {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            qFatal("no sockets");
        sender = UniqueFd{ends[0]};
        receiver = UniqueFd{ends[1]};
    }
    UniqueFd sender;
    UniqueFd receiver;
};

struct Received {
    std::string text;
    std::vector<UniqueFd> descriptors;
};

Received receive(const UniqueFd& socket)
{
    std::array<char, 256> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control{};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
    Received received{std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))), {}};
    if (const cmsghdr* const header = CMSG_FIRSTHDR(&message)) {
        std::array<int, kMostDescriptors> numbers{};
        std::memcpy(numbers.data(), CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
        for (std::size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i)
            received.descriptors.emplace_back(numbers.at(i));
    }
    return received;
}

/// As many files as are asked for, each with its number as its first byte.
std::vector<UniqueFd> files(std::size_t count)
{
    std::vector<UniqueFd> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.emplace_back(::memfd_create("test", MFD_CLOEXEC));
        const char byte = static_cast<char>('a' + i);
        if (::pwrite(all.back().get(), &byte, 1, 0) != 1)
            qFatal("no file");
    }
    return all;
}

char firstByteOf(const UniqueFd& file)
{
    char byte = 0;
    return ::pread(file.get(), &byte, 1, 0) == 1 ? byte : '?';
}

} // namespace

class TestDescriptorMessage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void sendsAllInTheirOrder();
    void sendsThemWithTheFirstByteAlone();
    void refusesMoreThanAMessageTakes();
    void waitsForNobody();
    void saysThatNobodyIsThere();

private:
    ResourceUse m_before;
};

void TestDescriptorMessage::sendsAllInTheirOrder()
{
    const SocketPair pair;
    const auto sent = sendDescriptors(pair.sender.get(), "line\n", files(kMostDescriptors));
    VERIFY_RESULT(sent);
    QCOMPARE(*sent, std::size_t{5});
    const Received received = receive(pair.receiver);
    QCOMPARE(received.text, std::string{"line\n"});
    QCOMPARE(received.descriptors.size(), kMostDescriptors);
    for (std::size_t i = 0; i < kMostDescriptors; ++i)
        QCOMPARE(firstByteOf(received.descriptors[i]), static_cast<char>('a' + i));
}

void TestDescriptorMessage::sendsThemWithTheFirstByteAlone()
{
    const SocketPair pair;
    QCOMPARE(::send(pair.sender.get(), "before\n", 7, 0), ssize_t{7});
    VERIFY_RESULT(sendDescriptors(pair.sender.get(), "x", files(1)));
    std::size_t descriptors = 0;
    std::string text;
    while (text.size() < 8) {
        const Received received = receive(pair.receiver);
        text += received.text;
        descriptors += received.descriptors.size();
    }
    QCOMPARE(text, std::string{"before\nx"});
    QCOMPARE(descriptors, std::size_t{1});
}

void TestDescriptorMessage::refusesMoreThanAMessageTakes()
{
    const SocketPair pair;
    VERIFY_ERROR(sendDescriptors(pair.sender.get(), "x", files(kMostDescriptors + 1)), ErrorCode::InvalidValue);
}

void TestDescriptorMessage::waitsForNobody()
{
    const SocketPair pair;
    const std::string block(65536, 'x');
    while (::send(pair.sender.get(), block.data(), block.size(), MSG_DONTWAIT) > 0) { }
    const auto sent = sendDescriptors(pair.sender.get(), "x", files(1));
    VERIFY_RESULT(sent);
    QCOMPARE(*sent, std::size_t{0});
}

void TestDescriptorMessage::saysThatNobodyIsThere()
{
    SocketPair pair;
    pair.receiver = {};
    VERIFY_ERROR(sendDescriptors(pair.sender.get(), "x", files(1)), ErrorCode::IoError);
}

QTEST_APPLESS_MAIN(TestDescriptorMessage)
#include "test_descriptor_message.moc"
