// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/direct_placing.h"
#include "model_engine/loader/plan/model_planning.h"
#include "tests/model_engine/loader/load_rig.h"
#include "tests/support/file_time.h"
#include "tests/support/resource_check.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

Bytes sizeOf(const ModelRecord& model, const char* id)
{
    return std::ranges::find(model.identified.components, ComponentId{id}, &ComponentRecord::id)->size;
}

/// What is wrong with the progress of a load; empty when it ends at exactly `total` and never went back.
std::string brokenProgress(const std::vector<JobSnapshotPtr>& reports, Bytes total)
{
    std::uint64_t done = 0;
    for (const JobSnapshotPtr& report : reports) {
        if (report->unitsDone < done)
            return "progress went back";
        done = report->unitsDone;
        if (report->unitsTotal != 0 && report->unitsTotal != total.value)
            return "the total is " + std::to_string(report->unitsTotal);
    }
    return done == total.value ? std::string{}
                               : "ended at " + std::to_string(done) + " of " + std::to_string(total.value);
}

/// Where the tensors of the model's only file begin in it.
std::map<std::string, std::uint64_t> offsetsIn(const ModelRecord& model)
{
    std::map<std::string, std::uint64_t> offsets;
    const std::vector<InputFile> files = openModelFiles(model).value();
    const TensorIndex index = readModelIndex(model, files).value();
    for (const TensorEntry& tensor : index.tensors)
        offsets.emplace(tensor.name, tensor.range.begin);
    return offsets;
}

bool hasPhase(const std::vector<JobSnapshotPtr>& reports, JobPhase phase)
{
    return std::ranges::any_of(reports, [&](const JobSnapshotPtr& report) { return report->phase == phase; });
}

} // namespace

class TestModelLoader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void loadsEveryByte_data();
    void loadsEveryByte();
    void loadsTensorsThatShareBytes();
    void loadsViewsWithTheirElementsInOrder();
    void readsNothingTheSecondTime();
    void loadsWhatIsMissing();
    void fillsTheCacheOnly();
    void loadsWhatIsWanted();
    void doesNothingWhenAllIsThere();
    void saysWhereTheTimeWent();
    void refusesADeviceThatIsTooSmall();
    void refusesACacheThatIsTooSmall();
    void evictsToMakeRoom();
    void evictsUntilItFits();
    void neverEvictsWhatItCopiesFrom();
    void refusesWhatCannotBeLoaded();

private:
    ResourceUse m_before;
};

void TestModelLoader::loadsEveryByte_data()
{
    QTest::addColumn<bool>("isCold");
    QTest::addColumn<bool>("isVerified");
    QTest::newRow("from the page cache") << false << false;
    QTest::newRow("from the disk") << true << false;
    QTest::newRow("from the disk, verified") << true << true;
}

void TestModelLoader::loadsEveryByte()
{
    QFETCH(bool, isCold);
    QFETCH(bool, isVerified);
    LoadRig rig;
    if (isCold)
        dropFromPageCache(rig.model->path);
    auto run = rig.load(isVerified ? rig.verified() : rig.request());
    VERIFY_RESULT(run.outcome);
    LoadOutcome& outcome = *run.outcome;
    const Bytes size = sizeOfModel(*rig.model);
    QCOMPARE(outcome.loaded.size(), 4U);
    QCOMPARE(outcome.cached.size(), 4U);
    QCOMPARE(rig.wrongOnDevice(outcome), std::string{});
    QCOMPARE(outcome.bytesRead, size);
    QCOMPARE(outcome.bytesCopied, size);
    const ReadStatistics& read = outcome.readStatistics;
    QCOMPARE(read.fromPageCache + read.direct + read.buffered, size);
    QCOMPARE(brokenProgress(run.reports, size * 2), std::string{});
    QCOMPARE(hasPhase(run.reports, JobPhase::Verifying), isVerified);
    for (std::size_t i = 0; i < outcome.loaded.size(); ++i) {
        const LoadedComponent& loaded = *outcome.loaded[i];
        QVERIFY(loaded.key == outcome.cached[i]->key);
        QCOMPARE(loaded.weights.size, sizeOf(*rig.model, loaded.key.component.text.c_str()));
    }
    QVERIFY(outcome.loaded.back()->kind == ComponentKind::Lora); // batches are kept
    outcome = {};
    VERIFY_NOTHING_HELD(rig);
}

