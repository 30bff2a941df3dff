// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/rpc_message.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

class TestRpcMessage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsRequests();
    void refusesWhatIsNoRequest_data();
    void refusesWhatIsNoRequest();
    void findsTheIdOfWhatIsWrong();
    void writesOneLineEach();
    void bringsErrorsBack_data();
    void bringsErrorsBack();
    void refusesWhatIsNoAnswer();
    void knowsTheCodesOfJsonRpc();
};

void TestRpcMessage::readsRequests()
{
    const auto full =
        parseRpcRequest({{"jsonrpc", "2.0"}, {"id", 7}, {"method", "model.get_model"}, {"params", {{"a", 1}}}});
    VERIFY_RESULT(full);
    QVERIFY(full->id == 7 && full->params.at("a") == 1);
    QCOMPARE(full->method, std::string{"model.get_model"});
    const auto small = parseRpcRequest({{"jsonrpc", "2.0"}, {"id", "x"}, {"method", "m"}});
    VERIFY_RESULT(small);
    QVERIFY(small->id == "x" && small->params == Json::object());
    const auto silent = parseRpcRequest({{"jsonrpc", "2.0"}, {"method", "m"}});
    VERIFY_RESULT(silent);
    QVERIFY(silent->id.is_null());
}

void TestRpcMessage::refusesWhatIsNoRequest_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("a batch") << QByteArray{R"([{"jsonrpc":"2.0","id":1,"method":"m"}])"} << QByteArray{};
    QTest::newRow("a number") << QByteArray{"7"} << QByteArray{};
    QTest::newRow("no version") << QByteArray{R"({"id":1,"method":"m"})"} << QByteArray{"jsonrpc"};
    QTest::newRow("version 1") << QByteArray{R"({"jsonrpc":"1.0","id":1,"method":"m"})"} << QByteArray{"jsonrpc"};
    QTest::newRow("a fraction as its id")
        << QByteArray{R"({"jsonrpc":"2.0","id":1.5,"method":"m"})"} << QByteArray{"id"};
    QTest::newRow("a list as its id") << QByteArray{R"({"jsonrpc":"2.0","id":[],"method":"m"})"} << QByteArray{"id"};
    const QByteArray tooLong(257, 'x');
    QTest::newRow("an id that is too long")
        << QByteArray{R"({"jsonrpc":"2.0","method":"m","id":")" + tooLong + R"("})"} << QByteArray{"id"};
    QTest::newRow("a method that is too long")
        << QByteArray{R"({"jsonrpc":"2.0","id":1,"method":")" + tooLong + R"("})"} << QByteArray{"method"};
    QTest::newRow("no method") << QByteArray{R"({"jsonrpc":"2.0","id":1})"} << QByteArray{"method"};
    QTest::newRow("a number as its method")
        << QByteArray{R"({"jsonrpc":"2.0","id":1,"method":1})"} << QByteArray{"method"};
    QTest::newRow("fields in an order") << QByteArray{R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]})"}
                                        << QByteArray{"params"};
}

void TestRpcMessage::refusesWhatIsNoRequest()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, field);
    const auto request = parseRpcRequest(parseJson(text.toStdString()).value());
    VERIFY_ERROR(request, ErrorCode::InvalidValue);
    QCOMPARE(request.error().context.field, field.toStdString());
    VERIFY_ERROR(parseRpcRequest({{"jsonrpc", "2.0"}, {"method", "m"}, {"parms", {}}}), ErrorCode::UnknownField);
}

void TestRpcMessage::findsTheIdOfWhatIsWrong()
{
    QVERIFY(rpcIdOf({{"id", 7}}) == 7);
    QVERIFY(rpcIdOf({{"id", "seven"}}) == "seven");
    QVERIFY(rpcIdOf({{"id", Json::array()}}).is_null());
    QVERIFY(rpcIdOf(Json::array({1})).is_null());
    QVERIFY(rpcIdOf({{"method", "m"}}).is_null());
}

void TestRpcMessage::writesOneLineEach()
{
    QCOMPARE(rpcAnswer(7, {{"a", "line\nline"}}),
        std::string{"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":\"line\\nline\"}}\n"});
    QCOMPARE(rpcNotification("server.state_changed", {{"revision", 3}}),
        std::string{"{\"jsonrpc\":\"2.0\",\"method\":\"server.state_changed\",\"params\":{\"revision\":3}}\n"});
    const auto request = parseRpcRequest(parseJson(rpcRequest("x", "m", {{"a", 1}})).value());
    VERIFY_RESULT(request);
    QVERIFY(request->id == "x" && request->method == "m" && request->params.at("a") == 1);
}

void TestRpcMessage::bringsErrorsBack_data()
{
    QTest::addColumn<int>("number");
    for (const ErrorTraits& traits : errorCatalogue()) {
        const std::string name{traits.name};
        QTest::newRow(name.c_str()) << static_cast<int>(traits.code);
    }
}

void TestRpcMessage::bringsErrorsBack()
{
    QFETCH(int, number);
    const Error error{static_cast<ErrorCode>(number), "what, which, limit",
        {.modelId = {"m"},
            .componentId = {"c"},
            .deviceId = {"HOST_0"},
            .operation = "get_model",
            .field = "f",
            .path = "/x",
            .required = Bytes{7},
            .available = Bytes{5},
            .memoryType = "vram",
            .systemCode = 28,
            .feature = Feature::DirectIo}};
    const auto answer = resultOf(parseJson(rpcError(1, rpcCodeOf(error.code), error)).value());
    VERIFY_ERROR(answer, error.code);
    QCOMPARE(describe(answer.error()), describe(error));
    QCOMPARE(resultOf(parseJson(rpcAnswer(1, {{"a", 1}})).value()).value().at("a").get<int>(), 1);
}

void TestRpcMessage::refusesWhatIsNoAnswer()
{
    for (const char* text : {"[]", "7", "{}", R"({"error":7})", R"({"error":{"code":1,"message":"m"}})"})
        VERIFY_ERROR(resultOf(parseJson(text).value()), ErrorCode::InvalidFormat);
    // A code that a later version has: the sentence is there all the same.
    const auto later = resultOf(parseJson(R"({"error":{"data":{"code":"too_good","message":"m"}}})").value());
    VERIFY_ERROR(later, ErrorCode::Unknown);
    QCOMPARE(later.error().detail, std::string{"m"});
}

void TestRpcMessage::knowsTheCodesOfJsonRpc()
{
    QVERIFY(rpcCodeOf(ErrorCode::UnknownOperation) == RpcCode::MethodNotFound);
    QVERIFY(rpcCodeOf(ErrorCode::UnknownField) == RpcCode::InvalidParams);
    QVERIFY(rpcCodeOf(ErrorCode::MissingField) == RpcCode::InvalidParams);
    QVERIFY(rpcCodeOf(ErrorCode::InvalidValue) == RpcCode::InvalidParams);
    QVERIFY(rpcCodeOf(ErrorCode::OutOfDeviceMemory) == RpcCode::OperationFailed);
    const Json error = parseJson(rpcError(nullptr, RpcCode::ParseError, {ErrorCode::InvalidJson, "m"})).value();
    QVERIFY(error.at("id").is_null());
    QCOMPARE(error.at("error").at("code").get<int>(), -32700);
}

QTEST_APPLESS_MAIN(TestRpcMessage)
#include "test_rpc_message.moc"
