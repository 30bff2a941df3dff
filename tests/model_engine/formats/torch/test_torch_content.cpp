// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_archive.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom;
using test::MemorySource;
using test::Pickle;
using test::PickledTensor;

using Metadata = std::map<std::string, std::string, std::less<>>;

namespace {

engine::Result<engine::TensorIndex> read(const Pickle& pickle)
{
    return engine::readTorchArchive(MemorySource{test::torchZip(pickle.stop(), {{"0", std::string(24, 'd')}})});
}

/// The opcodes of a tensor.
std::string tensor()
{
    Pickle pickle = Pickle::raw("");
    return (pickle << PickledTensor{}).open();
}

std::string names(const engine::TensorIndex& index)
{
    std::vector<std::string> all;
    for (const engine::TensorEntry& entry : index.tensors)
        all.push_back(entry.name);
    std::ranges::sort(all);
    std::string text;
    for (const std::string& name : all)
        text += (text.empty() ? "" : " ") + name;
    return text;
}

/// The opcodes of {key: {"w": tensor}} for each key, beside what `others` puts into the dict.
Pickle wrapped(std::initializer_list<const char*> keys, std::string_view others = "")
{
    Pickle pickle = Pickle().dict().mark();
    for (const char* key : keys)
        pickle.text(key).orderedDict().text("w").bytes(tensor()).setItem();
    return pickle.bytes(others).setItems();
}

/// The callbacks of a Stable Diffusion checkpoint: a class as a key, numpy's scalar as a value.
std::string callbacks()
{
    return Pickle::raw("")
        .text("callbacks")
        .dict()
        .global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
        .dict()
        .mark()
        .text("monitor")
        .text("val/loss_simple_ema")
        .text("best_model_score")
        .global("numpy.core.multiarray", "scalar")
        .global("numpy", "dtype")
        .mark()
        .text("f8")
        .boolean(false)
        .boolean(true)
        .tuple()
        .reduce()
        .mark()
        .integer(3)
        .text("<")
        .none()
        .tuple()
        .build()
        .global("_codecs", "encode")
        .text("\xc3\xbf")
        .text("latin1")
        .tuple2()
        .reduce()
        .tuple2()
        .reduce()
        .setItems()
        .setItem()
        .open();
}

/// What nn.ParameterDict becomes when it is pickled.
std::string parameterDict()
{
    return Pickle::raw("")
        .global("torch.nn.modules.container", "ParameterDict")
        .emptyTuple()
        .newObject()
        .dict()
        .mark()
        .text("training")
        .boolean(true)
        .text("_parameters")
        .orderedDict()
        .text("*")
        .global("torch._utils", "_rebuild_parameter")
        .bytes(tensor())
        .boolean(true)
        .orderedDict()
        .tuple3()
        .reduce()
        .setItem()
        .text("_buffers")
        .orderedDict()
        .setItems()
        .build()
        .open();
}

} // namespace

/// How what a file holds is named.
class TestTorchContent : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesTensors_data();
    void namesTensors();
    void takesScalarsAsMetadata();
    void keepsMetadataShort();
    void readsAStableDiffusionCheckpoint();
    void readsTextualInversions_data();
    void readsTextualInversions();
    void readsTensorsOfAllForms_data();
    void readsTensorsOfAllForms();
    void readsEveryDtype_data();
    void readsEveryDtype();
    void knowsContiguousTensors_data();
    void knowsContiguousTensors();
};

