// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/loader/sharing_rig.h"
#include "tests/support/file_time.h"
#include "tests/support/gate.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/resource_check.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kCommon{SharingRig::kCommonSize};
constexpr Bytes kCheckpoint{SharingRig::kCheckpointSize};
constexpr Bytes kOwn{kUnetSize};

/// Every hash is this one.
ContentHash collidingHash(ContentHash) { return {4, 2}; }

} // namespace

/// Loads of models that have bytes in common.
class TestLoadSharing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void holdsEqualTensorsOnceInRam();
    void copiesOnlyWhatIsNotThere();
    void needsNoRoomForWhatIsThere();
    void givesBackWhatAColdLoadFindsEqual();
    void readsOnlyWhatIsNotInRam();
    void readsNothingWhenAllIsInRam();
    void knowsAgainWhatItReadsAgain();
    void doesNotReadBackWhatItKnowsAgain();
    void believesNoIdWithAnotherHash();
    void readsAFileThatWasReplaced();
    void sharesFilesOfOneIdentity();
    void holdsTiedTensorsOnce();
    void findsEqualBytesInAnyFormat();
    void neverMergesByHashAlone();
    void comparesWhatTheHashDoesNotSee();
    void findsOnTheDeviceWhatTheCacheForgot();
    void mergesLoadsThatRunAtTheSameTime();
    void keepsWhatItFoundWhileItsOwnerGoes();
    void comparesWithWhatGoesMeanwhile();
    void verifiesSharedBytesToo();
    void canBeTurnedOff();

private:
    ResourceUse m_before;
};

void TestLoadSharing::holdsEqualTensorsOnceInRam()
{
    SharingRig rig;
    const auto first = rig.load(SharingRig::toCache(rig.writeCheckpoint("a")));
    const auto second = rig.load(SharingRig::toCache(rig.writeCheckpoint("b")));
    VERIFY_RESULT(first.outcome);
    VERIFY_RESULT(second.outcome);
    QCOMPARE(first.outcome->savedInCache, Bytes{});
    QCOMPARE(second.outcome->savedInCache, kCommon);
    QCOMPARE(second.outcome->bytesRead, kCheckpoint); // what is equal is known only then
    QCOMPARE(rig.placesInCache(), 4U);
    QCOMPARE(rig.wrongBytes(first.outcome->cached) + rig.wrongBytes(second.outcome->cached), std::string{});
}

void TestLoadSharing::copiesOnlyWhatIsNotThere()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    QCOMPARE(first->bytesCopied, kCheckpoint);
    Bytes taken;
    LoadRequest wanted = rig.toDevice(b);
    wanted.verification = Verification::ReadBack;
    auto second = rig.loadAndKeep(wanted);
    VERIFY_RESULT(second);
    QCOMPARE(second->bytesRead, Bytes{});
    QCOMPARE(second->bytesCopied, kOwn);
    QCOMPARE(second->savedOnDevice, kCommon);
    QCOMPARE(rig.placesOnDevice(), 4U);
    QCOMPARE(rig.wrongBytes(first->loaded) + rig.wrongBytes(second->loaded), std::string{});
    first->loaded.clear(); // what is shared stays for the other
    QCOMPARE(rig.placesOnDevice(), 3U);
    QCOMPARE(rig.wrongBytes(second->loaded), std::string{});
    second->loaded.clear();
    QCOMPARE(rig.placesOnDevice(), 0U);
}

void TestLoadSharing::needsNoRoomForWhatIsThere()
{
    SharingRig rig{kMiB * 12};
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    const auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    LoadRequest wanted = rig.toDevice(b);
    wanted.sharing = ContentSharing::None;
    VERIFY_ERROR(rig.load(wanted).outcome, ErrorCode::OutOfDeviceMemory);
    const auto second = rig.loadAndKeep(rig.toDevice(b));
    VERIFY_RESULT(second);
    QCOMPARE(rig.wrongBytes(second->loaded), std::string{});
}