/// Tied weights of a PyTorch file: the whole storage twice, and a part of it. Larger than a chunk of the readers.
void TestModelLoader::loadsTensorsThatShareBytes()
{
    constexpr std::int64_t kSize = 5'000'001;
    constexpr std::int64_t kOffset = 4'000'000;
    const std::string bytes = tensorPattern("0", kSize);
    Pickle pickle = Pickle().dict().mark();
    const auto add = [&](const char* name, std::int64_t offset) {
        pickle.text(name) << PickledTensor{
            .type = "ByteStorage", .elements = kSize, .offset = offset, .size = {kSize - offset}, .stride = {1}};
    };
    add("unet.whole", 0);
    add("unet.same", 0);
    add("vae.end", kOffset);
    LoadRig rig;
    rig.model = recordOf(rig.folder.write("tied.ckpt", torchZip(pickle.setItems().stop(), {{"0", bytes}})),
        {{"unet", ComponentKind::Unet}, {"vae", ComponentKind::Vae}});
    for (const auto& request : {rig.request(), rig.verified()}) {
        dropFromPageCache(rig.model->path);
        const auto run = rig.load(request);
        VERIFY_RESULT(run.outcome);
        QCOMPARE(run.outcome->loaded.size(), 2U);
        for (const LoadedComponentPtr& component : run.outcome->loaded) {
            for (const StoredTensor& tensor : component->weights.tensors) {
                std::string loaded(tensor.size().value, '\0');
                VERIFY_RESULT(rig.device.download(tensor.address(), std::as_writable_bytes(std::span{loaded})));
                QVERIFY2(loaded == bytes.substr(tensor.name == "vae.end" ? kOffset : 0), tensor.name.c_str());
            }
        }
    }
}

/// A transposed and a repeated view of a PyTorch file, beside a plain tensor.
void TestModelLoader::loadsViewsWithTheirElementsInOrder()
{
    constexpr std::int64_t kRows = 1200;
    constexpr std::int64_t kColumns = 1500; // more than one block of the gathering
    const std::string bytes = tensorPattern("0", kRows * kColumns);
    Pickle pickle = Pickle().dict().mark();
    const auto add = [&](const char* name, std::vector<std::int64_t> size, std::vector<std::int64_t> stride) {
        pickle.text(name) << PickledTensor{.type = "ByteStorage",
            .elements = kRows * kColumns,
            .offset = 0,
            .size = std::move(size),
            .stride = std::move(stride)};
    };
    add("unet.plain", {kRows, kColumns}, {kColumns, 1});
    add("unet.transposed", {kColumns, kRows}, {1, kColumns});
    add("vae.repeated", {3, kColumns}, {0, 1});
    std::map<std::string, std::string> expected{{"unet.plain", bytes},
        {"unet.transposed", std::string(bytes.size(), 0)},
        {"vae.repeated", bytes.substr(0, kColumns) + bytes.substr(0, kColumns) + bytes.substr(0, kColumns)}};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        expected["unet.transposed"][(i % kColumns) * kRows + i / kColumns] = bytes[i];

    LoadRig rig;
    rig.model = recordOf(rig.folder.write("views.ckpt", torchZip(pickle.setItems().stop(), {{"0", bytes}})),
        {{"unet", ComponentKind::Unet}, {"vae", ComponentKind::Vae}});
    const auto run = rig.load(rig.verified());
    VERIFY_RESULT(run.outcome);
    QCOMPARE(run.outcome->bytesRead, Bytes{2 * bytes.size() + 3 * kColumns});
    std::size_t compared = 0;
    for (const LoadedComponentPtr& component : run.outcome->loaded) {
        for (const StoredTensor& tensor : component->weights.tensors) {
            std::string loaded(tensor.size().value, '\0');
            VERIFY_RESULT(rig.device.download(tensor.address(), std::as_writable_bytes(std::span{loaded})));
            QVERIFY2(loaded == expected.at(tensor.name), tensor.name.c_str());
            ++compared;
        }
    }
    QCOMPARE(compared, expected.size());
}

void TestModelLoader::readsNothingTheSecondTime()
{
    LoadRig rig;
    {
        auto first = rig.load(rig.request());
        VERIFY_RESULT(first.outcome);
        rig.keepCached(*first.outcome);
    }
    QCOMPARE(rig.heldOnDevice(), Bytes{});
    auto second = rig.load(rig.verified());
    VERIFY_RESULT(second.outcome);
    QCOMPARE(second.outcome->bytesRead, Bytes{});
    QCOMPARE(second.outcome->fromCache.size(), 4U);
    QCOMPARE(rig.wrongOnDevice(*second.outcome), std::string{});
    QCOMPARE(brokenProgress(second.reports, sizeOfModel(*rig.model)), std::string{});
    QVERIFY(!hasPhase(second.reports, JobPhase::Reading));
    QCOMPARE(rig.cache.hits(), 4U);
}

