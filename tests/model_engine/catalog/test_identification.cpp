// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/identification_rules.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

Q_DECLARE_METATYPE(IdentificationCase)

namespace {

std::string idsOf(const Identification& identified)
{
    std::string ids;
    for (const ComponentRecord& component : identified.components)
        ids += (ids.empty() ? "" : " ") + component.id.text;
    return ids;
}

bool hasEvidence(const Identification& identified, std::string_view rule)
{
    return std::ranges::any_of(identified.evidence, [&](const Evidence& evidence) { return evidence.rule == rule; });
}

std::string wrong(const char* what, std::string_view actual, std::string_view expected)
{
    return std::string{what} + " is '" + std::string{actual} + "', expected '" + std::string{expected} + "'";
}

#define COMPARE_TEXT(what, actual, expected) QVERIFY2((actual) == (expected), wrong(what, actual, expected).c_str())

void addRows(const std::vector<IdentificationCase>& cases)
{
    QTest::addColumn<IdentificationCase>("file");
    for (const IdentificationCase& row : cases)
        QTest::newRow(row.name.c_str()) << row;
}

std::vector<IdentificationCase> allFiles()
{
    std::vector<IdentificationCase> all = knownFiles();
    std::ranges::move(unknownFiles(), std::back_inserter(all));
    return all;
}

} // namespace

class TestIdentification final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void identifies_data() { addRows(knownFiles()); }
    void identifies();
    void doesNotGuess_data() { addRows(unknownFiles()); }
    void doesNotGuess();
    void componentsAddUpToTheFile_data() { addRows(allFiles()); }
    void componentsAddUpToTheFile();
    void componentOfAgreesWithTheCounts_data() { addRows(allFiles()); }
    void componentOfAgreesWithTheCounts();
    void doesNotDependOnTheOrderOfTensors();
    void everyRuleHasAFile();
    void everyPrefixedPartIsFound_data();
    void everyPrefixedPartIsFound();
    void evidenceNamesKeyAndShape();
    void confidenceFallsWithWhatIsMissing();
    void precisionIsTheTypeOfMostBytes();
    void anEmptyFileIsUnknown();
    void sumsDoNotWrap();
};

void TestIdentification::identifies()
{
    QFETCH(IdentificationCase, file);
    const Identification identified = identify(indexOf(file.blueprint));
    COMPARE_TEXT("the kind", toText(identified.kind), toText(file.kind));
    COMPARE_TEXT("the architecture", toText(identified.architecture), toText(file.architecture));
    COMPARE_TEXT("the variant", identified.variant, file.variant);
    COMPARE_TEXT("the list of components", idsOf(identified), file.components);
    QVERIFY2(hasEvidence(identified, file.rule), file.rule.c_str());
    QVERIFY(identified.confidence > 0 && identified.confidence <= 1);
}

void TestIdentification::doesNotGuess()
{
    QFETCH(IdentificationCase, file);
    const Identification identified = identify(indexOf(file.blueprint));
    COMPARE_TEXT("the kind", toText(identified.kind), "unknown");
    COMPARE_TEXT("the architecture", toText(identified.architecture), "unknown");
    COMPARE_TEXT("the list of components", idsOf(identified), "other_tensors");
    QVERIFY(identified.evidence.empty());
    QCOMPARE(identified.confidence, 0.0);
}

void TestIdentification::componentsAddUpToTheFile()
{
    QFETCH(IdentificationCase, file);
    const TensorIndex index = indexOf(file.blueprint);
    const Identification identified = identify(index);
    std::uint64_t tensors = 0;
    Bytes size;
    std::set<std::string> ids;
    for (const ComponentRecord& component : identified.components) {
        tensors += component.tensorCount;
        size += component.size;
        QVERIFY2(ids.insert(component.id.text).second, component.id.text.c_str());
        QVERIFY(component.tensorCount > 0);
    }
    QCOMPARE(tensors, std::uint64_t{index.tensors.size()});
    QCOMPARE(identified.tensorCount, tensors);
    QVERIFY(size == index.dataSize);
    QCOMPARE(identified.parameters, parametersOf(file.blueprint));
}

void TestIdentification::componentOfAgreesWithTheCounts()
{
    QFETCH(IdentificationCase, file);
    const TensorIndex index = indexOf(file.blueprint);
    const Identification identified = identify(index);
    std::map<std::string, std::uint64_t> counts;
    for (const TensorEntry& entry : index.tensors) {
        const ComponentRecord* component = componentOf(identified, entry.name);
        QVERIFY2(component != nullptr, entry.name.c_str());
        ++counts[component->id.text];
    }
    for (const ComponentRecord& component : identified.components)
        QCOMPARE(counts[component.id.text], component.tensorCount);
}

void TestIdentification::doesNotDependOnTheOrderOfTensors()
{
    for (IdentificationCase& file : knownFiles()) {
        std::ranges::reverse(file.blueprint);
        const Identification identified = identify(indexOf(file.blueprint));
        COMPARE_TEXT(file.name.c_str(), idsOf(identified), file.components);
        QVERIFY2(identified.architecture == file.architecture, file.name.c_str());
    }
}