void TestLoadSharing::givesBackWhatAColdLoadFindsEqual()
{
    SharingRig rig;
    const auto first = rig.loadAndKeep(rig.toDevice(rig.writeCheckpoint("a")));
    VERIFY_RESULT(first);
    const auto second = rig.loadAndKeep(rig.toDevice(rig.writeCheckpoint("b")));
    VERIFY_RESULT(second);
    QCOMPARE(second->bytesCopied, kCheckpoint);
    QCOMPARE(second->savedOnDevice, kCommon);
    QCOMPARE(second->savedInCache, kCommon);
    QCOMPARE(rig.placesOnDevice(), 4U);
    QCOMPARE(rig.placesInCache(), 4U);
    QCOMPARE(rig.device.downloads(), 0U); // the ids say that they are equal
    QCOMPARE(rig.wrongBytes(first->loaded) + rig.wrongBytes(second->loaded), std::string{});
}

void TestLoadSharing::readsOnlyWhatIsNotInRam()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    rig.cache.removeModel(b->id).clear();
    const auto again = rig.load(rig.toDevice(b));
    VERIFY_RESULT(again.outcome);
    QVERIFY(again.outcome->fromCache.empty());
    QCOMPARE(again.outcome->bytesRead, kOwn);
    QCOMPARE(again.outcome->savedInCache, kCommon);
    QCOMPARE(again.outcome->bytesCopied, kCheckpoint);
    QCOMPARE(rig.wrongBytes(again.outcome->loaded) + rig.wrongBytes(again.outcome->cached), std::string{});
}

void TestLoadSharing::readsNothingWhenAllIsInRam()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto copy = rig.write("copy",
        {{"vae.same", "vae", kVaeSize}, {"encoder.same", "encoder", kEncoderSize},
            {"unet.same", "unet of a", kUnetSize}});
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(copy)));
    QCOMPARE(rig.placesInCache(), 3U);
    rig.cache.removeModel(copy->id).clear();
    QCOMPARE(rig.placesInCache(), 3U);
    const auto again = rig.loadAndKeep(SharingRig::toCache(copy));
    VERIFY_RESULT(again);
    QCOMPARE(again->bytesRead, Bytes{});
    QCOMPARE(again->savedInCache, kCheckpoint);
    const auto loaded = rig.load(rig.toDevice(copy));
    VERIFY_RESULT(loaded.outcome);
    QCOMPARE(loaded.outcome->fromCache.size(), 3U);
    QCOMPARE(rig.wrongBytes(loaded.outcome->loaded), std::string{});
}

void TestLoadSharing::knowsAgainWhatItReadsAgain()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    rig.cache.removeAll().clear();
    QCOMPARE(rig.placesInCache(), 0U);
    auto again = rig.loadAndKeep(SharingRig::toCache(b));
    VERIFY_RESULT(again);
    QCOMPARE(again->bytesRead, kCheckpoint);
    again = rig.loadAndKeep(SharingRig::toCache(a));
    VERIFY_RESULT(again);
    QCOMPARE(again->bytesRead, kOwn);
    QCOMPARE(again->savedInCache, kCommon);
    QCOMPARE(rig.placesInCache(), 4U);
    QCOMPARE(rig.wrongBytes(rig.cache.components()), std::string{});
}

void TestLoadSharing::doesNotReadBackWhatItKnowsAgain()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    rig.cache.removeAll().clear();
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    const auto again = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(again);
    QCOMPARE(again->bytesCopied, Bytes{});
    QCOMPARE(rig.device.downloads(), 0U);
    QCOMPARE(rig.placesOnDevice(), 3U);
    QCOMPARE(rig.wrongBytes(again->loaded), std::string{});
}

/// A damaged database: it has the ids of one file with the hashes of another.
void TestLoadSharing::believesNoIdWithAnotherHash()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    const KnownContents::OfFile ofA = rig.known.find(a->files.front().identity);
    KnownContents::OfFile wrong = rig.known.find(b->files.front().identity);
    QCOMPARE(wrong.size(), ofA.size());
    for (std::size_t i = 0; i < wrong.size(); ++i)
        wrong[i].id = ofA[i].id;
    for (const auto& isInCache : {true, false}) {
        rig.cache.removeAll().clear();
        QVERIFY(rig.known.learn(b->files.front().identity, wrong));
        const auto first = rig.loadAndKeep(rig.toDevice(a));
        VERIFY_RESULT(first);
        if (!isInCache)
            rig.cache.removeAll().clear();
        LoadRequest wanted = rig.toDevice(b);
        wanted.verification = Verification::ReadBack;
        const auto second = rig.loadAndKeep(wanted);
        VERIFY_RESULT(second);
        QCOMPARE(rig.wrongBytes(first->loaded) + rig.wrongBytes(second->loaded), std::string{});
        QCOMPARE(rig.wrongBytes(rig.cache.components()), std::string{});
    }
}

