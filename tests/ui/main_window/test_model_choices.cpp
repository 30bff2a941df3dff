// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a user says about a model, and what the details say because of it, in the real window over a real engine.
#include "tests/support/safetensors_builder.h"
#include "tests/ui/main_window/library_steps.h"
#include "ui/models/load_record_model.h"
#include "ui/models/model_table_model.h"

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QToolButton>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::choose;
using weightroom::test::countOf;
using weightroom::test::SafetensorsBuilder;
using weightroom::test::showTab;
using weightroom::test::type;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kKiB * 64;
const QString kHat = QStringLiteral("hat");

} // namespace

class TestModelChoices : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_window.reset(); }
    void whatIsKeptInTheCacheStaysThere();
    void whatCannotBeKeptDoesNotCount();
    void tagsAndNotesAreKept();
    void theUserKnowsBetter();
    void theUserChoosesTheWeights();
    void theUserChoosesThePrecision();
    void theUserChoosesHowLongAModelStays();
    void whatIsNotToStayGoesByItself();
    void aChoiceOfAnotherProgramIsShown();
    void notesFitIntoANarrowWindow();
    void saysWhatAModelWorksWith();
    void tellsHowLoadsWent();

private:
    std::optional<WindowFixture> m_window;
};

void TestModelChoices::init()
{
    m_window.emplace();
    m_window->addModel("hat", kSmall);
    m_window->addModel("coat", kSmall * 2);
}

