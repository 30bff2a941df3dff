// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/validation_text.h"

#include "model_engine/catalog/validation/finding.h"

#include <QTest>

namespace engine = weightroom::engine;
using namespace weightroom::ui;
using weightroom::engine::Json;

class TestValidationText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aValidationIsPutIntoWords();
    void everyFindingHasItsSentence_data();
    void everyFindingHasItsSentence();
    void anUnknownFindingIsTheEngines();
    void anEmptyAnswerIsNothing();
};

void TestValidationText::aValidationIsPutIntoWords()
{
    const ValidationView view = validationView({{"model_id", "hat"}, {"is_valid", false},
        {"checks",
            {{{"check", "structure"}, {"status", "passed"}, {"detail", "d"}},
                {{"check", "values"}, {"status", "failed"}}, {{"check", "hashes"}, {"status", "warning"}},
                {{"check", "new check"}, {"status", "not_applicable"}}}},
        {"tensors_with_problems",
            {{{"name", "a"}, {"nan_count", 3}, {"inf_count", 1}, {"is_all_zero", false}},
                {{"name", "b"}, {"nan_count", 0}, {"inf_count", 0}, {"is_all_zero", true}}}}});
    QVERIFY(!view.isValid);
    QCOMPARE(view.checks.size(), 4);
    QCOMPARE(view.checks[0].name, QStringLiteral("Structure of the file"));
    QCOMPARE(view.checks[0].status, CheckStatus::Passed);
    QCOMPARE(view.checks[1].status, CheckStatus::Failed);
    QCOMPARE(view.checks[2].status, CheckStatus::Warning);
    QCOMPARE(view.checks[3].name, QStringLiteral("new check"));
    QCOMPARE(view.checks[3].status, CheckStatus::Skipped);
    QCOMPARE(
        view.tensors, (QStringList{QStringLiteral("a: 3 NaN, 1 infinite"), QStringLiteral("b: all values are zero")}));
}

void TestValidationText::everyFindingHasItsSentence_data()
{
    QTest::addColumn<QString>("word");
    for (std::size_t number = 1; number <= static_cast<std::size_t>(engine::kLastFindingWord); ++number) {
        const std::string word{toText(static_cast<engine::FindingWord>(number))};
        QTest::newRow(word.c_str()) << QString::fromStdString(word);
    }
}

/// With all counts that there are, no sentence keeps a placeholder or falls back to the engine's English.
void TestValidationText::everyFindingHasItsSentence()
{
    QFETCH(const QString, word);
    Json counts;
    for (const char* name : {"tensors", "files", "missing", "extra", "elements", "nan", "infinite", "zero_tensors",
             "unknown_tensors", "entries", "damaged", "hashes", "differing"})
        counts[name] = 7;
    const ValidationView view = validationView({{"checks",
        {{{"check", "structure"}, {"status", "failed"}, {"finding", word.toStdString()}, {"counts", counts},
            {"names", {"first", "second"}}, {"detail", "English"}}}}});
    const QString& sentence = view.checks.first().finding;
    QVERIFY2(sentence != QStringLiteral("English"), qPrintable(word));
    QVERIFY2(!sentence.contains(QLatin1Char('{')), qPrintable(sentence));
}

void TestValidationText::anUnknownFindingIsTheEngines()
{
    const ValidationView view = validationView(
        {{"checks", {{{"check", "structure"}, {"status", "passed"}, {"finding", "new"}, {"detail", "English"}}}}});
    QCOMPARE(view.checks.first().finding, QStringLiteral("English"));
}

void TestValidationText::anEmptyAnswerIsNothing() { QVERIFY(validationView(Json::object()).checks.isEmpty()); }

QTEST_GUILESS_MAIN(TestValidationText)
#include "test_validation_text.moc"
