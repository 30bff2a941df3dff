// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_guard.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

constexpr std::uint16_t kPort = 9767;

RestTokens tokens() { return {.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')}; }

/// A request with these headers, "name: value" each.
RestHead headWith(const char* method, const QStringList& headers)
{
    RestHead head{.method = method, .target = "/api/jobs", .headers = {}};
    for (const QString& header : headers) {
        const auto colon = header.indexOf(QStringLiteral(": "));
        head.headers.push_back({header.first(colon).toStdString(), header.sliced(colon + 2).toStdString()});
    }
    return head;
}

const QString kHost = QStringLiteral("host: 127.0.0.1:9767");
const QString kBearer = QStringLiteral("authorization: Bearer ");

} // namespace

class TestRestGuard : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void admits_data();
    void admits();
    void refusesStrangers_data();
    void refusesStrangers();
    void looksAtWhatTheBodyIs_data();
    void looksAtWhatTheBodyIs();
};

void TestRestGuard::admits_data()
{
    QTest::addColumn<QStringList>("headers");
    QTest::addColumn<bool>("isFull");
    const QString full = kBearer + QString(64, QLatin1Char('a'));
    QTest::newRow("full") << QStringList{kHost, full} << true;
    QTest::newRow("read only") << QStringList{kHost, kBearer + QString(64, QLatin1Char('b'))} << false;
    QTest::newRow("localhost") << QStringList{QStringLiteral("host: LocalHost:9767"), full} << true;
    QTest::newRow("IPv6") << QStringList{QStringLiteral("host: [::1]:9767"), full} << true;
    QTest::newRow("scheme in small letters")
        << QStringList{kHost, QStringLiteral("authorization: bearer  ") + QString(64, QLatin1Char('a'))} << true;
    QTest::newRow("own origin") << QStringList{kHost, full, QStringLiteral("origin: http://localhost:9767")} << true;
}

void TestRestGuard::admits()
{
    QFETCH(QStringList, headers);
    QFETCH(bool, isFull);
    const auto role = admit(headWith("GET", headers), kPort, tokens());
    QVERIFY(role);
    QCOMPARE(*role == ClientRole::Full, isFull);
    QVERIFY(*role != ClientRole::None);
}

void TestRestGuard::refusesStrangers_data()
{
    QTest::addColumn<QStringList>("headers");
    QTest::addColumn<uint>("status");
    const QString full = kBearer + QString(64, QLatin1Char('a'));
    const auto row = [](const char* name, const QStringList& headers, uint status) {
        QTest::newRow(name) << headers << status;
    };
    row("no host", {full}, 400);
    row("two hosts", {kHost, kHost, full}, 400);
    for (const char* host :
        {"evil.example:9767", "127.0.0.1", "127.0.0.1:9768", "127.0.0.1:97670", "127.0.0.1:9767.evil",
            "localhost.evil:9767", "127.1:9767", "0.0.0.0:9767", "[::]:9767", "user@127.0.0.1:9767", " "})
        row(host, {QStringLiteral("host: ") + QString::fromUtf8(host), full}, 403);
    for (const char* origin : {"http://evil.example", "null", "", "https://127.0.0.1:9767", "http://127.0.0.1:3000",
             "http://127.0.0.1:9767.evil.example", "HTTP://127.0.0.1:9767/"})
        row(QByteArray("origin ").append(origin).constData(),
            {kHost, full, QStringLiteral("origin: ") + QString::fromUtf8(origin)}, 403);
    row("two origins",
        {kHost, full, QStringLiteral("origin: http://127.0.0.1:9767"), QStringLiteral("origin: http://evil.example")},
        403);
    row("no token", {kHost}, 401);
    row("empty token", {kHost, kBearer}, 401);
    row("short token", {kHost, kBearer + QString(63, QLatin1Char('a'))}, 401);
    row("long token", {kHost, kBearer + QString(65, QLatin1Char('a'))}, 401);
    row("other token", {kHost, kBearer + QString(63, QLatin1Char('a')) + QLatin1Char('b')}, 401);
    row("another scheme", {kHost, QStringLiteral("authorization: Basic ") + QString(64, QLatin1Char('a'))}, 401);
    row("no scheme", {kHost, QStringLiteral("authorization: ") + QString(64, QLatin1Char('a'))}, 401);
    row("two tokens", {kHost, full, full}, 401);
}

void TestRestGuard::refusesStrangers()
{
    QFETCH(QStringList, headers);
    QFETCH(uint, status);
    const auto role = admit(headWith("GET", headers), kPort, tokens());
    QVERIFY(!role);
    QCOMPARE(role.error().status, status);
    const bool saysHow = !role.error().headers.empty() && role.error().headers.front().name == "www-authenticate";
    QCOMPARE(saysHow, status == 401);
    // What is told never has the token in it.
    QVERIFY(role.error().error.detail.find("aaaa") == std::string::npos);
}

void TestRestGuard::looksAtWhatTheBodyIs_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QStringList>("headers");
    QTest::addColumn<uint>("status"); ///< 0: taken
    const auto row = [](const char* method, const QStringList& headers, uint status) {
        QTest::addRow("%s %s", method, qPrintable(headers.join(QStringLiteral(", "))))
            << QByteArray{method} << headers << status;
    };
    const QString json = QStringLiteral("content-type: application/json");
    row("GET", {}, 0);
    row("DELETE", {}, 0);
    row("DELETE", {json}, 0);
    row("DELETE", {QStringLiteral("content-type: text/plain")}, 415);
    row("POST", {json}, 0);
    row("POST", {QStringLiteral("content-type: Application/JSON ; charset=UTF-8")}, 0);
    row("POST", {}, 415);
    row("POST", {json, json}, 415);
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
             "application/json; charset=latin1", "application/jsonp", "text/plain; application/json", ""})
        row("POST", {QStringLiteral("content-type: ") + QString::fromUtf8(type)}, 415);
    row("POST", {json, QStringLiteral("content-encoding: gzip")}, 415);
    row("POST", {json, QStringLiteral("content-encoding: identity")}, 0);
    row("GET", {QStringLiteral("content-encoding: br")}, 415);
    row("POST", {json, QStringLiteral("transfer-encoding: chunked")}, 0);
    row("POST", {json, QStringLiteral("transfer-encoding: gzip, chunked")}, 501);
    row("POST", {json, QStringLiteral("expect: 100-continue")}, 0);
    row("POST", {json, QStringLiteral("expect: something")}, 417);
}

void TestRestGuard::looksAtWhatTheBodyIs()
{
    QFETCH(QByteArray, method);
    QFETCH(QStringList, headers);
    QFETCH(uint, status);
    const auto checked = checkBodyHeaders(headWith(method.constData(), headers));
    QCOMPARE(checked ? 0U : checked.error().status, status);
}

QTEST_APPLESS_MAIN(TestRestGuard)
#include "test_rest_guard.moc"