void TestModelLoader::loadsWhatIsMissing()
{
    LoadRig rig;
    {
        LoadRequest part = rig.request();
        part.wanted = {ComponentId{"unet"}};
        part.lane = nullptr;
        auto first = rig.load(part);
        VERIFY_RESULT(first.outcome);
        rig.keepCached(*first.outcome);
    }
    LoadRequest rest = rig.verified();
    rest.present = {{ComponentId{"vae"}, {Dtype::U8}}};
    auto run = rig.load(rest);
    VERIFY_RESULT(run.outcome);
    QCOMPARE(run.outcome->loaded.size(), 3U);
    QVERIFY(run.outcome->fromCache == std::set<ComponentId>{ComponentId{"unet"}});
    const Bytes read = sizeOf(*rig.model, "encoder") + sizeOf(*rig.model, "lora");
    QCOMPARE(run.outcome->bytesRead, read);
    QCOMPARE(brokenProgress(run.reports, read * 2 + sizeOf(*rig.model, "unet")), std::string{});
    QCOMPARE(rig.wrongOnDevice(*run.outcome), std::string{});
}

void TestModelLoader::fillsTheCacheOnly()
{
    LoadRig rig;
    LoadRequest request = rig.verified();
    request.lane = nullptr;
    auto run = rig.load(request);
    VERIFY_RESULT(run.outcome);
    QVERIFY(run.outcome->loaded.empty());
    QCOMPARE(run.outcome->cached.size(), 4U);
    const std::map<std::string, std::uint64_t> offsets = offsetsIn(*rig.model);
    for (const CachedComponentPtr& component : run.outcome->cached) {
        QVERIFY(component->identity == rig.model->identity());
        for (const StoredTensor& tensor : component->weights.tensors) {
            const auto bytes = hostBytes(tensor.content->place());
            const std::string expected = tensorPattern(tensor.name, bytes.size());
            QVERIFY(std::ranges::equal(bytes, std::as_bytes(std::span{expected})));
            QVERIFY(bytes.size() < kSmallestInStep.value || isInStep(bytes, offsets.at(tensor.name)));
        }
    }
    QCOMPARE(rig.device.uploads(), 0U);
    QCOMPARE(rig.heldOnDevice(), Bytes{});
    QCOMPARE(brokenProgress(run.reports, sizeOfModel(*rig.model)), std::string{});
}

void TestModelLoader::loadsWhatIsWanted()
{
    LoadRig rig;
    LoadRequest request = rig.request();
    request.wanted = {ComponentId{"vae"}};
    auto run = rig.load(request);
    VERIFY_RESULT(run.outcome);
    QCOMPARE(run.outcome->loaded.size(), 1U);
    QCOMPARE(run.outcome->bytesCopied, sizeOf(*rig.model, "vae"));
    QCOMPARE(rig.wrongOnDevice(*run.outcome), std::string{});
}

void TestModelLoader::doesNothingWhenAllIsThere()
{
    LoadRig rig;
    LoadRequest request = rig.verified();
    for (const ComponentRecord& component : rig.model->identified.components)
        request.present[component.id].assign(component.tensorCount, Dtype::U8);
    auto run = rig.load(request);
    VERIFY_RESULT(run.outcome);
    QVERIFY(run.outcome->loaded.empty() && run.outcome->cached.empty());
    QCOMPARE(rig.device.uploads(), 0U);
    VERIFY_NOTHING_HELD(rig);
}

void TestModelLoader::saysWhereTheTimeWent()
{
    LoadRig rig;
    const auto run = rig.load(rig.verified());
    VERIFY_RESULT(run.outcome);
    const LoadTimes& times = run.outcome->times;
    for (const LoadTimes::Seconds phase : {times.planning, times.allocating, times.reading, times.verifying}) {
        QVERIFY(phase.count() > 0);
        QVERIFY(phase < times.total);
    }
    QVERIFY(times.copying.count() > 0);
}

void TestModelLoader::refusesADeviceThatIsTooSmall()
{
    LoadRig rig{kMiB};
    const auto run = rig.load(rig.request());
    VERIFY_ERROR(run.outcome, ErrorCode::OutOfDeviceMemory);
    const ErrorContext& context = run.outcome.error().context;
    QVERIFY(*context.required >= sizeOfModel(*rig.model));
    QCOMPARE(*context.available, kMiB);
    QCOMPARE(context.deviceId.text, std::string{"TEST_0"});
    QCOMPARE(context.memoryType, std::string{"host device"});
    VERIFY_NOTHING_HELD(rig);
    LoadRequest part = rig.request(); // what fits can still be loaded
    part.wanted = {ComponentId{"lora"}};
    VERIFY_RESULT(rig.load(part).outcome);
}

