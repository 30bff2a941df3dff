// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/pickle_machine.h"

#include "tests/support/pickle_builder.h"
#include "tests/support/verify_result.h"
#include "tests/support/zip_builder.h"

#include <QTest>

using namespace weightroom;
using engine::ErrorCode;
using engine::GlobalRole;
using engine::PickleKind;
using engine::PickleLimits;
using engine::PickleRef;
using engine::PickleTree;
using test::Pickle;

Q_DECLARE_METATYPE(PickleLimits)

namespace {

/// All values below one as text: "{'a': [1, 2.5, None]}".
std::string show(const PickleTree& values, PickleRef value);

std::string showItems(const PickleTree& values, PickleRef container)
{
    std::string text;
    const bool isDict = values.is(container, PickleKind::Dict);
    auto items = values.items(container);
    while (const auto item = items.next()) {
        text += (text.empty() ? "" : ", ") + show(values, *item);
        if (const auto value = isDict ? items.next() : std::nullopt)
            text += ": " + show(values, *value);
    }
    return text;
}

std::string show(const PickleTree& values, PickleRef value)
{
    switch (values.kindOf(value)) {
    case PickleKind::None:
        return "None";
    case PickleKind::Boolean:
        return *values.boolean(value) ? "True" : "False";
    case PickleKind::Integer:
        return std::to_string(*values.integer(value));
    case PickleKind::LongInteger:
        return "long of " + std::to_string(values.longInteger(value)->size());
    case PickleKind::Real:
        return std::to_string(*values.real(value));
    case PickleKind::Text:
        return "'" + std::string{*values.text(value)} + "'";
    case PickleKind::Binary:
        return "bytes";
    case PickleKind::Tuple:
        return "(" + showItems(values, value) + ")";
    case PickleKind::List:
        return "[" + showItems(values, value) + "]";
    case PickleKind::Dict:
        return "{" + showItems(values, value) + "}";
    case PickleKind::Global:
        return "<" + values.global(value)->name + ">";
    case PickleKind::Storage:
        return "storage" + show(values, values.argumentsOf(value));
    case PickleKind::Applied:
        return values.originOf(value)->name + show(values, values.argumentsOf(value));
    case PickleKind::Foreign:
        return values.originOf(value) ? "foreign " + values.originOf(value)->name : "foreign";
    }
    return "?";
}

/// Or the error.
std::string shown(const std::string& bytes)
{
    const auto pickle = engine::readPickle(bytes);
    return pickle ? show(pickle->values, pickle->root) : engine::describe(pickle.error());
}

std::string frame(std::size_t length) { return "\x95" + test::littleEndian(length, 8); }

} // namespace

/// What the opcodes mean, and the limits; what is refused otherwise is in tests/support/broken_pickles.cpp.
class TestPickleMachine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsValues_data();
    void readsValues();
    void readsContainers_data();
    void readsContainers();
    void callsBecomeValues_data();
    void callsBecomeValues();
    void sharedValuesAreOne();
    void valuesMayContainThemselves();
    void mentionedFunctionsAreInert();
    void framesAreChecked();
    void saysWhereItEnds();
    void refusesEveryTruncation();
    void truncationSaysHowMuchIsMissing();
    void stopsAtItsLimits_data();
    void stopsAtItsLimits();
    void aSmallPickleMayBuildTheFloor();
    void theTableIsClosed_data();
    void theTableIsClosed();
};

