// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/loader/precision_rig.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Wanted = WantedPrecision;

/// Larger than two blocks of a conversion and several chunks of the readers, and no multiple of either.
constexpr std::size_t kManyNumbers = 9'000'001;

/// Made once: it is what takes the time.
const NumberTensor& largeTensor()
{
    static const NumberTensor large = floats("unet.weight", kManyNumbers);
    return large;
}

std::vector<NumberTensor> smallModel()
{
    return {floats("unet.weight", 70'001), {"unet.steps", Dtype::I64, std::string(24, '\1')}, floats("unet.empty", 0),
        floats("vae.weight", 1'000)};
}

} // namespace

/// Loads that convert.
class TestLoadPrecision : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void convertsWhileItReads_data();
    void convertsWhileItReads();
    void convertsWhatIsCached();
    void convertsMoreThanABlock();
    void unpacksGguf();
    void saysWhatWasLost();
    void leavesTheCacheAsStored();
    void loadsAgainInAnotherType();
    void findsWhatWasConvertedBefore();
    void sharesWithWhatIsStoredInThatType();
    void keepsApartWhatTheHashDoesNotSee();
    void convertsTiedTensorsOnce();
    void keepsEqualBytesOfOtherTypesApart();
    void convertsWithoutSharing();
    void noticesWrongBytes();
    void copiesFromMemoryThatIsNotPinned();
    void leavesNothingWhenTheDeviceFails();
    void leavesNothingWhenItIsCancelled();

private:
    ResourceUse m_before;
};

void TestLoadPrecision::convertsWhileItReads_data()
{
    QTest::addColumn<Wanted>("wanted");
    QTest::addColumn<Dtype>("type");
    QTest::newRow("fp16") << Wanted::Fp16 << Dtype::F16;
    QTest::newRow("bf16") << Wanted::Bf16 << Dtype::Bf16;
    QTest::newRow("fp32, as it is") << Wanted::Fp32 << Dtype::F32;
}

void TestLoadPrecision::convertsWhileItReads()
{
    QFETCH(Wanted, wanted);
    QFETCH(Dtype, type);
    PrecisionRig rig;
    const auto run = rig.load(rig.as(rig.write("a", smallModel()), wanted));
    VERIFY_RESULT(run.outcome);
    for (const NumberTensor& tensor : smallModel()) {
        const StoredTensor& loaded = PrecisionRig::tensorOf(*run.outcome, tensor.name);
        const bool isKept = tensor.dtype != Dtype::F32 || tensor.bytes.empty();
        QCOMPARE(loaded.dtype, isKept ? tensor.dtype : type);
        QVERIFY(rig.onDevice(loaded) == (isKept ? tensor.bytes : convertedBytes(Dtype::F32, tensor.bytes, type)));
    }
    const std::uint64_t width = traitsOf(type).bitsPerBlock / 8;
    QCOMPARE(run.outcome->bytesCopied, Bytes{71'001 * width + 24});
    QCOMPARE(run.outcome->bytesRead, Bytes{71'001 * 4 + 24});
    QCOMPARE(run.reports.back()->unitsDone, (run.outcome->bytesRead + run.outcome->bytesCopied).value);
}

void TestLoadPrecision::convertsWhatIsCached()
{
    PrecisionRig rig;
    const auto model = rig.write("a", smallModel());
    auto cached = rig.load({.model = model});
    VERIFY_RESULT(cached.outcome);
    rig.keepCached(*cached.outcome);
    const auto run = rig.load(rig.as(model, Wanted::Fp16));
    VERIFY_RESULT(run.outcome);
    QCOMPARE(run.outcome->bytesRead, Bytes{});
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "vae.weight"))
        == convertedBytes(Dtype::F32, smallModel().back().bytes, Dtype::F16));
    QVERIFY(run.outcome->times.converting.count() > 0);
}

void TestLoadPrecision::convertsMoreThanABlock()
{
    PrecisionRig rig;
    const auto run = rig.load(rig.as(rig.write("a", {largeTensor(), floats("unet.small", 3)}), Wanted::Bf16));
    VERIFY_RESULT(run.outcome);
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.weight"))
        == convertedBytes(Dtype::F32, largeTensor().bytes, Dtype::Bf16));
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.small"))
        == convertedBytes(Dtype::F32, floatBytes("unet.small", 3), Dtype::Bf16));
}

