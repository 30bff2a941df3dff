// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a user does with models beside loading them, in the real window over a real engine.
#include "tests/support/safetensors_builder.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/models/library_tree_model.h"
#include "ui/models/model_table_model.h"
#include "ui/widgets/picture.h"

#include <QAction>
#include <QComboBox>
#include <QDialog>
#include <QImage>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::SafetensorsBuilder;
using weightroom::test::WindowFixture;

namespace fs = std::filesystem;

namespace {

constexpr engine::Bytes kSmall = engine::kKiB * 64;
const QString kHat = QStringLiteral("hat");

/// The number beside an entry of the tree; -1 when it is not there.
int countOf(WindowFixture& fixture, const LibraryPart& part)
{
    const auto* model = qobject_cast<LibraryTreeModel*>(fixture.find<QTreeView>("libraryTree")->model());
    const QModelIndex index = model->indexOf(part);
    return index.isValid() ? index.data(LibraryTreeModel::CountRole).toInt() : -1;
}

void choosePart(WindowFixture& fixture, const LibraryPart& part)
{
    auto* tree = fixture.find<QTreeView>("libraryTree");
    tree->setCurrentIndex(qobject_cast<LibraryTreeModel*>(tree->model())->indexOf(part));
}

void showTab(WindowFixture& fixture, int index) { fixture.find<QTabWidget>("detailTabs")->setCurrentIndex(index); }

/// As if the user had clicked the entry.
void choose(QComboBox& box, const QVariant& data)
{
    box.setCurrentIndex(box.findData(data));
    Q_EMIT box.activated(box.currentIndex());
}

/// All texts of a part of the window.
QStringList textsIn(const QWidget& part)
{
    QStringList texts;
    for (const QLabel* label : part.findChildren<QLabel*>())
        texts.append(label->text());
    return texts;
}

void type(QWidget& field, const QString& text)
{
    field.setFocus();
    QTest::keyClicks(&field, text);
}

} // namespace

class TestLibraryPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void theTreeFilters();
    void cardsKeepTheSelection();
    void cardsLoadByReturn();
    void favouritesAreMarkedAndCounted();
    void whatIsKeptInTheCacheStaysThere();
    void tagsAndNotesAreKept();
    void theUserKnowsBetter();
    void theUserChoosesTheWeights();
    void theUserChoosesThePrecision();
    void theUserChoosesHowLongAModelStays();
    void whatIsNotToStayGoesByItself();
    void aChoiceOfAnotherProgramIsShown();
    void aboutTellsWhatSidecarsSay();
    void writesNotesForOtherPrograms();
    void showsThePreview();
    void movesToTheTrashAndBack();
    void aDeletionThatIsNotConfirmedDoesNothing();
    void releasesOnlyWhatItSaid();
    void checksAModel();
    void convertsAModel();
    void aConversionOverwritesNothing();
    void severalModelsAreCounted();
    void copiesKnowOfEachOther();
    void saysWhatAModelWorksWith();
    void knowsTheFoldersOfOthers();
    void aCatalogueThatIsNotKeptIsTold();

private:
    QByteArray m_dataHome;
    std::optional<test::TemporaryFolder> m_data;
    std::optional<WindowFixture> m_window;
};

void TestLibraryPage::init()
{
    m_dataHome = qgetenv("XDG_DATA_HOME");
    m_data.emplace();
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString(m_data->path().string()));
    m_window.emplace();
    m_window->addModel("hat", kSmall);
    m_window->addModel("coat", kSmall * 2);
    m_window->addTruncatedModel("torn");
}

void TestLibraryPage::cleanup()
{
    m_window.reset();
    qputenv("XDG_DATA_HOME", m_dataHome);
    m_data.reset();
}