void TestPickleMachine::readsValues_data()
{
    using namespace std::string_view_literals;
    QTest::addColumn<QByteArray>("opcodes");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* name, std::string_view opcodes, const char* value) {
        QTest::newRow(name) << QByteArray{opcodes.data(), static_cast<qsizetype>(opcodes.size())}
                            << QString::fromUtf8(value);
    };
    row("NONE", "N"sv, "None");
    row("NEWTRUE", "\x88"sv, "True");
    row("NEWFALSE", "\x89"sv, "False");
    row("BININT", "J\x01\x02\x03\x04"sv, "67305985");
    row("BININT negative", "J\xff\xff\xff\xff"sv, "-1");
    row("BININT1", "K\xff"sv, "255");
    row("BININT2", "M\xff\xff"sv, "65535");
    row("LONG1 empty", "\x8a\0"sv, "0");
    row("LONG1", "\x8a\x02\0\x01"sv, "256");
    row("LONG1 negative", "\x8a\x01\xff"sv, "-1");
    row("LONG1 smallest", "\x8a\x08\0\0\0\0\0\0\0\x80"sv, "-9223372036854775808");
    row("LONG1 largest", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"sv, "9223372036854775807");
    row("LONG1 beyond", "\x8a\x09\0\0\0\0\0\0\0\x80\0"sv, "long of 9");
    row("LONG4", "\x8b\x03\0\0\0\0\0\x01"sv, "65536");
    row("BINFLOAT", "G\x40\x04\0\0\0\0\0\0"sv, "2.500000");
    row("BINUNICODE", "X\x02\0\0\0ab"sv, "'ab'");
    row("SHORT_BINUNICODE",
        "\x8c\x02"
        "ab"sv,
        "'ab'");
    row("BINUNICODE8", "\x8d\x02\0\0\0\0\0\0\0ab"sv, "'ab'");
    row("SHORT_BINSTRING",
        "U\x02"
        "ab"sv,
        "'ab'");
    row("BINSTRING", "T\x02\0\0\0ab"sv, "'ab'");
    row("text without characters", "X\0\0\0\0"sv, "''");
    row("SHORT_BINBYTES",
        "C\x02"
        "ab"sv,
        "bytes");
    row("BINBYTES", "B\x02\0\0\0ab"sv, "bytes");
    row("BINBYTES8", "\x8e\x02\0\0\0\0\0\0\0ab"sv, "bytes");
    row("BYTEARRAY8", "\x96\x02\0\0\0\0\0\0\0ab"sv, "bytes");
    row("GLOBAL", "ctorch\nfloat32\n"sv, "<torch.float32>");
    row("STACK_GLOBAL", "X\x05\0\0\0torchX\x07\0\0\0float32\x93"sv, "<torch.float32>");
}

void TestPickleMachine::readsValues()
{
    QFETCH(QByteArray, opcodes);
    QFETCH(QString, value);
    QCOMPARE(QString::fromStdString(shown(Pickle(5).bytes(opcodes.toStdString()).stop())), value);
}

void TestPickleMachine::readsContainers_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* name, const Pickle& pickle, const char* value) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle.stop()) << QString::fromUtf8(value);
    };
    row("EMPTY_TUPLE", Pickle().emptyTuple(), "()");
    row("TUPLE1", Pickle().integer(1).tuple1(), "(1)");
    row("TUPLE2", Pickle().integer(1).integer(2).tuple2(), "(1, 2)");
    row("TUPLE3", Pickle().integer(1).integer(2).integer(3).tuple3(), "(1, 2, 3)");
    row("TUPLE", Pickle().mark().integer(1).integer(2).integer(3).integer(4).tuple(), "(1, 2, 3, 4)");
    row("TUPLE of nothing", Pickle().mark().tuple(), "()");
    row("EMPTY_LIST", Pickle().list(), "[]");
    row("APPEND", Pickle().list().integer(1).append().integer(2).append(), "[1, 2]");
    row("APPENDS", Pickle().list().mark().integer(1).integer(2).appends().mark().appends(), "[1, 2]");
    row("EMPTY_DICT", Pickle().dict(), "{}");
    row("SETITEM", Pickle().dict().text("a").integer(1).setItem(), "{'a': 1}");
    row("SETITEMS", Pickle().dict().mark().text("a").integer(1).text("b").none().setItems(), "{'a': 1, 'b': None}");
    row("nested", Pickle().dict().text("a").list().dict().append().setItem(), "{'a': [{}]}");
    row("sets", Pickle(4).list().bytes("\x8f").mark().integer(1).bytes("\x90").append(), "[foreign]");
    row("FROZENSET", Pickle(4).mark().integer(1).bytes("\x91"), "foreign");
    row("memo", Pickle().text("a").put(0).get(0).tuple2(), "('a', 'a')");
    row("memo above 255",
        Pickle().mark().bytes(std::string(300, 'N')).text("a").put(300).get(300).tuple2().tuple1().tuple(), "(None, …");
    row("MEMOIZE",
        Pickle(4).text("a").memoize().text("b").memoize().get(0).get(1).mark().tuple().tuple3().tuple2().tuple2(),
        "('a', ('b', ('a', 'b', ())))");
}