void TestModelChoices::whatIsKeptInTheCacheStaysThere()
{
    m_window.reset();
    // Room for one model, and not for two.
    m_window.emplace(test::FixtureOptions{.cache = engine::kMiB * 5});
    m_window->addModel("hat", engine::kMiB * 3);
    m_window->addModel("coat", engine::kMiB * 3 + engine::kKiB);
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    const auto* action = m_window->find<QAction>("keepInCache");
    QVERIFY(action->isEnabled() && action->isCheckable() && !action->isChecked());
    m_window->press(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(m_window->state(kHat), QStringLiteral("Cached"));
    m_window->press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_window->notes(kHat).isPinned);
    QTRY_VERIFY(action->isChecked());
    const QAbstractItemModel* rows = m_window->table().model();
    const QModelIndex row = m_window->table().selectionModel()->selectedRows().first();
    QVERIFY(rows->data(row, ModelTableModel::PinnedRole).toBool());

    m_window->select(QStringLiteral("coat"));
    QVERIFY(!action->isChecked());
    const auto* fit = m_window->find<QLabel>("detailFit");
    QTRY_VERIFY2(
        fit->text().contains(QStringLiteral("and nothing can: it is in use or kept there.")), qPrintable(fit->text()));
    m_window->press(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(m_window->lastJob(JobKind::Cache).state, JobState::Failed);
    QCOMPARE(m_window->state(kHat), QStringLiteral("Cached"));

    // The button of the details takes the pin out; then it makes room.
    m_window->select(kHat);
    m_window->find<QToolButton>("pinButton")->click();
    QTRY_VERIFY(!m_window->notes(kHat).isPinned);
    QTRY_VERIFY(!action->isChecked());
    m_window->select(QStringLiteral("coat"));
    QTRY_VERIFY2(
        fit->text().contains(QStringLiteral("of the cache would have to go: hat (3.0 MiB).")), qPrintable(fit->text()));
    QVERIFY2(fit->toolTip().contains(QStringLiteral("hat: ")), qPrintable(fit->toolTip()));
    m_window->press(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(m_window->state(QStringLiteral("coat")), QStringLiteral("Cached"));
    QCOMPARE(m_window->state(kHat), QStringLiteral("On disk"));
}

void TestModelChoices::whatCannotBeKeptDoesNotCount()
{
    m_window->addTruncatedModel("torn");
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->table().selectAll();
    const auto* action = m_window->find<QAction>("keepInCache");
    QTRY_VERIFY(action->isEnabled() && !action->isChecked());
    m_window->press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(m_window->notes(kHat).isPinned && m_window->notes(QStringLiteral("coat")).isPinned);
    QTRY_VERIFY(action->isChecked());
    m_window->press(Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(!m_window->notes(kHat).isPinned && !m_window->notes(QStringLiteral("coat")).isPinned);
    QTRY_VERIFY(!action->isChecked());
}

void TestModelChoices::tagsAndNotesAreKept()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    auto* tags = m_window->find<QLineEdit>("tagsEdit");
    type(*tags, QStringLiteral("red,  red , wool hat"));
    type(*m_window->find<QPlainTextEdit>("notesEdit"), QStringLiteral("use 0.7"));
    // Another model comes: what was typed belongs to the one before.
    m_window->select(QStringLiteral("coat"));
    QTRY_COMPARE(countOf(*m_window, {.tag = QStringLiteral("wool hat")}), 1);
    QVERIFY(tags->text().isEmpty());
    m_window->select(kHat);
    QTRY_COMPARE(tags->text(), QStringLiteral("red, wool hat"));
    QCOMPARE(m_window->find<QPlainTextEdit>("notesEdit")->toPlainText(), QStringLiteral("use 0.7"));
    // Tags are found by the search.
    m_window->find<QLineEdit>("search")->setText(QStringLiteral("wool"));
    QCOMPARE(m_window->table().model()->rowCount(), 1);
}

void TestModelChoices::theUserKnowsBetter()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    auto* kind = m_window->find<QComboBox>("kindOverride");
    QCOMPARE(kind->currentText(), QStringLiteral("As detected (Unknown)"));
    kind->setCurrentIndex(kind->findText(QStringLiteral("VAE")));
    Q_EMIT kind->activated(kind->currentIndex());
    QTRY_COMPARE(countOf(*m_window, {.kind = ModelKind::Vae}), 1);
    kind->setCurrentIndex(0);
    Q_EMIT kind->activated(0);
    QTRY_COMPARE(countOf(*m_window, {.kind = ModelKind::Vae}), -1);
}

void TestModelChoices::theUserChoosesTheWeights()
{
    const auto weights = [](const char* dtype) { return SafetensorsBuilder().tensor("a", dtype, {1000}).build(); };
    m_window->addFile("pipe/model_index.json", R"({"_class_name": "P", "unet": ["d", "UNet"]})");
    m_window->addFile("pipe/unet/diffusion_pytorch_model.safetensors", weights("F32"));
    m_window->addFile("pipe/unet/diffusion_pytorch_model.fp16.safetensors", weights("F16"));
    QVERIFY(m_window->scan());
    const auto* variants = m_window->find<QComboBox>("variantChoice");
    m_window->select(kHat);
    showTab(*m_window, 3);
    QVERIFY(!variants->isVisible());
    m_window->select(QStringLiteral("pipe"));
    QTRY_VERIFY(variants->isVisible());
    QCOMPARE(variants->count(), 2);
    const QString before = m_window->sizeText(QStringLiteral("pipe"));
    auto* choice = m_window->find<QComboBox>("variantChoice");
    choice->setCurrentIndex(1);
    Q_EMIT choice->activated(1);
    QTRY_VERIFY(m_window->sizeText(QStringLiteral("pipe")) != before);
    QTRY_COMPARE(choice->currentText(), QStringLiteral("fp16"));
    choice->setCurrentIndex(0);
    Q_EMIT choice->activated(0);
    QTRY_COMPARE(m_window->sizeText(QStringLiteral("pipe")), before);
}

void TestModelChoices::theUserChoosesThePrecision()
{
    m_window->addFile("floats.safetensors", SafetensorsBuilder().tensor("a", "F32", {1'000'000}).build());
    QVERIFY(m_window->scan());
    m_window->select(QStringLiteral("floats"));
    showTab(*m_window, 3);
    auto* precision = m_window->find<QComboBox>("precisionChoice");
    QCOMPARE(precision->currentData().toString(), QStringLiteral("by_level"));
    precision->setCurrentIndex(precision->findData(QStringLiteral("fp16")));
    Q_EMIT precision->activated(precision->currentIndex());
    const auto* fit = m_window->find<QLabel>("detailFit");
    QTRY_VERIFY2(fit->text().contains(QStringLiteral("Converts fp32 \u2192 fp16 on the way, which saves 1.9 MiB.")),
        qPrintable(fit->text()));
    m_window->find<QAction>("load")->trigger();
    const auto* remarks = m_window->find<QLabel>("detailRemarks");
    QTRY_VERIFY2(remarks->text().contains(
                     QStringLiteral("Converted on the way to HOST_0: 3.8 MiB take 1.9 MiB. Largest error ")),
        qPrintable(remarks->text()));
    m_window->select(kHat);
    QCOMPARE(precision->currentData().toString(), QStringLiteral("by_level"));
    m_window->select(QStringLiteral("floats"));
    QCOMPARE(precision->currentData().toString(), QStringLiteral("fp16"));
}

void TestModelChoices::theUserChoosesHowLongAModelStays()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    auto* keepAlive = m_window->find<QComboBox>("keepAliveChoice");
    QCOMPARE(keepAlive->currentText(), QStringLiteral("Until it is unloaded"));
    choose(*keepAlive, qint64{3600});
    // What was chosen is kept before the load begins.
    m_window->select(QStringLiteral("coat"));
    QCOMPARE(keepAlive->currentData().toLongLong(), kKeepForEver);
    m_window->select(kHat);
    QTRY_COMPARE(keepAlive->currentData().toLongLong(), qint64{3600});
    m_window->press(Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY2(
        m_window->state(kHat).startsWith(QStringLiteral("On HOST_0 until ")), qPrintable(m_window->state(kHat)));
    const auto* remarks = m_window->find<QLabel>("detailRemarks");
    QTRY_VERIFY2(remarks->text().contains(QStringLiteral("It stays on HOST_0 until ")), qPrintable(remarks->text()));

    // It can be loaded again, to stay longer: for ever.
    choose(*keepAlive, kKeepForEver);
    QTRY_COMPARE(m_window->notes(kHat).keepAliveSeconds, kKeepForEver);
    QVERIFY(m_window->find<QAction>("load")->isEnabled());
    m_window->find<QAction>("load")->trigger();
    QTRY_COMPARE(m_window->state(kHat), QStringLiteral("Loaded on HOST_0"));
    QVERIFY(!remarks->text().contains(QStringLiteral("It stays on HOST_0")));
    QVERIFY(!m_window->find<QAction>("load")->isEnabled());
}

void TestModelChoices::whatIsNotToStayGoesByItself()
{
    m_window.reset();
    m_window.emplace(test::FixtureOptions{.memoryWatching = engine::MemoryWatching{}});
    m_window->addModel("hat", kSmall);
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    choose(*m_window->find<QComboBox>("keepAliveChoice"), qint64{0});
    QTRY_COMPARE(m_window->notes(kHat).keepAliveSeconds, qint64{0});
    m_window->find<QAction>("load")->trigger();
    QTRY_COMPARE(m_window->lastJob(JobKind::Unload).state, JobState::Succeeded);
    QCOMPARE(m_window->lastJob(JobKind::Unload).origin, JobOrigin::Automatic);
    QTRY_COMPARE(m_window->state(kHat), QStringLiteral("Cached"));
}

void TestModelChoices::aChoiceOfAnotherProgramIsShown()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    const auto* keepAlive = m_window->find<QComboBox>("keepAliveChoice");
    const int choices = keepAlive->count();
    NotesChange change;
    change.keepAliveSeconds = 90;
    m_window->bridge().changeNotes(m_window->idOf(kHat), change);
    QTRY_COMPARE(keepAlive->currentText(), QStringLiteral("For 1 min 30 s"));
    QCOMPARE(keepAlive->count(), choices + 1);
    m_window->select(QStringLiteral("coat"));
    QCOMPARE(keepAlive->currentText(), QStringLiteral("Until it is unloaded"));
    QCOMPARE(keepAlive->count(), choices);
}

