// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/view_conversion.h"
#include "ui/bridge/text/model_facts.h"
#include "ui/bridge/text/model_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;
using namespace std::chrono_literals;

namespace {

engine::ModelRecordPtr record(const std::string& id)
{
    auto record = std::make_shared<engine::ModelRecord>();
    record->id = {id};
    record->name = id;
    record->path = "/models/" + id + ".safetensors";
    record->files = {{{}, {.size = engine::kMiB * 3}}};
    record->identified.kind = engine::ModelKind::Checkpoint;
    record->identified.architecture = engine::Architecture::Sdxl;
    engine::ComponentRecord unet;
    unet.id = {"unet_sdxl"};
    unet.kind = engine::ComponentKind::Unet;
    unet.size = engine::kMiB * 2;
    engine::ComponentRecord vae;
    vae.id = {"vae_kl_f8"};
    vae.kind = engine::ComponentKind::Vae;
    vae.size = engine::kMiB;
    record->identified.components = {unet, vae};
    return record;
}

engine::ModelState state(const engine::ModelRecordPtr& record)
{
    engine::ModelState state;
    state.record = record;
    return state;
}

engine::EngineSnapshot snapshotWith(std::vector<engine::ModelState> models)
{
    engine::EngineSnapshot snapshot;
    snapshot.models = std::move(models);
    return snapshot;
}

constexpr engine::Clock::Wall kNoon{std::chrono::hours{20'000 * 24 + 12}};

/// Of a model that is loaded, and goes then.
engine::ModelState stateUntil(std::optional<engine::Clock::Wall> expiry)
{
    engine::ModelState loaded = state(record("m"));
    loaded.devices = {{.device = {"HOST_0"},
        .residency = engine::Residency::Loaded,
        .components = {{"unet_sdxl"}},
        .size = engine::kMiB,
        .expiresAt = expiry}};
    return loaded;
}

} // namespace

class TestViewConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void factsOfAModel();
    void conditions();
    void howLongItStays();
    void theTimeItStaysIsToldOnce();
    void whatConversionsLose();
    void factsAreConvertedOnce();
    void hostileNamesAreMadePlain();
    void problemsNameTheirModel();
    void idleHashingIsCounted();
    void jobs();
    void resultsOfJobs_data();
    void resultsOfJobs();
    void tellsOfWhatOtherProgramsDoWhenItHasComeToSomething();
};

void TestViewConversion::factsOfAModel()
{
    const ModelFacts facts = modelFacts(*record("base"));
    QCOMPARE(facts.name, QStringLiteral("base"));
    QCOMPARE(facts.kind, ModelKind::Checkpoint);
    QCOMPARE(facts.architecture, QStringLiteral("SDXL"));
    QCOMPARE(facts.fileBytes, quint64{3} << 20);
    QCOMPARE(facts.componentBytes, quint64{3} << 20);
    QCOMPARE(facts.components.size(), 2);
    QVERIFY(facts.searchText.contains(QStringLiteral("sdxl")));
}

void TestViewConversion::conditions()
{
    engine::ModelState onDisk = state(record("m"));
    QCOMPARE(modelStatus(onDisk).condition, ModelCondition::OnDisk);

    engine::ModelState cached = onDisk;
    cached.cached = {{"unet_sdxl"}};
    QCOMPARE(modelStatus(cached).condition, ModelCondition::PartlyCached);
    cached.cached.push_back({"vae_kl_f8"});
    QCOMPARE(modelStatus(cached).condition, ModelCondition::Cached);

    engine::ModelState loaded = cached;
    engine::ModelState::OnDevice onDevice;
    onDevice.device = {"HOST_0"};
    onDevice.residency = engine::Residency::Loaded;
    onDevice.components = {{"unet_sdxl"}, {"vae_kl_f8"}};
    onDevice.size = engine::kMiB * 3;
    loaded.devices = {onDevice};
    const ModelStatus status = modelStatus(loaded);
    QCOMPARE(status.condition, ModelCondition::Loaded);
    QCOMPARE(status.loadedOn, QStringList{QStringLiteral("HOST_0")});
    QCOMPARE(status.loadedBytes, quint64{3} << 20);

    auto broken = std::make_shared<engine::ModelRecord>(*record("broken"));
    broken->problem = engine::Error{engine::ErrorCode::InvalidFormat, "bad"};
    QCOMPARE(modelStatus(state(broken)).condition, ModelCondition::Unusable);
}

void TestViewConversion::howLongItStays()
{
    const auto statusWith = [](std::optional<engine::Clock::Wall> expiry) { return modelStatus(stateUntil(expiry)); };
    const engine::Clock::Wall noon = kNoon;
    const ModelStatus status = statusWith(noon);
    QCOMPARE(status.loadedUntil.value(QStringLiteral("HOST_0")).toSecsSinceEpoch(), qint64{20'000} * 86'400 + 43'200);
    QVERIFY(status == statusWith(noon + 3us) && status == statusWith(noon - 3us)); // worked out a moment later
    QVERIFY(status != statusWith(noon + 1s));
    QVERIFY(statusWith(std::nullopt).loadedUntil.isEmpty());
}

void TestViewConversion::theTimeItStaysIsToldOnce()
{
    ViewConversion conversion;
    const auto until = [&](std::optional<engine::Clock::Wall> expiry) {
        const LibraryView view = conversion.library(snapshotWith({stateUntil(expiry)}));
        return view.models.first().status.loadedUntil.value(QStringLiteral("HOST_0"));
    };
    // Worked out a few microseconds apart, on both sides of half a second.
    const engine::Clock::Wall halfPast = kNoon + 500ms;
    const QDateTime told = until(halfPast - 3us);
    QCOMPARE(told, QDateTime::fromSecsSinceEpoch(std::chrono::system_clock::to_time_t(kNoon)));
    QCOMPARE(until(halfPast + 3us), told);
    QCOMPARE(until(halfPast - 1us), told);
    // The clock of the machine was set, or the model was loaded again.
    QCOMPARE(until(halfPast + 60s + 3us), told.addSecs(60 + 1));
    QVERIFY(!until(std::nullopt).isValid());
    QCOMPARE(until(halfPast + 3us), told.addSecs(1)); // nothing was told of this load
}

void TestViewConversion::whatConversionsLose()
{
    engine::ModelState loaded = state(record("m"));
    engine::ModelState::OnDevice onDevice;
    onDevice.device = {"HOST_0"};
    onDevice.components = {{"unet_sdxl"}, {"vae_kl_f8"}};
    loaded.devices = {onDevice};
    QVERIFY(modelStatus(loaded).conversions.isEmpty());
    loaded.devices.front().conversions = {{{"unet_sdxl"}, 3, engine::Bytes{400}, engine::Bytes{200},
                                              {.elements = 100, .largestError = 0.5, .errorSum = 3}},
        {{"vae_kl_f8"}, 1, engine::Bytes{40}, engine::Bytes{20},
            {.elements = 100, .overflowed = 2, .largestError = 0.25, .errorSum = 1}}};
    const QList<ConversionLoss> expected{{.device = QStringLiteral("HOST_0"),
        .tensors = 4,
        .storedBytes = 440,
        .loadedBytes = 220,
        .largestError = 0.5,
        .meanError = 0.02,
        .overflowed = 2}};
    const ModelStatus status = modelStatus(loaded);
    QCOMPARE(status.conversions, expected);
    const QString text = conversionTexts(status).join(QLatin1Char('\n'));
    QCOMPARE(text,
        QStringLiteral("Converted on the way to HOST_0: 440 bytes take 220 bytes. Largest error 0.5, mean error 0.02. "
                       "Numbers that are too large for it: 2."));
}

void TestViewConversion::factsAreConvertedOnce()
{
    ViewConversion conversion;
    const auto shared = record("a");
    const LibraryView first = conversion.library(snapshotWith({state(shared)}));
    const LibraryView second = conversion.library(snapshotWith({state(shared), state(record("b"))}));
    QCOMPARE(second.models[0].facts, first.models[0].facts);
    // Another record is another model, whatever its id.
    const LibraryView third = conversion.library(snapshotWith({state(record("a"))}));
    QVERIFY(third.models[0].facts != first.models[0].facts);
}

void TestViewConversion::hostileNamesAreMadePlain()
{
    auto hostile = std::make_shared<engine::ModelRecord>(*record("x"));
    hostile->name = "evil\n\xe2\x80\xae"
                    "name\xff";
    const ModelFacts facts = modelFacts(*hostile);
    QCOMPARE(facts.name, QStringLiteral("evil⟨U+000A⟩⟨U+202E⟩name\uFFFD"));
}

void TestViewConversion::problemsNameTheirModel()
{
    auto broken = std::make_shared<engine::ModelRecord>(*record("broken"));
    broken->problem = engine::Error{engine::ErrorCode::FileTruncated, "short"};
    const ModelFacts facts = modelFacts(*broken);
    QVERIFY(facts.problem.has_value());
    QCOMPARE(facts.problem->modelId, QStringLiteral("broken"));
}

void TestViewConversion::idleHashingIsCounted()
{
    engine::EngineSnapshot snapshot;
    ViewConversion conversion;
    QCOMPARE(conversion.library(snapshot).filesToHash, quint64{0});
    snapshot.hashing = engine::HashingProgress{.filesDone = 2, .filesTotal = 5};
    const LibraryView view = conversion.library(snapshot);
    QCOMPARE(view.filesHashed, quint64{2});
    QCOMPARE(view.filesToHash, quint64{5});
}

void TestViewConversion::jobs()
{
    engine::JobSnapshot job;
    job.id = {7};
    job.description = {.operation = "post_model_load", .modelId = {"m"}, .deviceId = {"HOST_0"}, .subject = "na\nme"};
    job.state = engine::JobState::Failed;
    job.unitsDone = 5;
    job.unitsTotal = 10;
    job.error = engine::Error{engine::ErrorCode::Busy, "busy"};
    const JobView view = jobView(job);
    QCOMPARE(view.number, quint64{7});
    QCOMPARE(view.kind, JobKind::Load);
    QCOMPARE(view.state, JobState::Failed);
    QCOMPARE(view.subject, QStringLiteral("na⟨U+000A⟩me"));
    QCOMPARE(view.done, quint64{5});
    QVERIFY(view.error.has_value());
    job.description.operation = "model.post_model_cache";
    QCOMPARE(jobView(job).kind, JobKind::Cache);
    job.description.operation = "something_else";
    QCOMPARE(jobView(job).kind, JobKind::Other);
    QCOMPARE(jobView(job).subject, view.subject);
    // It would have no title at all.
    job.description.subject.clear();
    QCOMPARE(jobView(job).subject, QStringLiteral("something_else"));
}

void TestViewConversion::resultsOfJobs_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<quint64>("bytes");
    QTest::newRow("a load") << QByteArray(R"({"total_vram_bytes": 7, "bytes_read": 9})") << quint64{7};
    QTest::newRow("the cache was freed") << QByteArray(R"({"freed_bytes": 5})") << quint64{5};
    QTest::newRow("an unload") << QByteArray(R"({"devices": [{"freed_bytes": 2}, {"freed_bytes": 3}]})") << quint64{5};
    QTest::newRow("anything else") << QByteArray(R"({"components": []})") << quint64{100};
    QTest::newRow("no object") << QByteArray("[1]") << quint64{100};
    QTest::newRow("not a number") << QByteArray(R"({"freed_bytes": "many"})") << quint64{0};
}

void TestViewConversion::resultsOfJobs()
{
    QFETCH(const QByteArray, answer);
    engine::JobSnapshot job;
    job.state = engine::JobState::Succeeded;
    job.unitsDone = 100;
    job.result = engine::Json::parse(answer.toStdString());
    QTEST(jobView(job).resultBytes, "bytes");
}

void TestViewConversion::tellsOfWhatOtherProgramsDoWhenItHasComeToSomething()
{
    JobView job;
    job.kind = JobKind::Attach;
    job.state = JobState::Running;
    QVERIFY(!isWorthTelling(job));
    job.state = JobState::Failed; // it has asked whether the model is loaded
    QVERIFY(!isWorthTelling(job));
    job.state = JobState::Succeeded;
    QVERIFY(isWorthTelling(job));
    job.kind = JobKind::ReturnLease;
    QVERIFY(!isWorthTelling(job));
    job.resultBytes = 1; // memory of what was unloaded
    QVERIFY(isWorthTelling(job));
    job.kind = JobKind::Load;
    job.state = JobState::Failed;
    QVERIFY(isWorthTelling(job));
}

QTEST_GUILESS_MAIN(TestViewConversion)
#include "test_view_conversion.moc"