void TestLibraryPage::theTreeFilters()
{
    QVERIFY(m_window->scan());
    QTRY_COMPARE(countOf(*m_window, {}), 3);
    QCOMPARE(countOf(*m_window, {.finding = Finding::Unusable}), 1);
    choosePart(*m_window, {.finding = Finding::Unusable});
    QCOMPARE(m_window->table().model()->rowCount(), 1);
    QVERIFY(m_window->state(QStringLiteral("torn")).startsWith(QStringLiteral("Cannot be used")));
    choosePart(*m_window, {});
    QCOMPARE(m_window->table().model()->rowCount(), 3);
}

void TestLibraryPage::cardsKeepTheSelection()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->find<QToolButton>("cardsMode")->click();
    const auto* cards = m_window->find<QListView>("modelCards");
    QVERIFY(cards->isVisible());
    QCOMPARE(cards->selectionModel()->selectedIndexes().size(), 1);
    QCOMPARE(cards->selectionModel()->selectedIndexes().first().data().toString(), kHat);
    m_window->find<QToolButton>("tableMode")->click();
    QVERIFY(m_window->table().isVisible());
    QCOMPARE(m_window->table().selectionModel()->selectedRows().size(), 1);
}

void TestLibraryPage::cardsLoadByReturn()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->press(Qt::Key_2, Qt::ControlModifier);
    auto* cards = m_window->find<QListView>("modelCards");
    QTRY_VERIFY(cards->isVisible());
    cards->setFocus();
    QTest::keyClick(cards, Qt::Key_Return);
    QTRY_COMPARE(m_window->state(kHat), QStringLiteral("Loaded on HOST_0"));
}

void TestLibraryPage::favouritesAreMarkedAndCounted()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->press(Qt::Key_D, Qt::ControlModifier);
    QTRY_COMPARE(countOf(*m_window, {.isFavorites = true}), 1);
    m_window->find<QToolButton>("favoriteButton")->click();
    QTRY_COMPARE(countOf(*m_window, {.isFavorites = true}), 0);
}

void TestLibraryPage::whatIsKeptInTheCacheStaysThere()
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
    QTRY_VERIFY2(fit->text().contains(QStringLiteral("which are in use or are kept there.")), qPrintable(fit->text()));
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

void TestLibraryPage::tagsAndNotesAreKept()
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

void TestLibraryPage::theUserKnowsBetter()
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

void TestLibraryPage::theUserChoosesTheWeights()
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

void TestLibraryPage::aboutTellsWhatSidecarsSay()
{
    m_window->addFile("hat.json", R"({"activation text": "hat <lora:hat:0.8>", "notes": "good"})");
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 1);
    const auto* about = m_window->find<QScrollArea>("aboutTab");
    QTRY_VERIFY(textsIn(*about).contains(QStringLiteral("hat <lora:hat:0.8>")));
    QVERIFY(textsIn(*about).contains(QStringLiteral("Trigger words")));
    // A look-up is no job that the user has started.
    QCOMPARE(m_window->bridge().jobs().size(), 2); // settings and scan
}