void TestModelLoader::refusesACacheThatIsTooSmall()
{
    LoadRig rig{kMiB * 32, kMiB * 2};
    {
        LoadRequest part = rig.request();
        part.wanted = {ComponentId{"vae"}};
        auto first = rig.load(part);
        VERIFY_RESULT(first.outcome);
        rig.keepCached(*first.outcome);
    }
    const Bytes before = rig.heldInCache();
    const auto run = rig.load(rig.request());
    VERIFY_ERROR(run.outcome, ErrorCode::OutOfCacheBudget);
    QVERIFY(*run.outcome.error().context.required > kMiB * 2);
    QCOMPARE(rig.heldOnDevice(), Bytes{});
    QCOMPARE(rig.heldInCache(), before); // what could not help was not thrown away
    QCOMPARE(rig.cache.evictions(), 0U);
}

void TestModelLoader::evictsToMakeRoom()
{
    LoadRig rig{kMiB * 32, kMiB * 14};
    const ModelRecordPtr other = rig.writeModel("other");
    {
        LoadRequest first = rig.request();
        first.model = other;
        auto run = rig.load(first);
        VERIFY_RESULT(run.outcome);
        rig.keepCached(*run.outcome);
    }
    auto run = rig.load(rig.verified());
    VERIFY_RESULT(run.outcome);
    QVERIFY(run.outcome->evicted > Bytes{});
    QVERIFY(rig.cache.evictions() > 0);
    QCOMPARE(rig.wrongOnDevice(*run.outcome), std::string{});
    QVERIFY(rig.heldInCache() <= kMiB * 14);
}

void TestModelLoader::evictsUntilItFits()
{
    // The cached components share a slab: evicting as many bytes as are missing gives no slab back.
    LoadRig rig{kMiB * 32, kMiB * 8};
    {
        LoadRequest small = rig.request();
        small.wanted = {ComponentId{"encoder"}, ComponentId{"vae"}, ComponentId{"lora"}};
        auto run = rig.load(small);
        VERIFY_RESULT(run.outcome);
        rig.keepCached(*run.outcome);
    }
    QCOMPARE(rig.cacheMemory.arena().statistics().slabs, 1U);
    const ModelRecordPtr other = rig.writeModel("other");
    LoadRequest large = rig.verified();
    large.model = other;
    large.wanted = {ComponentId{"unet"}};
    QVERIFY(sizeOf(*other, "unet") < kMiB * 8 && sizeOf(*other, "unet") + rig.heldInCache() - kMiB > kMiB * 6);
    rig.cacheMemory.setCapacity(kMiB * 6);
    const auto run = rig.load(large);
    VERIFY_RESULT(run.outcome);
    QCOMPARE(rig.wrongOnDevice(*run.outcome), std::string{});
    QCOMPARE(rig.cache.evictions(), 3U);
}

void TestModelLoader::neverEvictsWhatItCopiesFrom()
{
    LoadRig rig{kMiB * 32, kMiB * 6};
    {
        LoadRequest part = rig.request();
        part.wanted = {ComponentId{"unet"}};
        auto first = rig.load(part);
        VERIFY_RESULT(first.outcome);
        rig.keepCached(*first.outcome);
    }
    const Bytes before = rig.heldInCache();
    // The cached part and what is missing do not fit together.
    const auto run = rig.load(rig.request());
    VERIFY_ERROR(run.outcome, ErrorCode::OutOfCacheBudget);
    QCOMPARE(rig.heldInCache(), before);
    QVERIFY(rig.cache.contains({rig.model->id, ComponentId{"unet"}}));
    QCOMPARE(rig.heldOnDevice(), Bytes{});
}

void TestModelLoader::refusesWhatCannotBeLoaded()
{
    LoadRig rig;
    LoadRequest unknown = rig.request();
    unknown.wanted = {ComponentId{"text_encoder"}};
    VERIFY_ERROR(rig.load(unknown).outcome, ErrorCode::ComponentNotFound);
    auto broken = std::make_shared<ModelRecord>(*rig.model);
    broken->problem = Error{ErrorCode::UnknownDtype, "by the test", {}};
    LoadRequest unusable = rig.request();
    unusable.model = broken;
    VERIFY_ERROR(rig.load(unusable).outcome, ErrorCode::ModelUnusable);
    VERIFY_NOTHING_HELD(rig);
}

QTEST_APPLESS_MAIN(TestModelLoader)
#include "test_model_loader.moc"