void TestPickleMachine::readsContainers()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QString, value);
    QString text = QString::fromStdString(shown(pickle.toStdString()));
    if (value.endsWith(QStringLiteral("…")))
        text = text.left(value.size() - 1) + QStringLiteral("…");
    QCOMPARE(text, value);
}

void TestPickleMachine::callsBecomeValues_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* name, const Pickle& pickle, const char* value) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle.stop()) << QString::fromUtf8(value);
    };
    const auto pair = [](Pickle pickle) { return pickle.text("a").integer(1); };
    row("OrderedDict", Pickle().orderedDict().text("a").integer(1).setItem(), "{'a': 1}");
    row("OrderedDict of Python 2",
        pair(Pickle().global("collections", "OrderedDict").list().list().mark()).appends().append().tuple1().reduce(),
        "{'a': 1}");
    row("OrderedDict of tuples",
        pair(Pickle().global("collections", "OrderedDict").list()).tuple2().append().tuple1().reduce(), "{'a': 1}");
    row("OrderedDict with attributes", Pickle().orderedDict().dict().text("_metadata").orderedDict().setItem().build(),
        "{}");
    row("OrderedDict by NEWOBJ", Pickle().global("collections", "OrderedDict").emptyTuple().newObject(), "{}");
    row("Counter", Pickle().global("collections", "Counter").dict().tuple1().reduce(), "{}");
    row("Size", Pickle().global("torch", "Size").numbers({2, 3}).tuple1().reduce(), "(2, 3)");
    row("bytes", Pickle().global("_codecs", "encode").text("x").text("latin1").tuple2().reduce(),
        "foreign _codecs.encode");
    row("set of Python 2", Pickle().global("__builtin__", "set").list().tuple1().reduce(), "foreign __builtin__.set");
    row("numpy scalar",
        Pickle()
            .global("numpy.core.multiarray", "scalar")
            .global("numpy", "dtype")
            .text("f8")
            .tuple1()
            .reduce()
            .numbers({3})
            .build()
            .text("bytes")
            .tuple2()
            .reduce(),
        "foreign numpy.core.multiarray.scalar");
    row("numpy array",
        Pickle()
            .global("numpy.core.multiarray", "_reconstruct")
            .global("numpy", "ndarray")
            .tuple1()
            .reduce()
            .numbers({1, 2})
            .build(),
        "foreign numpy.core.multiarray._reconstruct");
    row("parameter", Pickle().global("torch._utils", "_rebuild_parameter").none().tuple1().reduce(),
        "torch._utils._rebuild_parameter(None)");
    row("storage", Pickle().storage("FloatStorage", "0", 6), "storage('storage', <torch.FloatStorage>, '0', 'cpu', 6)");
    row("ParameterDict",
        Pickle()
            .global("torch.nn.modules.container", "ParameterDict")
            .emptyTuple()
            .newObject()
            .put(0)
            .dict()
            .mark()
            .text("training")
            .boolean(true)
            .text("_parameters")
            .dict()
            .text("*")
            .integer(5)
            .setItem()
            .setItems()
            .build()
            .get(0)
            .tuple2(),
        "({'*': 5}, {'*': 5})");
    row("ParameterDict without parameters",
        Pickle().global("torch.nn.modules.container", "ParameterDict").emptyTuple().newObject().dict().build(),
        "foreign torch.nn.modules.container.ParameterDict");
}

void TestPickleMachine::callsBecomeValues()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QString, value);
    QCOMPARE(QString::fromStdString(shown(pickle.toStdString())), value);
}

