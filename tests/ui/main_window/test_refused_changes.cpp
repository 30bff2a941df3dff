// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the engine refuses to take on of the user's words about a model is not shown as if it had, in the real window
// over a real engine.
#include "model_engine/catalog/store/catalog_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"
#include "tests/ui/main_window/library_steps.h"

#include <QAction>
#include <QFrame>
#include <QLineEdit>
#include <QSignalSpy>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::choose;
using weightroom::test::SafetensorsBuilder;
using weightroom::test::showTab;
using weightroom::test::type;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kKiB * 64;
constexpr int kNotesTab = 3;
const QString kHat = QStringLiteral("hat");
const QString kPipe = QStringLiteral("pipe");

/// A pipeline with a choice of weights.
void addPipeline(const WindowFixture& fixture)
{
    const auto weights = [](const char* dtype) { return SafetensorsBuilder().tensor("a", dtype, {1000}).build(); };
    fixture.addFile("pipe/model_index.json", R"({"_class_name": "P", "unet": ["d", "UNet"]})");
    fixture.addFile("pipe/unet/diffusion_pytorch_model.safetensors", weights("F32"));
    fixture.addFile("pipe/unet/diffusion_pytorch_model.fp16.safetensors", weights("F16"));
}

/// Another program that keeps the catalogue of a data folder: until it is closed nobody else can.
class OtherProgram {
public:
    OtherProgram() { m_store.emplace(m_folder / "data", m_clock, m_log); }
    [[nodiscard]] std::filesystem::path dataFolder() const { return m_folder / "data"; }
    [[nodiscard]] engine::Result<> write()
    {
        return m_store->saveModelSettings({"another-0123456789abcdef"}, {{"notes", "mine"}});
    }
    void close() { m_store.reset(); }

private:
    test::TemporaryFolder m_folder;
    test::ManualClock m_clock;
    test::RecordingLog m_log;
    std::optional<engine::CatalogStore> m_store;
};

} // namespace

class TestRefusedChanges : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aChoiceIsTakenBack();
    void choicesAndTheCheckMarkAreTakenBack();
    void whatWasTypedIsKeptAndToldAgain();
};

void TestRefusedChanges::aChoiceIsTakenBack()
{
    WindowFixture fixture;
    addPipeline(fixture);
    QVERIFY(fixture.scan());
    fixture.select(kPipe);
    showTab(fixture, kNotesTab);
    fixture.find<QAction>("cache")->trigger();
    QTRY_COMPARE(fixture.state(kPipe), QStringLiteral("Cached"));
    const QSignalSpy refused(&fixture.bridge(), &EngineBridge::notesRefused);
    auto* variant = fixture.find<QComboBox>("variantChoice");
    choose(*variant, QStringLiteral("fp16"));
    QTRY_COMPARE(refused.size(), 1); // the cached weights are others
    QVERIFY(fixture.find<QFrame>("banner")->isVisible());
    QCOMPARE(variant->currentData().toString(), QStringLiteral("default"));
    // Then it is taken on.
    fixture.find<QAction>("dropFromCache")->trigger();
    QTRY_COMPARE(fixture.state(kPipe), QStringLiteral("On disk"));
    choose(*variant, QStringLiteral("fp16"));
    QTRY_COMPARE(fixture.notes(kPipe).weightsVariant, QStringLiteral("fp16"));
    QCOMPARE(variant->currentData().toString(), QStringLiteral("fp16"));
    QCOMPARE(refused.size(), 1);
}

void TestRefusedChanges::choicesAndTheCheckMarkAreTakenBack()
{
    OtherProgram other;
    VERIFY_RESULT(other.write());
    WindowFixture fixture({.dataFolder = other.dataFolder()});
    fixture.addModel("hat", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(kHat);
    showTab(fixture, kNotesTab);
    const QSignalSpy refused(&fixture.bridge(), &EngineBridge::notesRefused);
    fixture.press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(refused.size(), 1);
    QVERIFY(!fixture.find<QAction>("keepInCache")->isChecked());
    auto* precision = fixture.find<QComboBox>("precisionChoice");
    choose(*precision, QStringLiteral("fp16"));
    QTRY_COMPARE(refused.size(), 2);
    QCOMPARE(precision->currentData().toString(), QStringLiteral("by_level"));
    auto* keepAlive = fixture.find<QComboBox>("keepAliveChoice");
    choose(*keepAlive, qint64{3600});
    QTRY_COMPARE(refused.size(), 3);
    QCOMPARE(keepAlive->currentData().toLongLong(), kKeepForEver);
}

void TestRefusedChanges::whatWasTypedIsKeptAndToldAgain()
{
    OtherProgram other;
    VERIFY_RESULT(other.write());
    WindowFixture fixture({.dataFolder = other.dataFolder()});
    fixture.addModel("hat", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(kHat);
    showTab(fixture, kNotesTab);
    const QSignalSpy refused(&fixture.bridge(), &EngineBridge::notesRefused);
    auto* tags = fixture.find<QLineEdit>("tagsEdit");
    type(*tags, QStringLiteral("wool"));
    QTest::keyClick(tags, Qt::Key_Return);
    QTRY_COMPARE(refused.size(), 1);
    QCOMPARE(tags->text(), QStringLiteral("wool"));
    QVERIFY(fixture.notes(kHat).tags.isEmpty());
    // A choice that is refused too does not take it away.
    auto* precision = fixture.find<QComboBox>("precisionChoice");
    choose(*precision, QStringLiteral("fp16"));
    QTRY_COMPARE(refused.size(), 3);
    QCOMPARE(precision->currentData().toString(), QStringLiteral("by_level"));
    QCOMPARE(tags->text(), QStringLiteral("wool"));
    other.close();
    QTest::keyClick(tags, Qt::Key_Return);
    QTRY_COMPARE(fixture.notes(kHat).tags, QStringList{QStringLiteral("wool")});
    QCOMPARE(refused.size(), 3);
}

QTEST_MAIN(TestRefusedChanges)
#include "test_refused_changes.moc"
