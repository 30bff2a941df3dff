// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/error_text.h"

#include <QLocale>
#include <QSet>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;
using engine::ErrorCode;

namespace {

engine::Error outOfDeviceMemory()
{
    engine::ErrorContext context;
    context.modelId = {"sdxl-1"};
    context.deviceId = {"HOST_0"};
    context.required = engine::kGiB * 7;
    context.available = engine::kGiB * 2;
    return {ErrorCode::OutOfDeviceMemory, "reserve failed", context};
}

MemoryView hostDevice(const QList<MemoryOwner>& owners)
{
    MemoryView view;
    view.id = QStringLiteral("HOST_0");
    view.place = MemoryPlace::HostDevice;
    view.owners = owners;
    return view;
}

MemoryView gpu(quint64 usedByOthers)
{
    MemoryView view;
    view.id = QStringLiteral("GPU_0");
    view.place = MemoryPlace::Gpu;
    view.capacity = engine::kGiB.value * 8;
    view.usedByOthers = usedByOthers;
    return view;
}

MemoryView cache(const QList<MemoryOwner>& owners)
{
    MemoryView view;
    view.place = MemoryPlace::Cache;
    view.owners = owners;
    return view;
}

MemoryOwner owner(const char* modelId, MemoryUse use = MemoryUse::Owner)
{
    return {.modelId = QString::fromLatin1(modelId), .modelName = {}, .components = {}, .use = use};
}

const QString kUnload = QStringLiteral("Unload a model that is not needed.");
const QString kSettings = QStringLiteral("Give the device more memory in the settings.");
const QString kCloseOthers = QStringLiteral("Close other programs that use the device.");
const QString kSmaller = QStringLiteral("Choose a smaller model or another device.");

} // namespace

class TestErrorText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void everyCodeHasItsOwnSentence();
    void everyFailureSaysWhatHelps();
    void numbersAreFilledIn();
    void unknownNumbersGiveThePlainSentence();
    void valuesAreNotTakenForPlaceholders();
    void noPlaceholderIsLeft();
    void showInListNeedsAModel();
    void whatIsNotThereIsNotToBeUnloaded_data();
    void whatIsNotThereIsNotToBeUnloaded();
    void otherProgramsAreNamedWhereTheyHoldMemory();
    void anEmptyCacheIsNotToBeFreed();
    void aFileIsNamedByWhatItIs();
    void severalErrorsAreAllNamed();
    void actionsHaveTexts();
};

void TestErrorText::everyCodeHasItsOwnSentence()
{
    QSet<QString> sentences;
    for (const engine::ErrorTraits& traits : engine::errorCatalogue()) {
        const ErrorView view = errorView({traits.code, "detail"});
        QVERIFY2(view.sentence.size() > 10, traits.name.data());
        QVERIFY2(!sentences.contains(view.sentence), qPrintable(view.sentence));
        sentences.insert(view.sentence);
        QVERIFY2(view.weight != ErrorWeight::None, traits.name.data());
    }
}

void TestErrorText::everyFailureSaysWhatHelps()
{
    // These say all that there is to say.
    const QList<ErrorCode> withoutAdvice{
        ErrorCode::Cancelled, ErrorCode::JobNotFound, ErrorCode::NotLoaded, ErrorCode::AlertNotFound};
    for (const engine::ErrorTraits& traits : engine::errorCatalogue()) {
        const bool hasAdvice = !errorView({traits.code, "detail"}).advice.isEmpty();
        QVERIFY2(hasAdvice != withoutAdvice.contains(traits.code), traits.name.data());
    }
}

void TestErrorText::numbersAreFilledIn()
{
    const ErrorView view = errorView(outOfDeviceMemory());
    QVERIFY2(view.sentence.contains(QStringLiteral("7.00 GiB")), qPrintable(view.sentence));
    QVERIFY2(view.sentence.contains(QStringLiteral("2.00 GiB")), qPrintable(view.sentence));
    QVERIFY2(view.sentence.contains(QStringLiteral("HOST_0")), qPrintable(view.sentence));
    QVERIFY(view.detail.contains(QStringLiteral("reserve failed")));
    QCOMPARE(view.modelId, QStringLiteral("sdxl-1"));
}

void TestErrorText::unknownNumbersGiveThePlainSentence()
{
    engine::Error error = outOfDeviceMemory();
    error.context.available.reset();
    const ErrorView view = errorView(error);
    QVERIFY2(!view.sentence.contains(QStringLiteral("GiB")), qPrintable(view.sentence));
    QCOMPARE(view.sentence, errorView({ErrorCode::OutOfDeviceMemory, {}}).sentence);
}

void TestErrorText::valuesAreNotTakenForPlaceholders()
{
    engine::ErrorContext context;
    context.path = "/models/{device}\n.safetensors";
    const ErrorView view = errorView({ErrorCode::NotFound, {}, context});
    QVERIFY2(view.sentence.contains(QStringLiteral("/models/{device}⟨U+000A⟩.safetensors")), qPrintable(view.sentence));
}

void TestErrorText::noPlaceholderIsLeft()
{
    engine::ErrorContext context = outOfDeviceMemory().context;
    context.path = "p";
    context.field = "f";
    context.componentId = {"c"};
    for (const engine::ErrorTraits& traits : engine::errorCatalogue()) {
        for (const engine::ErrorContext& some : {engine::ErrorContext{}, context}) {
            const QString sentence = errorView({traits.code, {}, some}).sentence;
            QVERIFY2(
                !sentence.contains(QLatin1Char('{')) && !sentence.contains(QLatin1Char('}')), qPrintable(sentence));
        }
    }
}