void TestIdentification::everyRuleHasAFile()
{
    std::set<std::string_view> missing;
    for (const PartRule& rule : partRules())
        missing.insert(rule.name);
    const std::vector<IdentificationCase> files = knownFiles();
    for (const IdentificationCase& file : files)
        missing.erase(file.rule);
    QVERIFY2(missing.empty(), missing.empty() ? "" : std::string{*missing.begin()}.c_str());
}

void TestIdentification::everyPrefixedPartIsFound_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("prefix");
    const auto row = [](const char* file, const char* prefix) {
        QTest::newRow(prefix) << QString::fromLatin1(file) << QString::fromLatin1(prefix);
    };
    for (const char* prefix : {"model.diffusion_model.", "diffusion_model.", "unet.", "transformer.", "module."})
        row("sd1 unet alone", prefix);
    row("sdxl vae", "vae.");
    row("sd2 controlnet without prefix", "control_model.");
    row("clip-l", "text_encoders.clip_l.");
    row("clip-l", "text_encoder.");
    row("clip-g of transformers", "text_encoders.clip_g.transformer.");
    row("clip-g of open_clip", "text_encoders.clip_g.");
    row("t5 xxl", "text_encoder_2.");
}

void TestIdentification::everyPrefixedPartIsFound()
{
    QFETCH(QString, file);
    QFETCH(QString, prefix);
    const std::vector<IdentificationCase> files = knownFiles();
    const auto bare = std::ranges::find(files, file.toStdString(), &IdentificationCase::name);
    QVERIFY(bare != files.end());
    const Identification identified = identify(indexOf(placed(bare->blueprint, prefix.toStdString(), "test")));
    COMPARE_TEXT("the kind", toText(identified.kind), toText(bare->kind));
    COMPARE_TEXT("the list of components", idsOf(identified), bare->components);
}

void TestIdentification::evidenceNamesKeyAndShape()
{
    const std::vector<IdentificationCase> files = knownFiles();
    const auto file = std::ranges::find(files, "sdxl checkpoint", &IdentificationCase::name);
    const Identification identified = identify(indexOf(file->blueprint));
    const auto label =
        std::ranges::find(identified.evidence, "model.diffusion_model.label_emb.0.0.weight", &Evidence::key);
    QVERIFY(label != identified.evidence.end());
    COMPARE_TEXT("the rule", label->rule, "ldm_unet.sdxl");
    COMPARE_TEXT("the shape", label->shape, "[1280, 2816]");
}

void TestIdentification::confidenceFallsWithWhatIsMissing()
{
    std::map<std::string, double> confidence;
    for (const IdentificationCase& file : knownFiles())
        confidence[file.name] = identify(indexOf(file.blueprint)).confidence;
    QCOMPARE(confidence.at("sdxl checkpoint"), 1.0);
    QCOMPARE(confidence.at("kohya sdxl lora"), 1.0);
    QVERIFY(confidence.at("sd1 with odd input channels") < 1);
    QVERIFY(confidence.at("small diffusers sdxl controlnet") < 1);
    QVERIFY(confidence.at("sdxl slider") < 1);
    QVERIFY(confidence.at("lora of an unknown base") < confidence.at("sdxl slider"));
}

void TestIdentification::precisionIsTheTypeOfMostBytes()
{
    PartBuilder part{Dtype::F16};
    part.tensor("half", {100}); // 200 bytes
    part.tensor("single", {60}, Dtype::F32); // 240 bytes
    part.tensor("position_ids", {1000}, Dtype::I64); // no weights, however many
    QCOMPARE(identify(indexOf(part.take())).precision, Dtype::F32);
    part.tensor("ids", {10}, Dtype::I64);
    QCOMPARE(identify(indexOf(part.take())).precision, Dtype::Unknown);
}

void TestIdentification::anEmptyFileIsUnknown()
{
    const Identification identified = identify(TensorIndex{});
    QCOMPARE(identified.kind, ModelKind::Unknown);
    QVERIFY(identified.components.empty());
    QCOMPARE(identified.precision, Dtype::Unknown);
    QVERIFY(componentOf(identified, "anything") == nullptr);
}

void TestIdentification::sumsDoNotWrap()
{
    const std::uint64_t huge = std::uint64_t{1} << 63U;
    TensorIndex index;
    for (const char* name : {"a", "b", "c"})
        index.tensors.push_back({name, Dtype::U8, {huge}, {8, Bytes{huge}}});
    const Identification identified = identify(index);
    QCOMPARE(identified.parameters, std::numeric_limits<std::uint64_t>::max());
    QCOMPARE(identified.components.front().size.value, std::numeric_limits<std::uint64_t>::max());
}

QTEST_APPLESS_MAIN(TestIdentification)
#include "test_identification.moc"