void TestLoadSharing::readsAFileThatWasReplaced()
{
    SharingRig rig;
    auto a = rig.writeCheckpoint("a");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    passTimestampOf(a->path);
    a = rig.write("a", {{"unet.conv", "other unet", kUnetSize}, {"vae.decoder", "vae", kVaeSize}});
    const auto again = rig.loadAndKeep(SharingRig::toCache(a));
    VERIFY_RESULT(again);
    QCOMPARE(again->bytesRead, Bytes{kUnetSize + kVaeSize});
    QCOMPARE(rig.wrongBytes(rig.cache.components()), std::string{});
    QCOMPARE(again->savedInCache, Bytes{kVaeSize});
}

void TestLoadSharing::sharesFilesOfOneIdentity()
{
    // Two snapshots of a Hugging Face cache that link to one blob: what is known of one is known of the other.
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    auto twin = std::make_shared<ModelRecord>(*a);
    twin->id = ModelId{"twin"};
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(a)));
    const auto second = rig.loadAndKeep(SharingRig::toCache(twin));
    VERIFY_RESULT(second);
    QCOMPARE(second->bytesRead, Bytes{});
    QCOMPARE(rig.placesInCache(), 3U);
}

void TestLoadSharing::holdsTiedTensorsOnce()
{
    SharingRig rig;
    const auto tied = rig.write("tied",
        {{"encoder.embedding", "same", kEncoderSize}, {"encoder.head", "same", kEncoderSize},
            {"vae.decoder", "same", kEncoderSize}});
    const auto cold = rig.loadAndKeep(rig.toDevice(tied));
    VERIFY_RESULT(cold);
    QCOMPARE(cold->bytesRead, Bytes{3 * kEncoderSize});
    QCOMPARE(cold->savedInCache, Bytes{2 * kEncoderSize});
    QCOMPARE(cold->savedOnDevice, Bytes{2 * kEncoderSize});
    QCOMPARE(rig.placesInCache(), 1U);
    QCOMPARE(rig.placesOnDevice(), 1U);
    QCOMPARE(rig.wrongBytes(cold->loaded), std::string{});
}

void TestLoadSharing::findsEqualBytesInAnyFormat()
{
    // The same weight as matrix, as matrix whose innermost dimension comes first, and as bytes.
    constexpr std::uint64_t kRows = 300;
    constexpr std::uint64_t kColumns = 501;
    constexpr std::uint64_t kSize = 2 * kRows * kColumns;
    const std::string name = "encoder.weight";
    const std::string bytes = tensorPattern(name, kSize);
    Pickle pickle = Pickle().dict().mark();
    pickle.text(name) << PickledTensor{
        .type = "ByteStorage", .elements = kSize, .offset = 0, .size = {kSize}, .stride = {1}};
    SharingRig rig;
    const auto record = [&](const char* file, const std::string& content) {
        return recordOf(rig.folder.write(file, content), {{"encoder", ComponentKind::Encoder}});
    };
    const std::array models{
        record("a.safetensors", SafetensorsBuilder().tensor(name, "F16", {kRows, kColumns}).build()),
        record("b.gguf", GgufBuilder().tensor(name, ggml::kF16, {kColumns, kRows}).build()),
        record("c.ckpt", torchZip(pickle.setItems().stop(), {{"0", bytes}})),
    };
    std::vector<LoadedComponentPtr> loaded;
    for (const ModelRecordPtr& model : models) {
        const auto outcome = rig.loadAndKeep(rig.toDevice(model));
        VERIFY_RESULT(outcome);
        loaded.push_back(outcome->loaded.front());
    }
    QCOMPARE(rig.placesInCache(), 1U);
    QCOMPARE(rig.placesOnDevice(), 1U);
    std::string there(kSize, '\0');
    const StoredTensor& tensor = loaded.back()->weights.tensors.front();
    VERIFY_RESULT(rig.device.download(tensor.address(), std::as_writable_bytes(std::span{there})));
    QCOMPARE(there, bytes);
    QVERIFY(tensor.shape != loaded.front()->weights.tensors.front().shape);
}