void TestErrorText::showInListNeedsAModel()
{
    QVERIFY(errorView(outOfDeviceMemory()).actions.contains(ErrorAction::ShowInList));
    QVERIFY(!errorView({ErrorCode::OutOfDeviceMemory, {}}).actions.contains(ErrorAction::ShowInList));
}

void TestErrorText::whatIsNotThereIsNotToBeUnloaded_data()
{
    QTest::addColumn<QList<MemoryOwner>>("owners");
    QTest::addColumn<QStringList>("advice");
    const QStringList ofAnEmptyDevice{kSettings, kSmaller};
    QTest::newRow("nothing is loaded") << QList<MemoryOwner>{} << ofAnEmptyDevice;
    QTest::newRow("another model is loaded") << QList{owner("other")} << QStringList{kUnload, kSmaller};
    QTest::newRow("another model is being loaded") << QList{owner("other", MemoryUse::Loading)} << ofAnEmptyDevice;
    QTest::newRow("a part of the model itself is loaded") << QList{owner("sdxl-1")} << ofAnEmptyDevice;
}

void TestErrorText::whatIsNotThereIsNotToBeUnloaded()
{
    QFETCH(const QList<MemoryOwner>, owners);
    MemoryView other = gpu(0); // what is loaded elsewhere does not matter
    other.owners = {owner("third")};
    QTEST(errorView(outOfDeviceMemory(), {other, hostDevice(owners), cache({owner("third")})}).advice, "advice");
    QCOMPARE(errorView(outOfDeviceMemory()).advice, QStringList{kSmaller}); // nobody knows what is there
}

void TestErrorText::otherProgramsAreNamedWhereTheyHoldMemory()
{
    engine::Error error = outOfDeviceMemory();
    error.context.deviceId = {"GPU_0"};
    const QStringList withOthers{kCloseOthers, kSmaller};
    QCOMPARE(errorView(error, {gpu(engine::kGiB.value * 6)}).advice, withOthers);
    QCOMPARE(errorView(error, {gpu(0)}).advice, QStringList{kSmaller});
    // All that the device has for models is free, and is not enough.
    error.context.required = engine::kGiB * 9;
    error.context.available = engine::kGiB * 8;
    QCOMPARE(errorView(error, {gpu(engine::kGiB.value)}).advice, QStringList{kSmaller});
}

void TestErrorText::anEmptyCacheIsNotToBeFreed()
{
    for (const ErrorCode code : {ErrorCode::OutOfCacheBudget, ErrorCode::OutOfHostMemory}) {
        const ErrorView filled = errorView({code, {}}, {hostDevice({}), cache({owner("other")})});
        QVERIFY(filled.actions.contains(ErrorAction::FreeCache));
        QCOMPARE(filled.advice.size(), 2);
        const ErrorView empty = errorView({code, {}}, {hostDevice({owner("other")}), cache({})});
        QVERIFY(!empty.actions.contains(ErrorAction::FreeCache));
        QCOMPARE(empty.advice.size(), 1);
        QVERIFY(filled.advice.contains(empty.advice.first()));
    }
}

void TestErrorText::aFileIsNamedByWhatItIs()
{
    const auto sentence = [](ErrorCode code, engine::FileDefect defect) {
        engine::ErrorContext context;
        context.defect = defect;
        return errorView({code, {}, context}).sentence;
    };
    const QString plain = errorView({ErrorCode::InvalidFormat, {}}).sentence;
    QCOMPARE(sentence(ErrorCode::InvalidFormat, engine::FileDefect::LfsPointer),
        QStringLiteral("The file is a Git LFS pointer: the model itself was not downloaded."));
    QCOMPARE(sentence(ErrorCode::InvalidFormat, engine::FileDefect::InvalidHeader), plain);
    // Another code has a sentence that says more.
    const QString truncated = errorView({ErrorCode::FileTruncated, {}}).sentence;
    QCOMPARE(sentence(ErrorCode::FileTruncated, engine::FileDefect::Html), truncated);
}

void TestErrorText::severalErrorsAreAllNamed()
{
    const auto folder = [](const std::string& path) {
        engine::ErrorContext context;
        context.path = path;
        return errorView({ErrorCode::PermissionDenied, path, context});
    };
    QList<ErrorView> errors{folder("/a"), folder("/b")};
    QCOMPARE(joinedErrors(errors).sentence, errors[0].sentence + QLatin1Char('\n') + errors[1].sentence);
    for (int i = 0; i < 10; ++i)
        errors.append(folder("/c" + std::to_string(i)));
    const ErrorView joined = joinedErrors(errors);
    QVERIFY2(joined.sentence.endsWith(QStringLiteral("And 8 more.")), qPrintable(joined.sentence));
    QVERIFY2(joined.detail.contains(QStringLiteral("/c9")), qPrintable(joined.detail));
    QCOMPARE(joined.actions, errors[0].actions);
}

void TestErrorText::actionsHaveTexts()
{
    for (const ErrorAction action : {ErrorAction::TryAgain, ErrorAction::ShowInList, ErrorAction::FreeCache,
             ErrorAction::EditFolders, ErrorAction::Rescan})
        QVERIFY(!actionText(action).isEmpty());
}

QTEST_GUILESS_MAIN(TestErrorText)
#include "test_error_text.moc"