/// What the pickle changes in one place has changed in the other.
void TestPickleMachine::sharedValuesAreOne()
{
    const std::string bytes = Pickle().list().put(0).get(0).integer(7).append().tuple2().stop();
    QCOMPARE(shown(bytes), std::string{"([7], [7])"});
}

void TestPickleMachine::valuesMayContainThemselves()
{
    const std::string bytes = Pickle().list().put(0).get(0).append().stop();
    const auto pickle = engine::readPickle(bytes);
    VERIFY_RESULT(pickle);
    auto items = pickle->values.items(pickle->root);
    QCOMPARE(items.next(), std::optional{pickle->root});
    QCOMPARE(items.next(), std::nullopt);
}

void TestPickleMachine::mentionedFunctionsAreInert()
{
    const std::string bytes =
        Pickle().dict().global("pytorch_lightning.callbacks", "ModelCheckpoint").dict().setItem().stop();
    QCOMPARE(shown(bytes), std::string{"{<pytorch_lightning.callbacks.ModelCheckpoint>: {}}"});
}

void TestPickleMachine::framesAreChecked()
{
    QCOMPARE(shown(Pickle(4).bytes(frame(2)).none().stop()), std::string{"None"});
    QCOMPARE(shown(Pickle(4).bytes(frame(1)).none().bytes(frame(1)).stop()), std::string{"None"});
    QCOMPARE(shown(Pickle(4).bytes(frame(0)).none().stop()), std::string{"None"});
    const auto crossed = engine::readPickle(Pickle(4).bytes(frame(3)).text("x").stop());
    VERIFY_ERROR(crossed, ErrorCode::InvalidFormat);
}

void TestPickleMachine::saysWhereItEnds()
{
    const std::string first = Pickle().integer(1).stop();
    const std::string bytes = first + Pickle().integer(2).stop();
    const auto pickle = engine::readPickle(bytes);
    VERIFY_RESULT(pickle);
    QCOMPARE(pickle->size, first.size());
    QCOMPARE(pickle->values.integer(pickle->root), std::optional<std::int64_t>{1});
}

namespace {

std::string everything()
{
    Pickle pickle(4);
    pickle.dict().mark().text("a") << test::PickledTensor{};
    pickle.text("b").real(1.5).text("c").stackGlobal("torch", "float32").memoize().integer(1LL << 40U);
    return pickle.text("d").setItems().stop();
}

} // namespace

void TestPickleMachine::refusesEveryTruncation()
{
    const std::string bytes = everything();
    for (std::size_t size = 0; size < bytes.size(); ++size)
        VERIFY_ERROR(engine::readPickle(bytes.substr(0, size)), ErrorCode::FileTruncated);
}

void TestPickleMachine::truncationSaysHowMuchIsMissing()
{
    const std::string bytes = Pickle().text("four").stop();
    const auto pickle = engine::readPickle(std::string_view{bytes}.substr(0, 8));
    VERIFY_ERROR(pickle, ErrorCode::FileTruncated);
    QCOMPARE(pickle.error().context.required, std::optional{engine::Bytes{11}});
    QCOMPARE(pickle.error().context.available, std::optional{engine::Bytes{8}});
}