void TestTorchContent::namesTensors_data()
{
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("names");
    const auto row = [](const char* name, const Pickle& pickle, const char* names) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle.open()) << QString::fromUtf8(names);
    };
    const std::string t = tensor();
    row("bare tensor", Pickle().bytes(t), "tensor");
    row("dict", Pickle().dict().mark().text("a").bytes(t).text("b.c").bytes(t).setItems(), "a b.c");
    row("list", Pickle().list().bytes(t).append().bytes(t).append(), "0 1");
    row("tuple", Pickle().none().bytes(t).tuple2(), "1");
    row("nested", Pickle().dict().text("a").list().none().append().bytes(t).append().setItem(), "a.1");
    row("numbers as keys", Pickle().dict().mark().integer(768).bytes(t).integer(-1).bytes(t).setItems(), "-1 768");
    row("a class as a key", Pickle().dict().global("m", "C").bytes(t).setItem(), "m.C");
    row("a tuple as a key", Pickle().dict().emptyTuple().bytes(t).setItem(), "0");
    row("none", Pickle().none(), "");
    row("text", Pickle().text("hello"), "");
    row("empty key", Pickle().dict().text("").dict().text("a").bytes(t).setItem().setItem(), ".a");
    row("state_dict", wrapped({"state_dict", "optimizer"}), "optimizer.w w");
    row("params_ema before params", wrapped({"params", "params_ema"}), "params.w w");
    row("params", wrapped({"params"}), "w");
    row("model", wrapped({"model"}), "w");
    row("state_dict before model", wrapped({"model", "state_dict"}), "model.w w");
    row("a wrapper that is a tensor", Pickle().dict().text("model").bytes(t).setItem(), "model");
    row("a wrapper further down", Pickle().dict().text("a").dict().text("model").bytes(t).setItem().setItem(),
        "a.model");
    row("other wrappers keep their name", wrapped({"net_g"}), "net_g.w");
    row("a dict that is referred to twice",
        Pickle().dict().mark().text("a").dict().put(0).text("w").bytes(t).setItem().text("b").get(0).setItems(),
        "a.w b.w");
}

void TestTorchContent::namesTensors()
{
    QFETCH(QByteArray, pickle);
    QFETCH(QString, names);
    const auto index = read(Pickle::raw(pickle.toStdString()));
    VERIFY_RESULT(index);
    QCOMPARE(QString::fromStdString(::names(*index)), names);
}