void TestLoadSharing::neverMergesByHashAlone()
{
    SharingRig rig{kMiB * 64, kMiB * 64};
    rig.fold = collidingHash;
    const auto a = rig.write("a",
        {{"unet.a", "one", kUnetSize}, {"unet.b", "two", kUnetSize}, {"vae.a", "three", kUnetSize},
            {"encoder.a", "one", kUnetSize}});
    const auto b = rig.write("b", {{"unet.a", "four", kUnetSize}, {"unet.b", "two", kUnetSize}});
    auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    QCOMPARE(rig.placesInCache(), 3U);
    QCOMPARE(rig.placesOnDevice(), 3U);
    auto second = rig.loadAndKeep(rig.toDevice(b));
    VERIFY_RESULT(second);
    QCOMPARE(rig.placesInCache(), 4U);
    QCOMPARE(rig.placesOnDevice(), 4U);
    QCOMPARE(rig.wrongBytes(first->loaded) + rig.wrongBytes(second->loaded), std::string{});
    QCOMPARE(rig.wrongBytes(rig.cache.components()), std::string{});

    // Without the cache, what lies on the device is read back.
    rig.cache.removeAll().clear();
    const auto third =
        rig.loadAndKeep(rig.toDevice(rig.write("c", {{"unet.a", "five", kUnetSize}, {"unet.b", "four", kUnetSize}})));
    VERIFY_RESULT(third);
    QVERIFY(rig.device.downloads() > 0);
    QCOMPARE(rig.placesOnDevice(), 5U);
    QCOMPARE(rig.wrongBytes(third->loaded), std::string{});
}

void TestLoadSharing::comparesWhatTheHashDoesNotSee()
{
    SharingRig rig{kMiB * 64, kMiB * 64};
    const auto a = rig.write("a", {{"unet.a", "one", kUnetSize}, {"vae.a", "one'", kUnetSize}});
    const auto b = rig.write("b", {{"unet.a", "one'", kUnetSize}, {"vae.a", "one", kUnetSize}});
    const auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    QCOMPARE(rig.placesInCache(), 2U);
    QCOMPARE(rig.placesOnDevice(), 2U);
    std::set<ContentDigest> digests;
    for (const CachedComponentPtr& component : rig.cache.components()) {
        for (const StoredTensor& tensor : component->weights.tensors)
            digests.insert(tensor.content->label()->digest);
    }
    QCOMPARE(digests.size(), std::size_t{1});
    // In RAM, and on the device, which has to be read back.
    rig.cache.removeAll().clear();
    const auto second = rig.loadAndKeep(rig.toDevice(b));
    VERIFY_RESULT(second);
    QVERIFY(rig.device.downloads() > 0);
    QCOMPARE(second->savedOnDevice, Bytes{2 * kUnetSize});
    QCOMPARE(rig.placesInCache(), 2U);
    QCOMPARE(rig.placesOnDevice(), 2U);
    QCOMPARE(rig.wrongBytes(first->loaded) + rig.wrongBytes(second->loaded), std::string{});
    QCOMPARE(rig.wrongBytes(rig.cache.components()), std::string{});
}

void TestLoadSharing::findsOnTheDeviceWhatTheCacheForgot()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    const auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    rig.cache.removeAll().clear();
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    auto second = rig.loadAndKeep(rig.toDevice(b));
    VERIFY_RESULT(second);
    QCOMPARE(second->bytesCopied, kOwn);
    QCOMPARE(rig.device.downloads(), 2U); // the VAE and the encoder
    QCOMPARE(rig.placesOnDevice(), 4U);
    second->loaded.clear();
    second = rig.loadAndKeep(rig.toDevice(b)); // now they are known to be equal
    VERIFY_RESULT(second);
    QCOMPARE(second->bytesCopied, kOwn);
    QCOMPARE(rig.device.downloads(), 2U);
    QCOMPARE(rig.wrongBytes(second->loaded), std::string{});
}

