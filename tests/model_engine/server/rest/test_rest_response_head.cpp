// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_response_head.h"

#include <QTest>

using namespace weightroom::engine;

class TestRestResponseHead : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysWhatEveryAnswerSays();
    void saysMore();
};

void TestRestResponseHead::saysWhatEveryAnswerSays()
{
    const std::string head = responseHead({.body = "{\"a\":1}"}, AfterAnswer::KeepOpen, 784111777);
    QCOMPARE(head,
        std::string{"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
                    "Content-Length: 7\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                    "Connection: keep-alive\r\n\r\n"});
    // No page of another origin may read an answer.
    QVERIFY(head.find("Access-Control") == std::string::npos);
}

void TestRestResponseHead::saysMore()
{
    const RestResponse response{
        .status = 405, .headers = {{"allow", "GET, DELETE"}}, .contentType = "text/plain", .body = {}};
    const std::string head = responseHead(response, AfterAnswer::Close, 0);
    QVERIFY(head.starts_with("HTTP/1.1 405 Method Not Allowed\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
    QVERIFY(head.ends_with("Connection: close\r\nallow: GET, DELETE\r\n\r\n"));
    QVERIFY(head.find("\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestRestResponseHead)
#include "test_rest_response_head.moc"