void TestTorchContent::takesScalarsAsMetadata()
{
    const auto index = read(Pickle()
                                .dict()
                                .mark()
                                .text("global_step")
                                .integer(470'000)
                                .text("epoch")
                                .integer(-1)
                                .text("pytorch-lightning_version")
                                .text("1.4.2")
                                .oldText("name")
                                .oldText("style")
                                .text("lr")
                                .real(0.1)
                                .text("trained")
                                .boolean(true)
                                .text("nothing")
                                .none()
                                .text("inner")
                                .dict()
                                .text("step")
                                .integer(5)
                                .setItem()
                                .integer(5)
                                .text("a key that is no text")
                                .setItems());
    VERIFY_RESULT(index);
    const Metadata expected{{"global_step", "470000"}, {"epoch", "-1"}, {"pytorch-lightning_version", "1.4.2"},
        {"name", "style"}, {"lr", "0.1"}, {"trained", "true"}};
    QVERIFY(index->metadata == expected);
}

void TestTorchContent::keepsMetadataShort()
{
    Pickle pickle = Pickle().dict().mark();
    pickle.text("long").text(std::string(257, 'x')).text(std::string(257, 'k')).text("value");
    pickle.text("not utf8").text("\xff").text("fits").text(std::string(256, 'x'));
    for (int i = 0; i < 100; ++i)
        pickle.text("key " + std::to_string(i)).integer(i);
    const auto index = read(pickle.setItems());
    VERIFY_RESULT(index);
    QCOMPARE(index->metadata.size(), std::size_t{64});
    QVERIFY(index->metadata.contains("fits"));
    QVERIFY(!index->metadata.contains("long"));
    QVERIFY(!index->metadata.contains("not utf8"));
}

void TestTorchContent::readsAStableDiffusionCheckpoint()
{
    const std::string others = Pickle::raw("").text("global_step").integer(840'000).bytes(callbacks()).open();
    const auto index = read(wrapped({"state_dict"}, others));
    VERIFY_RESULT(index);
    QCOMPARE(names(*index), std::string{"w"});
    QVERIFY(index->metadata == (Metadata{{"global_step", "840000"}}));
}

void TestTorchContent::readsTextualInversions_data()
{
    QTest::addColumn<QByteArray>("parameters");
    QTest::newRow("dict") << QByteArray::fromStdString(
        Pickle::raw("").dict().text("*").bytes(tensor()).setItem().open());
    QTest::newRow("ParameterDict") << QByteArray::fromStdString(parameterDict());
}

void TestTorchContent::readsTextualInversions()
{
    QFETCH(QByteArray, parameters);
    const auto index = read(Pickle()
                                .dict()
                                .mark()
                                .text("string_to_token")
                                .dict()
                                .text("*")
                                .integer(265)
                                .setItem()
                                .text("string_to_param")
                                .bytes(parameters.toStdString())
                                .text("name")
                                .text("my style")
                                .text("step")
                                .integer(500)
                                .text("sd_checkpoint_name")
                                .none()
                                .setItems());
    VERIFY_RESULT(index);
    QCOMPARE(names(*index), std::string{"string_to_param.*"});
    QVERIFY(index->metadata == (Metadata{{"name", "my style"}, {"step", "500"}}));
}

void TestTorchContent::readsTensorsOfAllForms_data()
{
    QTest::addColumn<QByteArray>("opcodes");
    const auto row = [](const char* name, const Pickle& pickle) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle.open());
    };
    const auto pickle = [] { return Pickle::raw(""); };
    const std::string plain =
        pickle().storage("FloatStorage", "0", 6).integer(0).numbers({2, 3}).numbers({3, 1}).open();
    const std::string v2 = plain + pickle().boolean(true).orderedDict().open();
    const auto made = [&](const char* module, const char* function, const std::string& arguments) {
        return pickle().global(module, function).mark().bytes(arguments).tuple().reduce();
    };
    row("_rebuild_tensor", made("torch._utils", "_rebuild_tensor", plain));
    row("_rebuild_tensor_v2", made("torch._utils", "_rebuild_tensor_v2", v2));
    row("_rebuild_tensor_v2 with metadata", made("torch._utils", "_rebuild_tensor_v2", v2 + "}"));
    row("_rebuild_tensor_v3 in a typed storage",
        made("torch._utils", "_rebuild_tensor_v3", v2 + pickle().global("torch", "float32").open()));
    row("_rebuild_parameter",
        made("torch._utils", "_rebuild_parameter", tensor() + pickle().boolean(true).orderedDict().open()));
    row("_rebuild_parameter_with_state",
        made("torch._utils", "_rebuild_parameter_with_state",
            tensor() + pickle().boolean(true).orderedDict().dict().open()));
    row("Parameter", pickle().global("torch.nn.parameter", "Parameter").bytes(tensor()).tuple1().newObject());
    row("_rebuild_from_type_v2",
        made("torch._tensor", "_rebuild_from_type_v2",
            pickle()
                .global("torch._utils", "_rebuild_tensor_v2")
                .global("torch.nn.parameter", "Parameter")
                .mark()
                .bytes(v2)
                .tuple()
                .dict()
                .open()));
    row("size as torch.Size",
        made("torch._utils", "_rebuild_tensor",
            pickle()
                .storage("FloatStorage", "0", 6)
                .integer(0)
                .global("torch", "Size")
                .numbers({2, 3})
                .tuple1()
                .reduce()
                .numbers({3, 1})
                .open()));
}

void TestTorchContent::readsTensorsOfAllForms()
{
    QFETCH(QByteArray, opcodes);
    const auto index = read(Pickle().dict().text("x").bytes(opcodes.toStdString()).setItem());
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.size(), std::size_t{1});
    QCOMPARE(index->tensors[0].name, std::string{"x"});
    QCOMPARE(index->tensors[0].dtype, engine::Dtype::F32);
    QCOMPARE(index->tensors[0].shape, (engine::Shape{2, 3}));
    QVERIFY(index->tensors[0].isContiguous());
}

void TestTorchContent::readsEveryDtype_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("dtype");
    QTest::addColumn<engine::Dtype>("expected");
    const auto row = [](const char* type, const char* dtype, engine::Dtype expected) {
        QTest::newRow(*dtype != '\0' ? dtype : type) << QString::fromUtf8(type) << QString::fromUtf8(dtype) << expected;
    };
    using enum engine::Dtype;
    row("FloatStorage", "", F32);
    row("HalfStorage", "", F16);
    row("BFloat16Storage", "", Bf16);
    row("DoubleStorage", "", F64);
    row("ByteStorage", "", U8);
    row("CharStorage", "", I8);
    row("ShortStorage", "", I16);
    row("IntStorage", "", I32);
    row("LongStorage", "", I64);
    row("BoolStorage", "", Bool);
    row("ComplexFloatStorage", "", C64);
    row("UntypedStorage", "", U8);
    row("UntypedStorage", "uint16", U16);
    row("UntypedStorage", "uint32", U32);
    row("UntypedStorage", "uint64", U64);
    row("UntypedStorage", "float8_e4m3fn", F8E4M3);
    row("UntypedStorage", "float8_e5m2", F8E5M2);
    row("UntypedStorage", "float8_e4m3fnuz", F8E4M3Fnuz);
    row("UntypedStorage", "float8_e5m2fnuz", F8E5M2Fnuz);
    row("UntypedStorage", "float8_e8m0fnu", F8E8M0);
}

