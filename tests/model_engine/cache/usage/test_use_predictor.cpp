// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/use_predictor.h"
#include "tests/model_engine/cache/usage/usage_events.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

ModelUse load(const std::string& model, std::vector<ComponentId> components = {{"unet"}}, Clock::Wall run = kRun)
{
    return {{model}, std::move(components), run, run};
}

/// One letter a model.
void observe(UsePredictor& predictor, const std::string& models)
{
    for (const char model : models)
        predictor.observe(load(std::string{model}));
}

double expected(const UsePredictor& predictor, const std::string& model, const std::string& component = "unet")
{
    const ExpectedUses uses = predictor.expectedUses();
    const auto row = uses.find({{model}, {component}});
    return row == uses.end() ? 0 : row->second;
}

double sumOf(const std::vector<LikelyModel>& models)
{
    double sum = 0;
    for (const LikelyModel& model : models)
        sum += model.probability;
    return sum;
}

} // namespace

class TestUsePredictor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsNothingAtFirst();
    void learnsWhatFollowsWhat();
    void laterHabitsCountMore();
    void theSameModelTwiceIsOneLoad();
    void probabilitiesAddUpToOneAtMost();
    void learnsWhatARunBeginsWith();
    void expectsTheComponentsThatAreTaken();
    void expectsTheNextBeforeTheOneAfter();
    void whatIsNoLongerUsedFades();
    void isBounded();
};

void TestUsePredictor::knowsNothingAtFirst()
{
    const UsePredictor predictor;
    QVERIFY(predictor.next().empty());
    QVERIFY(predictor.expectedUses().empty());
}

void TestUsePredictor::learnsWhatFollowsWhat()
{
    UsePredictor predictor;
    observe(predictor, "abcabcabcadabca");
    const auto likely = predictor.next();
    QVERIFY(likely.front().model == ModelId{"b"});
    QVERIFY(likely.front().probability > 0.6);
    QVERIFY(likely[1].probability < 0.3);
    for (const LikelyModel& model : likely)
        QVERIFY(model.model != ModelId{"a"}); // which is there already
}

void TestUsePredictor::laterHabitsCountMore()
{
    UsePredictor predictor;
    observe(predictor, "ababababababacacacacacaca");
    QVERIFY(predictor.next().front().model == ModelId{"c"});
}

void TestUsePredictor::theSameModelTwiceIsOneLoad()
{
    UsePredictor once;
    observe(once, "abab");
    UsePredictor often;
    observe(often, "aaabbbbaabbb");
    QCOMPARE(often.next().front().probability, once.next().front().probability);
    QCOMPARE(expected(often, "a"), expected(once, "a"));
}

void TestUsePredictor::probabilitiesAddUpToOneAtMost()
{
    UsePredictor predictor;
    for (int i = 0; i < 500; ++i) {
        observe(predictor, std::string{static_cast<char>('a' + i * i % 17)});
        const double sum = sumOf(predictor.next());
        QVERIFY2(sum <= 1 + 1e-9, std::to_string(sum).c_str());
    }
}

void TestUsePredictor::learnsWhatARunBeginsWith()
{
    UsePredictor predictor;
    for (int run = 0; run < 5; ++run) {
        const Clock::Wall begin = kRun + std::chrono::hours{24 * run};
        for (const char* model : {"m", "a", "b", "a", "b", "a", "b"})
            predictor.observe(load(model, {{"unet"}}, begin));
    }
    QVERIFY(predictor.next().front().model == ModelId{"a"});
    predictor.beginRun(kRun + std::chrono::hours{24 * 5});
    QVERIFY(predictor.next().front().model == ModelId{"m"});
    QVERIFY(predictor.next().front().probability > 0.7);
}

void TestUsePredictor::expectsTheComponentsThatAreTaken()
{
    UsePredictor predictor;
    for (int i = 0; i < 8; ++i) {
        predictor.observe(
            load("a", i == 0 ? std::vector<ComponentId>{{"unet"}, {"vae"}} : std::vector<ComponentId>{{"unet"}}));
        predictor.observe(load("b"));
    }
    QCOMPARE(predictor.next().front().components, (std::vector<ComponentId>{{"unet"}}));
    QVERIFY(expected(predictor, "a", "vae") < expected(predictor, "a", "unet") / 2);
}

void TestUsePredictor::expectsTheNextBeforeTheOneAfter()
{
    UsePredictor predictor;
    observe(predictor, "abcdeabcdeabcdeabcde"); // b follows in two loads, c in three, …
    QVERIFY(expected(predictor, "a") > expected(predictor, "b"));
    QVERIFY(expected(predictor, "b") > expected(predictor, "c"));
    QVERIFY(expected(predictor, "c") > expected(predictor, "d"));
}

void TestUsePredictor::whatIsNoLongerUsedFades()
{
    UsePredictor predictor;
    observe(predictor, "xyxy");
    const double before = expected(predictor, "x");
    for (int i = 0; i < 100; ++i)
        observe(predictor, "ab");
    QVERIFY(expected(predictor, "x") < before / 20);
}

void TestUsePredictor::isBounded()
{
    UsePredictor predictor;
    for (std::size_t i = 0; i < UsePredictor::kMostModels * 3; ++i)
        predictor.observe(load("model" + std::to_string(i)));
    QVERIFY(predictor.next().size() <= UsePredictor::kMostModels);
    QVERIFY(predictor.expectedUses().size() <= UsePredictor::kMostModels);
    QVERIFY(expected(predictor, "model0") == 0);
    QVERIFY(expected(predictor, "model" + std::to_string(UsePredictor::kMostModels * 3 - 2)) > 0);
}

QTEST_APPLESS_MAIN(TestUsePredictor)
#include "test_use_predictor.moc"