void TestLibraryPage::writesNotesForOtherPrograms()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    showTab(*m_window, 1);
    QTRY_VERIFY(m_window->find<QPushButton>("editSidecar") != nullptr);
    m_window->find<QPushButton>("editSidecar")->click();
    QTRY_VERIFY(m_window->find<QDialog>("sidecarDialog") != nullptr);
    type(*m_window->find<QPlainTextEdit>("sidecar_notes"), QStringLiteral("use 0.7"));
    type(*m_window->find<QLineEdit>("sidecar_trigger_words"), QStringLiteral("hat, red hat"));
    m_window->find<QPushButton>("confirmSidecar")->click();
    // What the file says now stands in the tab.
    QTRY_VERIFY(std::ranges::any_of(m_window->window().findChildren<QLabel*>(),
        [](const QLabel* label) { return label->isVisible() && label->text() == QStringLiteral("hat, red hat"); }));
    QFile file(QString::fromUtf8(m_window->folder()) + QStringLiteral("/hat.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY2(text.contains("use 0.7") && text.contains("activation text"), text.constData());
    QVERIFY2(!text.contains("preferred weight"), text.constData());
}

void TestLibraryPage::showsThePreview()
{
    QImage image(8, 8, QImage::Format_RGB32);
    image.fill(Qt::red);
    const auto file = m_window->addFile("hat.preview.png", "");
    QVERIFY(image.save(QString::fromStdString(file.string())));
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    QTRY_COMPARE(m_window->find<Picture>("detailPicture")->image().size(), QSize(8, 8));
    m_window->select(QStringLiteral("coat"));
    QVERIFY(m_window->find<Picture>("detailPicture")->image().isNull());
}

void TestLibraryPage::movesToTheTrashAndBack()
{
    m_window->addFile("hat.json", "{}");
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->press(Qt::Key_Delete);
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") != nullptr);
    m_window->find<QPushButton>("confirmDelete")->click();
    QTRY_COMPARE(m_window->table().model()->rowCount(), 2);
    QVERIFY(fs::exists(*m_data / "Trash/files/hat.safetensors"));
    QVERIFY(fs::exists(*m_data / "Trash/files/hat.json"));
    QTRY_VERIFY(m_window->find<QToolButton>("bannerButton") != nullptr);
    QCOMPARE(m_window->find<QLabel>("bannerSentence")->text(), QStringLiteral("hat is in the trash."));
    m_window->find<QToolButton>("bannerButton")->click();
    QTRY_COMPARE(m_window->table().model()->rowCount(), 3);
    QVERIFY(fs::is_empty(*m_data / "Trash/files"));
}

void TestLibraryPage::aDeletionThatIsNotConfirmedDoesNothing()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->press(Qt::Key_Delete);
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") != nullptr);
    m_window->find<QDialog>("deleteDialog")->reject();
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") == nullptr);
    QCOMPARE(m_window->table().model()->rowCount(), 3);
    QVERIFY(!fs::exists(*m_data / "Trash"));
    QVERIFY(!m_window->find<QAction>("undoDelete")->isEnabled());
}

void TestLibraryPage::releasesOnlyWhatItSaid()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->press(Qt::Key_Delete);
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") != nullptr);
    // Loaded by somebody else while the dialog is open, which says that it is not in memory.
    m_window->bridge().loadModel(m_window->bridge().library().models[1].facts->id, QStringLiteral("HOST_0"));
    QTRY_COMPARE(m_window->state(kHat), QStringLiteral("Loaded on HOST_0"));
    m_window->find<QPushButton>("confirmDelete")->click();
    QTRY_VERIFY(m_window->lastJob(JobKind::Delete).isFinished());
    QCOMPARE(m_window->lastJob(JobKind::Delete).state, JobState::Failed);
    QCOMPARE(m_window->state(kHat), QStringLiteral("Loaded on HOST_0"));

    // Asked again, it is told, and agreed to.
    m_window->select(kHat);
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") == nullptr);
    m_window->find<QAction>("moveToTrash")->trigger();
    QTRY_VERIFY(m_window->find<QDialog>("deleteDialog") != nullptr);
    m_window->find<QPushButton>("confirmDelete")->click();
    QTRY_COMPARE(m_window->table().model()->rowCount(), 2);
    QTRY_COMPARE(m_window->memory(QStringLiteral("HOST_0")).held, quint64{0});
}

void TestLibraryPage::checksAModel()
{
    m_window->addFile("zeros.safetensors",
        SafetensorsBuilder().entry("weight", "F16", {4, 4}, 0, 32).data(std::string(32, '\0')).build());
    QVERIFY(m_window->scan());
    m_window->select(QStringLiteral("zeros"));
    m_window->find<QAction>("validate")->trigger();
    QTRY_VERIFY(m_window->find<QDialog>("validationDialog") != nullptr);
    QCOMPARE(m_window->find<QLabel>("validationVerdict")->text(), QStringLiteral("No check failed."));
    m_window->find<QPushButton>("thoroughCheck")->click();
    // Zeros only: that is worth a look.
    QTRY_VERIFY(m_window->find<QPlainTextEdit>("strangeTensors") != nullptr);
    QVERIFY(m_window->find<QPlainTextEdit>("strangeTensors")->toPlainText().contains(QStringLiteral("zero")));
}