void TestModelChoices::notesFitIntoANarrowWindow()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 3);
    const auto* tags = m_window->find<QLineEdit>("tagsEdit");
    const auto* kind = m_window->find<QComboBox>("kindOverride");
    const auto leftOf = [&](const QWidget* field) { return field->mapTo(&m_window->window(), QPoint()).x(); };
    m_window->window().resize(1600, 900);
    QTRY_VERIFY(leftOf(kind) > leftOf(tags) + tags->width());
    m_window->window().resize(700, 600);
    QTRY_VERIFY(leftOf(kind) < leftOf(tags) + tags->width());
}

void TestModelChoices::saysWhatAModelWorksWith()
{
    // Detected as nothing; the user knows what they are.
    QVERIFY(m_window->scan());
    const auto takeFor = [&](const QString& name, const QString& kind) {
        m_window->select(name);
        showTab(*m_window, 3);
        auto* box = m_window->find<QComboBox>("kindOverride");
        box->setCurrentIndex(box->findText(kind));
        auto* architecture = m_window->find<QComboBox>("architectureOverride");
        architecture->setCurrentIndex(architecture->findText(QStringLiteral("SDXL")));
        Q_EMIT box->activated(box->currentIndex());
        Q_EMIT architecture->activated(architecture->currentIndex());
    };
    takeFor(kHat, QStringLiteral("LoRA"));
    QTRY_COMPARE(countOf(*m_window, {.kind = ModelKind::Lora}), 1);
    takeFor(QStringLiteral("coat"), QStringLiteral("Checkpoint"));
    QTRY_COMPARE(countOf(*m_window, {.kind = ModelKind::Checkpoint}), 1);
    showTab(*m_window, 2);
    const auto* matches = m_window->find<QTableView>("matchTable");
    QTRY_COMPARE(matches->model()->rowCount(), 1);
    QCOMPARE(matches->model()->index(0, 0).data().toString(), kHat);
    QCOMPARE(matches->model()->index(0, 2).data().toString(), QStringLiteral("Yes"));
}