void TestPickleMachine::stopsAtItsLimits_data()
{
    QTest::addColumn<PickleLimits>("limits");
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const PickleLimits& limits, const Pickle& pickle, const char* mentions) {
        QTest::newRow(name) << limits << QByteArray::fromStdString(pickle.stop()) << QString::fromUtf8(mentions);
    };
    row("size", {.size = engine::Bytes{10}}, Pickle().text("a longer text"), "10");
    row("opcodes", {.opcodes = 10}, Pickle().list().bytes("(e(e(e(e(e(e"), "more opcodes than 10");
    row("stack", {.stack = 10}, Pickle().mark().bytes("NNNNNNNNNNN").tuple(), "stack than 10");
    row("depth", {.depth = 3}, Pickle().bytes("(((("), "in each other than 3");
    row("memo", {.memo = 3}, Pickle().none().put(3), "memo index 3");
    row("built", {.builtFloor = engine::Bytes{100}}, Pickle().bytes("]]]]]]]]"), "bytes of values than 100");
    row("built by tuples", {.builtFloor = engine::Bytes{200}}, Pickle().none().bytes(std::string(20, '\x85')),
        "bytes of values");
    row("built by items", {.builtFloor = engine::Bytes{200}},
        Pickle().list().mark().bytes(std::string(200, 'N')).appends(), "bytes of values");
    row("built by names", {.builtFloor = engine::Bytes{100}},
        Pickle().global("m", "n").global("m", "n").global("m", "n"), "bytes of values");
    row("built by the memo", {.builtFloor = engine::Bytes{400}}, Pickle().none().put(255), "bytes of values");
    row("built at most", {.builtTimesSize = 1000, .builtCeiling = engine::Bytes{100}}, Pickle().bytes("]]]]]]]]"),
        "bytes of values than 100");
}

void TestPickleMachine::stopsAtItsLimits()
{
    QFETCH(PickleLimits, limits);
    QFETCH(QByteArray, pickle);
    QFETCH(QString, mentions);
    const std::string bytes = pickle.toStdString();
    const auto result = engine::readPickle(bytes, limits);
    QVERIFY(!result);
    const QString detail = QString::fromStdString(result.error().detail);
    QVERIFY2(detail.contains(mentions), qPrintable(detail));
    const auto code = result.error().code;
    QVERIFY(code == ErrorCode::HeaderTooLarge || code == ErrorCode::InvalidFormat);
}

/// The values of a pickle of a few bytes are larger than four times itself.
void TestPickleMachine::aSmallPickleMayBuildTheFloor()
{
    VERIFY_RESULT(engine::readPickle(Pickle().bytes("(").bytes(std::string(100, ']')).tuple().stop()));
    VERIFY_ERROR(engine::readPickle(Pickle().bytes("(").bytes(std::string(10'000, ']')).tuple().stop()),
        ErrorCode::HeaderTooLarge);
}

void TestPickleMachine::theTableIsClosed_data()
{
    QTest::addColumn<QByteArray>("module");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("role");
    const auto row = [](const char* module, const char* name, GlobalRole role) {
        QTest::newRow((std::string{module} + "|" + name).c_str())
            << QByteArray{module} << QByteArray{name} << static_cast<int>(role);
    };
    row("torch._utils", "_rebuild_tensor_v2", GlobalRole::RebuildTensorV2);
    row("torch", "_utils._rebuild_tensor_v2", GlobalRole::Foreign);
    row("torch._utils.", "_rebuild_tensor_v2", GlobalRole::Foreign);
    row("torch._utils", "_rebuild_tensor_v2 ", GlobalRole::Foreign);
    row("Torch._utils", "_rebuild_tensor_v2", GlobalRole::Foreign);
    row("", "torch._utils._rebuild_tensor_v2", GlobalRole::Foreign);
    row("collections", "OrderedDict", GlobalRole::OrderedDict);
    row("torch.storage", "UntypedStorage", GlobalRole::UntypedStorage);
    row("torch", "FloatStorage", GlobalRole::Storage);
    row("builtins", "eval", GlobalRole::Foreign);
    row("os", "system", GlobalRole::Forbidden);
    row("os.path", "join", GlobalRole::Forbidden);
    row("posix", "system", GlobalRole::Forbidden);
    row("osx", "system", GlobalRole::Foreign);
    row("", "", GlobalRole::Foreign);
}

void TestPickleMachine::theTableIsClosed()
{
    QFETCH(QByteArray, module);
    QFETCH(QByteArray, name);
    QFETCH(int, role);
    const engine::PickleGlobal global = engine::lookUpGlobal(module.toStdString(), name.toStdString());
    QCOMPARE(static_cast<int>(global.role), role);
    QCOMPARE(global.name, module.toStdString() + "." + name.toStdString());
}

QTEST_APPLESS_MAIN(TestPickleMachine)
#include "test_pickle_machine.moc"