void TestLibraryPage::convertsAModel()
{
    m_window->addFile("half.safetensors", SafetensorsBuilder().tensor("weight", "F16", {4, 4}).build());
    QVERIFY(m_window->scan());
    m_window->select(QStringLiteral("half"));
    m_window->find<QAction>("convert")->trigger();
    const auto target = fs::path(m_window->folder().toStdString()) / "full.safetensors";
    m_window->prompts().answerNext(QByteArray::fromStdString(target.string()));
    m_window->find<QPushButton>("choosePath")->click();
    m_window->find<QPushButton>("confirmConvert")->click();
    QTRY_VERIFY(m_window->lastJob(JobKind::Convert).isFinished());
    QCOMPARE(m_window->lastJob(JobKind::Convert).state, JobState::Succeeded);
    QVERIFY(fs::exists(target));
}

void TestLibraryPage::aConversionOverwritesNothing()
{
    QVERIFY(m_window->scan());
    m_window->select(kHat);
    m_window->find<QAction>("convert")->trigger();
    m_window->prompts().answerNext(m_window->folder() + "/coat.safetensors");
    m_window->find<QPushButton>("choosePath")->click();
    m_window->find<QPushButton>("confirmConvert")->click();
    QTRY_VERIFY(m_window->lastJob(JobKind::Convert).isFinished());
    QCOMPARE(m_window->lastJob(JobKind::Convert).state, JobState::Failed);
}

void TestLibraryPage::severalModelsAreCounted()
{
    QVERIFY(m_window->scan());
    m_window->table().selectAll();
    QTRY_VERIFY(textsIn(*m_window->find<QFrame>("detailPane")).contains(QStringLiteral("3 models are selected.")));
    QVERIFY(!m_window->find<QAction>("moveToTrash")->isEnabled());
    QVERIFY(!m_window->find<QAction>("convert")->isEnabled());
}

void TestLibraryPage::copiesKnowOfEachOther()
{
    m_window->addModel("hat copy", kSmall);
    QVERIFY(m_window->scan());
    QTRY_COMPARE(countOf(*m_window, {.finding = Finding::Duplicate}), 2);
    m_window->select(kHat);
    QVERIFY(m_window->find<QLabel>("detailRemarks")->text().contains(QStringLiteral("may be the same")));
}

void TestLibraryPage::theUserChoosesThePrecision()
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

void TestLibraryPage::theUserChoosesHowLongAModelStays()
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

void TestLibraryPage::whatIsNotToStayGoesByItself()
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

void TestLibraryPage::aChoiceOfAnotherProgramIsShown()
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

void TestLibraryPage::saysWhatAModelWorksWith()
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

void TestLibraryPage::knowsTheFoldersOfOthers()
{
    m_window->addFile("folder_paths.py", "");
    m_window->addFile("models/checkpoints/readme.txt", "");
    m_window->addFile("models/loras/readme.txt", "");
    m_window->addFile("models/vae/readme.txt", "");
    m_window->prompts().answerNext(m_window->folder());
    m_window->find<QAction>("addFolder")->trigger();
    QTRY_VERIFY(
        m_window->find<QLabel>("bannerSentence")->text().startsWith(QStringLiteral("This is a folder of ComfyUI")));
}

void TestLibraryPage::aCatalogueThatIsNotKeptIsTold()
{
    m_window.reset();
    // A folder cannot be made where a file is.
    m_window.emplace(test::FixtureOptions{.dataFolder = m_data->write("file", "")});
    QTRY_VERIFY(m_window->find<QFrame>("banner")->isVisible());
    m_window->addModel("hat", kSmall);
    QVERIFY(m_window->scan());
    QTRY_COMPARE(m_window->table().model()->rowCount(), 1);
}

QTEST_MAIN(TestLibraryPage)
#include "test_library_page.moc"