void TestLoadSharing::mergesLoadsThatRunAtTheSameTime()
{
    SharingRig rig{kMiB * 64, kMiB * 64};
    Gate gate;
    rig.onMemoryTaken = [&] { gate.pass(); };
    std::array<LoadRig::Run, 3> runs;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            const auto model = rig.write(
                "m" + std::to_string(i), {{"unet.conv", "same unet", kUnetSize}, {"vae.decoder", "vae", kVaeSize}});
            threads.emplace_back([&, i, model] { runs[i] = rig.load(rig.toDevice(model)); });
        }
        gate.waitForArrivals(static_cast<int>(runs.size())); // all have taken their memory: nothing is known yet
        QCOMPARE(rig.placesInCache(), 2 * runs.size());
        gate.open();
    }
    for (const auto& run : runs) {
        VERIFY_RESULT(run.outcome);
        QCOMPARE(rig.wrongBytes(run.outcome->loaded) + rig.wrongBytes(run.outcome->cached), std::string{});
    }
    QCOMPARE(rig.placesInCache(), 2U);
    QCOMPARE(rig.placesOnDevice(), 2U);
}

void TestLoadSharing::keepsWhatItFoundWhileItsOwnerGoes()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    // When b's load has planned with what is there, a is unloaded and everything is dropped from the cache.
    rig.onMemoryTaken = [&] {
        const std::lock_guard lock{rig.cacheMutex};
        first->loaded.clear();
        rig.cache.removeAll().clear();
    };
    const auto second = rig.load(rig.toDevice(b));
    VERIFY_RESULT(second.outcome);
    QCOMPARE(second.outcome->bytesCopied, kOwn);
    QCOMPARE(rig.placesOnDevice(), 3U);
    QCOMPARE(rig.wrongBytes(second.outcome->loaded), std::string{});
}

void TestLoadSharing::comparesWithWhatGoesMeanwhile()
{
    SharingRig rig;
    auto first = rig.loadAndKeep(rig.toDevice(rig.writeCheckpoint("a")));
    VERIFY_RESULT(first);
    rig.cache.removeAll().clear();
    const auto b = rig.writeCheckpoint("b");
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    // The comparison on the device is under way when its last owner goes.
    rig.device.onDownload = [&] { first->loaded.clear(); };
    const auto second = rig.load(rig.toDevice(b));
    VERIFY_RESULT(second.outcome);
    QVERIFY(rig.device.downloads() > 0);
    QCOMPARE(rig.wrongBytes(second.outcome->loaded), std::string{});
    QCOMPARE(rig.placesOnDevice(), 3U);
}

void TestLoadSharing::verifiesSharedBytesToo()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    const auto first = rig.loadAndKeep(rig.toDevice(a));
    VERIFY_RESULT(first);
    for (const LoadedComponentPtr& component : first->loaded) {
        if (component->kind != ComponentKind::Vae)
            continue;
        const std::string wrong = "wrong";
        const CopyStep step{std::as_bytes(std::span{wrong}), component->weights.tensors.front().address()};
        VERIFY_RESULT(rig.device.upload({&step, 1}, {}, {}));
    }
    LoadRequest wanted = rig.toDevice(b);
    wanted.verification = Verification::ReadBack;
    VERIFY_RESULT(rig.loadAndKeep(SharingRig::toCache(b)));
    VERIFY_ERROR(rig.load(wanted).outcome, ErrorCode::VerificationFailed);
    QCOMPARE(rig.placesOnDevice(), 3U);
}

void TestLoadSharing::canBeTurnedOff()
{
    SharingRig rig;
    const auto a = rig.writeCheckpoint("a");
    const auto b = rig.writeCheckpoint("b");
    for (const auto& model : {a, b}) {
        LoadRequest wanted = rig.toDevice(model);
        wanted.sharing = ContentSharing::None;
        auto loaded = rig.loadAndKeep(wanted);
        VERIFY_RESULT(loaded);
        QCOMPARE(loaded->savedInCache + loaded->savedOnDevice, Bytes{});
        QVERIFY(loaded->learned.empty());
        QCOMPARE(rig.wrongBytes(loaded->loaded), std::string{});
    }
    QCOMPARE(rig.placesInCache(), 6U);
    QCOMPARE(rig.cacheMemory.contents().size(), 0U);
    QCOMPARE(rig.device.contents().size(), 0U);
}

QTEST_APPLESS_MAIN(TestLoadSharing)
#include "test_load_sharing.moc"
