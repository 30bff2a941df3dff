// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>
#include <map>
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

template <typename Value>
std::string wordsOf(const std::vector<Value>& values)
{
    std::string words;
    for (const Value value : values)
        words += (words.empty() ? "" : " ") + std::string{toText(value)};
    return words;
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
    void componentsAddUpToTheFile_data() { addRows(allFiles()); }
    void componentsAddUpToTheFile();
    void componentOfAgreesWithTheCounts_data() { addRows(allFiles()); }
    void componentOfAgreesWithTheCounts();
    void doesNotDependOnTheOrderOfTensors();
    void everyPrefixedPartIsFound_data();
    void everyPrefixedPartIsFound();
    void evidenceNamesKeyAndShape();
    void confidenceFallsWithWhatIsMissing();
    void precisionIsTheTypeOfMostBytes();
};

void TestIdentification::identifies()
{
    QFETCH(IdentificationCase, file);
    const Identification identified = identify(indexOf(file.blueprint));
    COMPARE_TEXT("the kind", toText(identified.kind), toText(file.kind));
    COMPARE_TEXT("the architecture", toText(identified.architecture), toText(file.architecture));
    COMPARE_TEXT("the variant", identified.variant, file.variant);
    COMPARE_TEXT("the list of candidates", wordsOf(identified.candidates), file.candidates);
    COMPARE_TEXT("the variant of the base", identified.baseVariant, file.baseVariant);
    COMPARE_TEXT("the prediction", toText(identified.prediction), toText(file.prediction));
    COMPARE_TEXT("the list of problems", wordsOf(identified.problems), file.problems);
    COMPARE_TEXT("the list of components", idsOf(identified), file.components);
    QVERIFY2(hasEvidence(identified, file.rule), file.rule.c_str());
    QVERIFY(identified.confidence > 0 && identified.confidence <= 1);
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
    for (const IdentificationCase& file : knownFiles()) {
        TensorIndex index = indexOf(file.blueprint);
        std::ranges::reverse(index.tensors);
        const Identification identified = identify(index);
        COMPARE_TEXT(file.name.c_str(), idsOf(identified), file.components);
        QVERIFY2(identified.architecture == file.architecture, file.name.c_str());
        COMPARE_TEXT(file.name.c_str(), identified.variant, file.variant);
        COMPARE_TEXT(file.name.c_str(), identified.baseVariant, file.baseVariant);
    }
}

void TestIdentification::everyPrefixedPartIsFound_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("prefix");
    const auto row = [](const char* file, const char* prefix) {
        QTest::addRow("%s below %s", file, prefix) << QString::fromLatin1(file) << QString::fromLatin1(prefix);
    };
    for (const char* prefix : {"model.diffusion_model.", "diffusion_model.", "model.model.", "unet.", "transformer.",
             "net.", "module.", "model."})
        row("sd1 unet alone", prefix);
    for (const char* prefix : {"first_stage_model.", "vae.", "pretransform.model."})
        row("sdxl vae", prefix);
    row("sd2 controlnet without prefix", "control_model.");
    row("t2i adapter of sd1 in colour", "adapter.");
    for (const char* prefix : {"params_ema.", "params."})
        row("real-esrgan x4", prefix);
    for (const char* prefix : {"cond_stage_model.transformer.", "cond_stage_model.model.", "text_encoder.",
             "text_encoder_2.", "text_encoder_3.", "image_encoder.", "clip_l_vision.", "embedder.model.",
             "conditioner.embedders.7.transformer.", "conditioner.embedders.7.model.",
             "conditioner.embedders.7.open_clip.model.", "text_encoders.clip_l.transformer.", "text_encoders.any."})
        row("clip-l", prefix);
    for (const char* prefix : {"text_encoders.qwen.transformer.", "text_encoder."})
        row("qwen 3 4b", prefix);
}

void TestIdentification::everyPrefixedPartIsFound()
{
    QFETCH(QString, file);
    QFETCH(QString, prefix);
    const Cases& files = knownFiles();
    const auto bare = std::ranges::find(files, file.toStdString(), &IdentificationCase::name);
    QVERIFY(bare != files.end());
    const Identification identified = identify(indexOf(placed(bare->blueprint, prefix.toStdString(), "test")));
    COMPARE_TEXT("the kind", toText(identified.kind), toText(bare->kind));
    COMPARE_TEXT("the list of components", idsOf(identified), bare->components);
}

void TestIdentification::evidenceNamesKeyAndShape()
{
    const Cases& files = knownFiles();
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
    const auto confidence = [](std::string_view name) {
        const auto file = std::ranges::find(knownFiles(), name, &IdentificationCase::name);
        return file == knownFiles().end() ? -1 : identify(indexOf(file->blueprint)).confidence;
    };
    QCOMPARE(confidence("sdxl checkpoint"), 1.0);
    QCOMPARE(confidence("sdxl lora"), 1.0);
    for (const char* name :
        {"sd1 with odd input channels", "diffusers controlnet without attention", "sdxl slider", "qwen 3 4b"})
        QVERIFY2(confidence(name) > 0 && confidence(name) < 1, name);
    QVERIFY(confidence("lora of names nobody uses") < confidence("sdxl slider"));
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

QTEST_APPLESS_MAIN(TestIdentification)
#include "test_identification.moc"
