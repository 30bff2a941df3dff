// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/client_outbox.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fcntl.h>
#include <unistd.h>

using namespace weightroom::engine;

namespace {

/// All that is sent, one after the other.
std::string sentBy(ClientOutbox& outbox)
{
    std::string sent;
    while (!outbox.isEmpty()) {
        sent += outbox.begin();
        outbox.takeFront();
    }
    return sent;
}

} // namespace

class TestClientOutbox : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sendsInOrder();
    void keepsTheLatestNewsOnly();
    void doesNotChangeWhatIsBeingSent();
    void keepsDescriptorsUntilTheyWereSent();
};

void TestClientOutbox::sendsInOrder()
{
    ClientOutbox outbox;
    QVERIFY(outbox.isEmpty());
    outbox.push("a");
    outbox.pushNews("job 1", "b");
    outbox.push("cc");
    QCOMPARE(outbox.size(), Bytes{4});
    QCOMPARE(sentBy(outbox), std::string{"abcc"});
    QCOMPARE(outbox.size(), Bytes{});
}

void TestClientOutbox::keepsTheLatestNewsOnly()
{
    ClientOutbox outbox;
    outbox.pushNews("job 1", "old");
    outbox.push("answer");
    outbox.pushNews("job 2", "other");
    for (int i = 0; i < 1000; ++i)
        outbox.pushNews("job 1", "latest");
    outbox.push("answer"); // equal answers are two answers
    QCOMPARE(outbox.size(), Bytes{6 + 6 + 5 + 6});
    QCOMPARE(sentBy(outbox), std::string{"latestanswerotheranswer"});
}

void TestClientOutbox::doesNotChangeWhatIsBeingSent()
{
    ClientOutbox outbox;
    outbox.pushNews("job 1", "half ");
    QCOMPARE(outbox.begin(), std::string_view{"half "});
    outbox.pushNews("job 1", "next ");
    outbox.pushNews("job 1", "last");
    QCOMPARE(outbox.begin(), std::string_view{"half "});
    QCOMPARE(sentBy(outbox), std::string{"half last"});
}

void TestClientOutbox::keepsDescriptorsUntilTheyWereSent()
{
    ClientOutbox outbox;
    std::vector<UniqueFd> descriptors;
    descriptors.emplace_back(::dup(0));
    const int number = descriptors.front().get();
    outbox.push("with", std::move(descriptors));
    outbox.push("without");
    QCOMPARE(outbox.begin(), std::string_view{"with"});
    QCOMPARE(outbox.descriptors().size(), std::size_t{1});
    QVERIFY(::fcntl(number, F_GETFD) >= 0);
    outbox.closeDescriptors();
    QVERIFY(::fcntl(number, F_GETFD) < 0);
    outbox.takeFront();
    QVERIFY(outbox.descriptors().empty());
}

QTEST_APPLESS_MAIN(TestClientOutbox)
#include "test_client_outbox.moc"