void TestModelChoices::tellsHowLoadsWent()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    auto* tabs = m_window->find<QTabWidget>("detailTabs");
    const auto* loads = m_window->find<QTableView>("loadTable");
    tabs->setCurrentWidget(loads->parentWidget());
    const auto* sentence = m_window->find<QLabel>("loadsSentence");
    QTRY_COMPARE(sentence->text(), QStringLiteral("No load of it is remembered; those of earlier runs never are."));
    QVERIFY(!loads->isVisible());
    m_window->press(Qt::Key_K, Qt::ControlModifier);
    QTRY_COMPARE(loads->model()->rowCount(), 1);
    QVERIFY(loads->isVisible());
    m_window->select(kHat);
    m_window->press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(loads->model()->rowCount(), 2);
    const auto cell = [&](int row, int column) { return loads->model()->index(row, column).data().toString(); };
    QCOMPARE(cell(0, LoadRecordModel::PlaceColumn), QStringLiteral("HOST_0"));
    QCOMPARE(cell(0, LoadRecordModel::BytesColumn), QStringLiteral("64.0 KiB (64.0 KiB)"));
    QCOMPARE(cell(1, LoadRecordModel::PlaceColumn), QStringLiteral("RAM cache"));
    // Another load of what is there already: afterwards all is as it was.
    m_window->bridge().loadModel(m_window->idOf(kHat), QStringLiteral("HOST_0"));
    QTRY_COMPARE(loads->model()->rowCount(), 3);
    // Of another model nothing is told.
    m_window->select(QStringLiteral("coat"));
    QTRY_COMPARE(sentence->text(), QStringLiteral("No load of it is remembered; those of earlier runs never are."));
    QCOMPARE(loads->model()->rowCount(), 0);
}

QTEST_MAIN(TestModelChoices)
#include "test_model_choices.moc"
