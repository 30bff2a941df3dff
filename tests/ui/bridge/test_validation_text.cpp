// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/validation_text.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::engine::Json;

class TestValidationText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aValidationIsPutIntoWords();
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

void TestValidationText::anEmptyAnswerIsNothing() { QVERIFY(validationView(Json::object()).checks.isEmpty()); }

QTEST_GUILESS_MAIN(TestValidationText)
#include "test_validation_text.moc"
