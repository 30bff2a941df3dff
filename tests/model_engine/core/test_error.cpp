// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/error.h"

#include "model_engine/core/naming.h"
#include "model_engine/core/result.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;

class TestError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasItsRow();
    void namesAreUniqueAndRegistrable();
    void helpIsASentence();
    void classesSeveritiesAndStrategiesHaveNames();
    void recoverableMeansThatSomethingHelps();
    void codesOutsideTheCatalogueAreUnknown();
    void describesWhatIsKnown();
    void resultsCarryTheError();
};

void TestError::everyCodeHasItsRow()
{
    QVERIFY(!errorCatalogue().empty());
    for (const ErrorTraits& traits : errorCatalogue()) {
        QCOMPARE(&traitsOf(traits.code), &traits);
        QCOMPARE(toText(traits.code), traits.name);
    }
}

void TestError::namesAreUniqueAndRegistrable()
{
    std::set<std::string_view> names;
    for (const ErrorTraits& traits : errorCatalogue()) {
        QVERIFY2(names.insert(traits.name).second, traits.name.data());
        QVERIFY2(isRegistrableName(traits.name), traits.name.data());
    }
}

void TestError::helpIsASentence()
{
    std::set<std::string_view> texts;
    for (const ErrorTraits& traits : errorCatalogue()) {
        QVERIFY2(traits.help.size() > 10 && traits.help.ends_with('.'), traits.name.data());
        QVERIFY2(traits.help.front() >= 'A' && traits.help.front() <= 'Z', traits.name.data());
        QVERIFY2(texts.insert(traits.help).second, "two codes say the same");
    }
}

void TestError::classesSeveritiesAndStrategiesHaveNames()
{
    for (const ErrorTraits& traits : errorCatalogue()) {
        for (const std::string_view name :
            {toText(traits.errorClass), toText(traits.severity), toText(traits.recovery)})
            QVERIFY2(isRegistrableName(name), std::string{name}.c_str());
    }
    QCOMPARE(toText(ErrorClass::Device), std::string_view{"device"});
    QCOMPARE(toText(Severity::Critical), std::string_view{"critical"});
    QCOMPARE(toText(RecoveryStrategy::RestartProgram), std::string_view{"restart_program"});
}

void TestError::recoverableMeansThatSomethingHelps()
{
    for (const ErrorTraits& traits : errorCatalogue())
        QCOMPARE(isRecoverable(traits.code), traits.recovery != RecoveryStrategy::None);
    QVERIFY(isRecoverable(ErrorCode::OutOfDeviceMemory));
    QVERIFY(!isRecoverable(ErrorCode::InvalidFormat));
}

void TestError::codesOutsideTheCatalogueAreUnknown()
{
    QCOMPARE(toText(static_cast<ErrorCode>(255)), std::string_view{"unknown"});
    QCOMPARE(Error{}.code, ErrorCode::Unknown);
}

void TestError::describesWhatIsKnown()
{
    QCOMPARE(describe({ErrorCode::Cancelled, "the user cancelled"}), std::string{"cancelled: the user cancelled"});
    const Error error{ErrorCode::OutOfDeviceMemory, "no room",
        {.modelId = {"m"},
            .componentId = {"c"},
            .deviceId = {"GPU_0"},
            .operation = "post_model_load",
            .field = "f",
            .path = "/p",
            .required = Bytes{2048},
            .available = Bytes{0},
            .holder = "h",
            .memoryType = "vram",
            .systemCode = 12,
            .feature = Feature::ShareContents}};
    QCOMPARE(describe(error),
        std::string{
            "out_of_device_memory: no room, operation post_model_load, model m, component c, device GPU_0, field f, "
            "path /p, holder h, memory vram, feature share_contents, required 2.00 KiB, available 0 B, system code 12"});
}

void TestError::resultsCarryTheError()
{
    const auto divide = [](int a, int b) -> Result<int> {
        if (b == 0)
            return fail(ErrorCode::InvalidValue, "division by zero", {.field = "b"});
        return a / b;
    };
    VERIFY_RESULT(divide(6, 3));
    QCOMPARE(*divide(6, 3), 2);
    VERIFY_ERROR(divide(6, 0), ErrorCode::InvalidValue);
    QCOMPARE(divide(6, 0).error().context.field, std::string{"b"});
    const Result<> passedOn = fail(divide(1, 0).error());
    VERIFY_ERROR(passedOn, ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestError)
#include "test_error.moc"