/// A storage of 24 bytes, whatever the type, and a tensor of all of it but the first element.
void TestTorchContent::readsEveryDtype()
{
    QFETCH(QString, type);
    QFETCH(QString, dtype);
    QFETCH(engine::Dtype, expected);
    const std::int64_t bytes = engine::traitsOf(expected).bitsPerBlock / 8;
    const bool isUntyped = type == QStringLiteral("UntypedStorage");
    const std::int64_t elements = 24 / bytes;
    Pickle pickle = Pickle().dict().text("x");
    pickle << PickledTensor{.type = type.toStdString(),
        .elements = isUntyped ? 24 : elements,
        .offset = 1,
        .size = {elements - 1},
        .stride = {1},
        .dtype = dtype.toStdString()};
    const auto index = read(pickle.setItem());
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).dtype, expected);
    QCOMPARE(index->tensors[0].range.size.value, static_cast<std::uint64_t>(24 - bytes));
    QCOMPARE(index->tensors[0].range.begin % 64, static_cast<std::uint64_t>(bytes));
}

void TestTorchContent::knowsContiguousTensors_data()
{
    using Numbers = std::vector<std::int64_t>;
    QTest::addColumn<std::vector<std::int64_t>>("size");
    QTest::addColumn<std::vector<std::int64_t>>("stride");
    QTest::addColumn<bool>("isContiguous");
    QTest::addColumn<int>("elementsInRange");
    QTest::newRow("plain") << Numbers{2, 3} << Numbers{3, 1} << true << 6;
    QTest::newRow("scalar") << Numbers{} << Numbers{} << true << 1;
    QTest::newRow("size 1 with any stride") << Numbers{1, 2, 1, 3} << Numbers{99, 3, 0, 1} << true << 6;
    QTest::newRow("one element") << Numbers{1, 1} << Numbers{7, 5} << true << 1;
    QTest::newRow("no element") << Numbers{2, 0} << Numbers{17, 17} << true << 0;
    QTest::newRow("transposed") << Numbers{3, 2} << Numbers{1, 3} << false << 6;
    QTest::newRow("each second") << Numbers{3} << Numbers{2} << false << 5;
    QTest::newRow("a column") << Numbers{2, 1} << Numbers{3, 1} << false << 4;
    QTest::newRow("expanded") << Numbers{4, 2} << Numbers{0, 1} << false << 2;
    QTest::newRow("overlapping") << Numbers{4, 3} << Numbers{1, 1} << false << 6;
}

void TestTorchContent::knowsContiguousTensors()
{
    QFETCH(std::vector<std::int64_t>, size);
    QFETCH(std::vector<std::int64_t>, stride);
    QFETCH(bool, isContiguous);
    QFETCH(int, elementsInRange);
    Pickle pickle = Pickle().dict().text("x");
    pickle << PickledTensor{.size = size, .stride = stride};
    const std::string file = test::torchZip(pickle.setItem().stop(), {{"0", std::string(24, 'd')}});
    const auto index = engine::readTorchArchive(MemorySource{file});
    VERIFY_RESULT(index);
    const engine::TensorEntry& entry = index->tensors.at(0);
    QCOMPARE(entry.isContiguous(), isContiguous);
    QCOMPARE(entry.range.size.value, static_cast<std::uint64_t>(elementsInRange) * 4);
    QCOMPARE(engine::contiguousSize(entry).value, entry.shape.elements().value() * 4);
    QCOMPARE(index->dataSize, engine::contiguousSize(entry));
    QCOMPARE(test::brokenPromise(*index, engine::Bytes{file.size()}), std::string{});
}

QTEST_APPLESS_MAIN(TestTorchContent)
#include "test_torch_content.moc"
