// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a user does with models beside loading them, in the real window over a real engine.
#include "tests/support/safetensors_builder.h"
#include "tests/ui/main_window/library_steps.h"
#include "ui/widgets/picture.h"

#include <QAction>
#include <QDialog>
#include <QImage>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::countOf;
using weightroom::test::SafetensorsBuilder;
using weightroom::test::showTab;
using weightroom::test::type;
using weightroom::test::WindowFixture;

namespace fs = std::filesystem;

namespace {

constexpr engine::Bytes kSmall = engine::kKiB * 64;
const QString kHat = QStringLiteral("hat");

void choosePart(WindowFixture& fixture, const LibraryPart& part)
{
    auto* tree = fixture.find<QTreeView>("libraryTree");
    tree->setCurrentIndex(qobject_cast<LibraryTreeModel*>(tree->model())->indexOf(part));
}

/// All texts of a part of the window.
QStringList textsIn(const QWidget& part)
{
    QStringList texts;
    for (const QLabel* label : part.findChildren<QLabel*>())
        texts.append(label->text());
    return texts;
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