void TestLoadPrecision::unpacksGguf()
{
    PrecisionRig rig;
    const std::string name = "unet.packed";
    const auto path = rig.folder.write(
        "packed.gguf", GgufBuilder().text("general.architecture", "flux").tensor(name, ggml::kQ8_0, {64, 33}).build());
    const auto model = recordOf(path, {{"unet", ComponentKind::Unet}});
    const std::string stored = tensorPattern(name, 64 * 33 / 32 * 34);
    const auto unpacked = rig.load(rig.as(model, Wanted::Fp16));
    VERIFY_RESULT(unpacked.outcome);
    const StoredTensor& tensor = PrecisionRig::tensorOf(*unpacked.outcome, name);
    QCOMPARE(tensor.dtype, Dtype::F16);
    QVERIFY(rig.onDevice(tensor) == convertedBytes(Dtype::Q8_0, stored, Dtype::F16));
}

void TestLoadPrecision::saysWhatWasLost()
{
    PrecisionRig rig;
    std::vector<NumberTensor> tensors = smallModel();
    const float beyond = 1e6F;
    std::memcpy(tensors.front().bytes.data(), &beyond, sizeof beyond);
    const auto run = rig.load(rig.as(rig.write("a", tensors), Wanted::Fp16));
    VERIFY_RESULT(run.outcome);
    PrecisionLoss expected;
    const std::string converted = convertedBytes(Dtype::F32, tensors.front().bytes, Dtype::F16, expected);
    QVERIFY(!converted.empty());
    QCOMPARE(run.outcome->conversions.size(), 2U);
    const auto unet = std::ranges::find(run.outcome->conversions, ComponentId{"unet"}, &ComponentConversion::id);
    QCOMPARE(unet->tensors, 1U);
    QCOMPARE(unet->stored, Bytes{70'001 * 4});
    QCOMPARE(unet->loaded, Bytes{70'001 * 2});
    QCOMPARE(unet->loss.elements, 70'001U);
    QCOMPARE(unet->loss.overflowed, 1U);
    QVERIFY(unet->loss.largestError > 0);
    QCOMPARE(unet->loss.largestError, expected.largestError);
    QCOMPARE(unet->loss.meanError(), expected.meanError());
    // The component on the device remembers it.
    const auto loaded = std::ranges::find(
        run.outcome->loaded, ComponentId{"unet"}, [](const LoadedComponentPtr& one) { return one->key.component; });
    QVERIFY((*loaded)->conversion.has_value());
    QCOMPARE((*loaded)->conversion->loss.overflowed, 1U);
}

void TestLoadPrecision::leavesTheCacheAsStored()
{
    PrecisionRig rig;
    const auto run = rig.load(rig.as(rig.write("a", smallModel()), Wanted::Fp16));
    VERIFY_RESULT(run.outcome);
    for (const CachedComponentPtr& component : run.outcome->cached) {
        for (const StoredTensor& tensor : component->weights.tensors) {
            const std::vector<NumberTensor> model = smallModel();
            const auto stored = std::ranges::find(model, tensor.name, &NumberTensor::name);
            QCOMPARE(tensor.dtype, stored->dtype);
            QVERIFY(std::ranges::equal(hostBytes(tensor.content->place()), std::as_bytes(std::span{stored->bytes})));
        }
    }
    const auto toCache = rig.load([&] {
        LoadRequest request = rig.as(rig.write("b", smallModel()), Wanted::Fp16);
        request.lane = nullptr;
        return request;
    }());
    VERIFY_RESULT(toCache.outcome);
    QVERIFY(toCache.outcome->conversions.empty());
    QCOMPARE(toCache.outcome->cached.front()->weights.tensors.front().dtype, Dtype::F32);
}

void TestLoadPrecision::loadsAgainInAnotherType()
{
    PrecisionRig rig;
    const auto model = rig.write("a", smallModel());
    auto first = rig.load(rig.as(model, Wanted::Fp16));
    VERIFY_RESULT(first.outcome);
    rig.keepCached(*first.outcome);
    ResidencyTable table;
    const DeviceId id = rig.device.description().id;
    QVERIFY(table.add(id, first.outcome->loaded).empty());
    LoadRequest same = rig.as(model, Wanted::Fp16);
    same.present = table.componentsOf(id, model->id, model->identity());
    const auto nothing = rig.load(same);
    VERIFY_RESULT(nothing.outcome);
    QVERIFY(nothing.outcome->loaded.empty());
    QCOMPARE(nothing.outcome->present.size(), 2U);
    LoadRequest other = same;
    other.precision.precision = Wanted::Bf16;
    const auto again = rig.load(other);
    VERIFY_RESULT(again.outcome);
    QCOMPARE(again.outcome->loaded.size(), 2U);
    QCOMPARE(again.outcome->bytesRead, Bytes{});
    QCOMPARE(PrecisionRig::tensorOf(*again.outcome, "vae.weight").dtype, Dtype::Bf16);
    QCOMPARE(table.add(id, again.outcome->loaded).size(), 2U); // what they replace goes
}

void TestLoadPrecision::findsWhatWasConvertedBefore()
{
    PrecisionRig rig;
    auto first = rig.load(rig.as(rig.write("a", smallModel()), Wanted::Fp16));
    VERIFY_RESULT(first.outcome);
    rig.keepCached(*first.outcome);
    const auto other = rig.write("b", smallModel()); // the same bytes in another file
    auto cached = rig.load({.model = other});
    VERIFY_RESULT(cached.outcome);
    rig.keepCached(*cached.outcome);
    const auto copied = rig.device.uploads();
    LoadRequest again = rig.as(other, Wanted::Fp16);
    again.verification = Verification::None;
    const auto second = rig.load(again);
    VERIFY_RESULT(second.outcome);
    QCOMPARE(rig.device.uploads(), copied);
    QCOMPARE(second.outcome->bytesCopied, Bytes{});
    QCOMPARE(PrecisionRig::tensorOf(*second.outcome, "unet.weight").address(),
        PrecisionRig::tensorOf(*first.outcome, "unet.weight").address());
    QCOMPARE(
        second.outcome->conversions.front().loss.largestError, first.outcome->conversions.front().loss.largestError);
}

void TestLoadPrecision::sharesWithWhatIsStoredInThatType()
{
    PrecisionRig rig;
    const std::string half = convertedBytes(Dtype::F32, floatBytes("unet.weight", 50'000), Dtype::F16);
    const auto pruned = rig.load(rig.as(rig.write("pruned", {{"unet.half", Dtype::F16, half}}), Wanted::Fp16));
    VERIFY_RESULT(pruned.outcome);
    QVERIFY(pruned.outcome->conversions.empty());
    const auto full = rig.load(rig.as(rig.write("full", {floats("unet.weight", 50'000)}), Wanted::Fp16));
    VERIFY_RESULT(full.outcome);
    QCOMPARE(full.outcome->savedOnDevice, Bytes{100'000});
    QCOMPARE(PrecisionRig::tensorOf(*full.outcome, "unet.weight").address(),
        PrecisionRig::tensorOf(*pruned.outcome, "unet.half").address());
}

void TestLoadPrecision::keepsApartWhatTheHashDoesNotSee()
{
    // One number of many, which lies beside the samples of the stored and of the converted bytes.
    constexpr std::size_t kElement = 35'000;
    PrecisionRig rig;
    NumberTensor other = floats("unet.weight", 70'001);
    other.bytes.at(kElement * sizeof(float) + 3) ^= '\x80'; // its sign
    const auto digest = [](const std::string& bytes) { return digestOf(std::as_bytes(std::span{bytes})); };
    const NumberTensor one = floats("unet.weight", 70'001);
    QVERIFY(digest(one.bytes) == digest(other.bytes) && one.bytes != other.bytes);
    const auto first = rig.load(rig.as(rig.write("a", {one}), Wanted::Bf16));
    const auto second = rig.load(rig.as(rig.write("b", {other}), Wanted::Bf16));
    VERIFY_RESULT(first.outcome);
    VERIFY_RESULT(second.outcome);
    const auto onDevice = [&](const LoadRig::Run& run) {
        return rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.weight"));
    };
    QVERIFY(digest(onDevice(first)) == digest(onDevice(second)));
    QVERIFY(onDevice(first) == convertedBytes(Dtype::F32, one.bytes, Dtype::Bf16));
    QVERIFY(onDevice(second) == convertedBytes(Dtype::F32, other.bytes, Dtype::Bf16));
    QCOMPARE(second.outcome->savedOnDevice, Bytes{});
}

void TestLoadPrecision::convertsTiedTensorsOnce()
{
    PrecisionRig rig;
    NumberTensor tied = floats("unet.a", 20'000);
    const NumberTensor first = tied;
    tied.name = "unet.b";
    const auto model = rig.write("a", {first, tied});
    auto cached = rig.load({.model = model});
    VERIFY_RESULT(cached.outcome);
    rig.keepCached(*cached.outcome);
    const auto run = rig.load(rig.as(model, Wanted::Fp16));
    VERIFY_RESULT(run.outcome);
    QCOMPARE(run.outcome->bytesCopied, Bytes{40'000});
    QCOMPARE(PrecisionRig::tensorOf(*run.outcome, "unet.a").address(),
        PrecisionRig::tensorOf(*run.outcome, "unet.b").address());
    QCOMPARE(run.outcome->conversions.front().loss.elements, 40'000U); // each tensor lost it
}

/// The same 16 bits are other numbers in fp16 and bf16.
void TestLoadPrecision::keepsEqualBytesOfOtherTypesApart()
{
    PrecisionRig rig;
    const std::string bits = convertedBytes(Dtype::F32, floatBytes("x", 5'000), Dtype::F16);
    const auto model = rig.write("a", {{"unet.half", Dtype::F16, bits}, {"unet.brain", Dtype::Bf16, bits}});
    auto cached = rig.load({.model = model});
    VERIFY_RESULT(cached.outcome);
    rig.keepCached(*cached.outcome); // one content in RAM
    const auto run = rig.load(rig.as(model, Wanted::Fp32));
    VERIFY_RESULT(run.outcome);
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.half"))
        == convertedBytes(Dtype::F16, bits, Dtype::F32));
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.brain"))
        == convertedBytes(Dtype::Bf16, bits, Dtype::F32));
}

void TestLoadPrecision::convertsWithoutSharing()
{
    PrecisionRig rig;
    LoadRequest wanted = rig.as(rig.write("a", smallModel()), Wanted::Fp16);
    wanted.sharing = ContentSharing::None;
    const auto run = rig.load(wanted);
    VERIFY_RESULT(run.outcome);
    QVERIFY(rig.onDevice(PrecisionRig::tensorOf(*run.outcome, "unet.weight"))
        == convertedBytes(Dtype::F32, smallModel().front().bytes, Dtype::F16));
    QVERIFY(!PrecisionRig::tensorOf(*run.outcome, "unet.weight").content->label());
}

void TestLoadPrecision::noticesWrongBytes()
{
    for (const std::uint64_t wrong : {std::uint64_t{0}, std::uint64_t{17'000'000}}) {
        PrecisionRig rig;
        rig.device.wrongByteAt = wrong;
        const auto run = rig.load(rig.as(rig.write("a", {largeTensor()}), Wanted::Fp16));
        VERIFY_ERROR(run.outcome, ErrorCode::VerificationFailed);
        VERIFY_NOTHING_HELD(rig);
    }
}

void TestLoadPrecision::copiesFromMemoryThatIsNotPinned()
{
    PrecisionRig rig;
    rig.device.failRegistrationAt = 0;
    const auto run = rig.load(rig.as(rig.write("a", smallModel()), Wanted::Fp16));
    VERIFY_RESULT(run.outcome); // verified
    QCOMPARE(rig.device.timesRegistered(), 0U);
}

void TestLoadPrecision::leavesNothingWhenTheDeviceFails()
{
    for (std::uint64_t call = 0; call < 3; ++call) {
        PrecisionRig rig;
        rig.device.failUploadAt = call;
        const auto run = rig.load(rig.as(rig.write("a", {largeTensor()}), Wanted::Fp16));
        VERIFY_ERROR(run.outcome, ErrorCode::DeviceError);
        VERIFY_NOTHING_HELD(rig);
    }
}

void TestLoadPrecision::leavesNothingWhenItIsCancelled()
{
    PrecisionRig rig;
    JobQueue* queue = nullptr;
    JobId job{};
    rig.device.onUpload = [&] { QVERIFY(queue->cancel(job)); };
    const auto note = [&](JobQueue& jobs, JobId id, int) {
        queue = &jobs;
        job = id;
    };
    const auto run = rig.load(rig.as(rig.write("a", {largeTensor()}), Wanted::Fp16), note);
    VERIFY_ERROR(run.outcome, ErrorCode::Cancelled);
    QCOMPARE(rig.device.uploads(), 1U);
    VERIFY_NOTHING_HELD(rig);
}

QTEST_GUILESS_MAIN(TestLoadPrecision)
#include "test_load_precision.moc"
