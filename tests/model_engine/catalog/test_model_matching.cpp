// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_matching.h"

#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

namespace fs = std::filesystem;

/// A valid model whose header, and therefore whose content key, is that of `number` alone.
std::string numberedModel(int number)
{
    return SafetensorsBuilder().tensor("weights" + std::to_string(number), "F16", {4, 2}).build();
}

/// A library that is scanned again and again, as an engine does it.
class Library {
public:
    Result<ScanResult> scan()
    {
        ScanRequest request = requestFor(folder / "models");
        request.known = known();
        auto result = scanNow(request);
        if (result) {
            for (const ModelRecordPtr& model : m_last)
                m_before.insert_or_assign(model->id, model);
            m_last = result->models;
            for (const ModelRecordPtr& model : m_last)
                m_before.erase(model->id);
        }
        return result;
    }
    /// Of the last scan; nullptr when nothing was found there.
    [[nodiscard]] ModelRecordPtr at(const std::string& name) const
    {
        const auto model =
            std::ranges::find(m_last, folder / "models" / name, [](const auto& row) { return row->path; });
        return model == m_last.end() ? nullptr : *model;
    }
    [[nodiscard]] ModelId idAt(const std::string& name) const { return at(name) ? at(name)->id : ModelId{}; }
    void write(const std::string& name, const std::string& content) const { folder.write("models/" + name, content); }
    void rename(const std::string& from, const std::string& to) const
    {
        fs::create_directories((folder / "models" / to).parent_path());
        fs::rename(folder / "models" / from, folder / "models" / to);
    }
    [[nodiscard]] fs::path path(const std::string& name) const { return folder / "models" / name; }
    [[nodiscard]] const std::vector<ModelRecordPtr>& models() const { return m_last; }

    TemporaryFolder folder;

private:
    [[nodiscard]] std::vector<ModelRecordPtr> known() const
    {
        std::vector<ModelRecordPtr> models = m_last;
        for (const auto& [id, model] : m_before)
            models.push_back(model);
        return models;
    }

    std::vector<ModelRecordPtr> m_last;
    std::map<ModelId, ModelRecordPtr> m_before; ///< gone since
};

/// To another file with the same times, as a copy to another drive makes it.
void copyWithTimes(const fs::path& from, const fs::path& to)
{
    fs::create_directories(to.parent_path());
    fs::copy_file(from, to);
    fs::last_write_time(to, fs::last_write_time(from));
}

} // namespace

class TestModelMatching : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRenamedFileStaysTheModel();
    void aRenamedFileIsNotReadAgain();
    void whatWasReadMatchesAfterARename();
    void exchangedNamesExchangeNothing();
    void anotherFileInItsPlaceTakesTheId();
    void aNewFileInThePlaceOfARenamedOneIsNew();
    void aCopyIsAnotherModel();
    void aMovedFileStaysTheModel();
    void aMovedFileWithAnotherTimeIsNew();
    void aFileThatComesBackStaysTheModel();
    void aRenamedFolderOfAPipelineStaysTheModel();
    void aChangedIndexIsReadAgain();
    void anotherNumberOfTheDeviceIsNoChange();
    void staleModelsKeepTheirIdsAndAreRead();
    void aProblemIsToldUnderThePresentPath();
    void theOrderOfWhatIsKnownDoesNotMatter();
    void ofTwoKnownAtOnePathTheFirstCounts();
    void followsAnySequenceOfRenames_data();
    void followsAnySequenceOfRenames();
};

void TestModelMatching::aRenamedFileStaysTheModel()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    library.rename("a.safetensors", "loras/b.safetensors");
    VERIFY_RESULT(library.scan());
    QCOMPARE(library.models().size(), std::size_t{1});
    QVERIFY(library.idAt("loras/b.safetensors") == id);
    QCOMPARE(library.at("loras/b.safetensors")->name, std::string{"b"});
}

void TestModelMatching::aRenamedFileIsNotReadAgain()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    library.rename("a.safetensors", "b.safetensors");
    const auto result = library.scan();
    VERIFY_RESULT(result);
    QCOMPARE(result->statistics.filesRead, 0U);
    const auto again = library.scan();
    VERIFY_RESULT(again);
    QCOMPARE(again->statistics.filesRead, 0U);
    QVERIFY(again->models.front() == result->models.front()); // the same record: nothing has to be kept
}

void TestModelMatching::whatWasReadMatchesAfterARename()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ContentIdentity before = library.at("a.safetensors")->identity();
    library.rename("a.safetensors", "b.safetensors");
    VERIFY_RESULT(library.scan());
    library.rename("b.safetensors", "c.safetensors");
    VERIFY_RESULT(library.scan());
    QVERIFY(library.at("c.safetensors")->identity() == before);
    // And what a load compares the open file with is what the file is now.
    const auto file = InputFile::open(library.path("c.safetensors"));
    VERIFY_RESULT(file);
    QVERIFY(file->identity() == library.at("c.safetensors")->files.front().identity);
    library.write("c.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.at("c.safetensors")->identity() != before);
}

void TestModelMatching::exchangedNamesExchangeNothing()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    library.write("b.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    const ModelId a = library.idAt("a.safetensors");
    const ModelId b = library.idAt("b.safetensors");
    library.rename("a.safetensors", "x");
    library.rename("b.safetensors", "a.safetensors");
    library.rename("x", "b.safetensors");
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("a.safetensors") == b);
    QVERIFY(library.idAt("b.safetensors") == a);
}

void TestModelMatching::anotherFileInItsPlaceTakesTheId()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    library.write("new", numberedModel(2));
    library.rename("new", "a.safetensors");
    const auto result = library.scan();
    VERIFY_RESULT(result);
    QVERIFY(library.idAt("a.safetensors") == id);
    QCOMPARE(result->statistics.filesRead, 1U);
}

void TestModelMatching::aNewFileInThePlaceOfARenamedOneIsNew()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    library.rename("a.safetensors", "b.safetensors");
    library.write("a.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("b.safetensors") == id);
    QVERIFY(library.idAt("a.safetensors") != id);
    QVERIFY(library.idAt("a.safetensors") == modelIdFor(library.path("a.safetensors"), 1));
}

void TestModelMatching::aCopyIsAnotherModel()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    copyWithTimes(library.path("a.safetensors"), library.path("b.safetensors"));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("a.safetensors") != library.idAt("b.safetensors"));
    QVERIFY(library.at("a.safetensors")->contentKey == library.at("b.safetensors")->contentKey);
}

void TestModelMatching::aMovedFileStaysTheModel()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    library.write("other.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    copyWithTimes(library.path("a.safetensors"), library.path("drive/b.safetensors"));
    fs::remove(library.path("a.safetensors"));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("drive/b.safetensors") == id);
    QVERIFY(library.idAt("other.safetensors") != id);
}

void TestModelMatching::aMovedFileWithAnotherTimeIsNew()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    copyWithTimes(library.path("a.safetensors"), library.path("b.safetensors"));
    fs::last_write_time(
        library.path("b.safetensors"), fs::last_write_time(library.path("a.safetensors")) - std::chrono::seconds{3});
    fs::remove(library.path("a.safetensors"));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("b.safetensors") != id);
}

void TestModelMatching::aFileThatComesBackStaysTheModel()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    library.write("b.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    fs::rename(library.path("a.safetensors"), library.folder / "elsewhere");
    VERIFY_RESULT(library.scan());
    QCOMPARE(library.models().size(), std::size_t{1});
    fs::rename(library.folder / "elsewhere", library.path("c.safetensors"));
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("c.safetensors") == id);
}

void TestModelMatching::aRenamedFolderOfAPipelineStaysTheModel()
{
    Library library;
    library.write("sd/model_index.json", R"({"_class_name": "X", "unet": ["diffusers", "UNet2DConditionModel"]})");
    library.write("sd/unet/diffusion_pytorch_model.safetensors", numberedModel(1));
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("sd");
    QVERIFY(!id.empty());
    library.rename("sd", "pipelines/other");
    const auto result = library.scan();
    VERIFY_RESULT(result);
    QVERIFY(library.idAt("pipelines/other") == id);
    QCOMPARE(result->statistics.filesRead, 0U);
    QVERIFY(library.at("pipelines/other")->files.front().path
        == library.path("pipelines/other/unet/diffusion_pytorch_model.safetensors"));
    QVERIFY(library.at("pipelines/other")->index->path == library.path("pipelines/other/model_index.json"));
}

void TestModelMatching::aChangedIndexIsReadAgain()
{
    Library library;
    library.write("m-00001-of-00001.safetensors", numberedModel(1));
    library.write("m.safetensors.index.json", R"({"weight_map": {"weights1": "m-00001-of-00001.safetensors"}})");
    VERIFY_RESULT(library.scan());
    QVERIFY(library.models().front()->isUsable());
    const ModelId id = library.models().front()->id;
    library.write("m.safetensors.index.json", R"({"weight_map": {"weights1": "m-00009-of-00009.safetensors"}})");
    VERIFY_RESULT(library.scan());
    QVERIFY(!library.models().front()->isUsable());
    QVERIFY(library.models().front()->id == id);
}

void TestModelMatching::anotherNumberOfTheDeviceIsNoChange()
{
    const TemporaryFolder folder;
    folder.write("a.safetensors", numberedModel(1));
    auto request = requestFor(folder.path());
    const auto first = scanNow(request);
    VERIFY_RESULT(first);
    ModelRecord before = *first->models.front();
    before.files.front().identity.device += 1; // as a start of the machine may give it
    request.known = {std::make_shared<const ModelRecord>(before)};
    const auto again = scanNow(request);
    VERIFY_RESULT(again);
    QCOMPARE(again->statistics.filesRead, 0U);
    QVERIFY(again->models.front()->id == before.id);
    QVERIFY(again->models.front()->files == first->models.front()->files);
}

void TestModelMatching::staleModelsKeepTheirIdsAndAreRead()
{
    const TemporaryFolder folder;
    const auto path = folder.write("a.safetensors", numberedModel(1));
    auto request = requestFor(folder.path());
    const auto first = scanNow(request);
    VERIFY_RESULT(first);
    ModelRecord before = *first->models.front();
    before.id = {"an-id-of-old"};
    before.identified = {};
    fs::rename(path, folder / "b.safetensors");
    request.stale = {std::make_shared<const ModelRecord>(before)};
    const auto again = scanNow(request);
    VERIFY_RESULT(again);
    QCOMPARE(again->statistics.filesRead, 1U);
    QVERIFY(again->models.front()->id == before.id);
    QCOMPARE(again->models.front()->identified.tensorCount, 1U);
}

void TestModelMatching::aProblemIsToldUnderThePresentPath()
{
    Library library;
    library.write("a.safetensors", "<!DOCTYPE html>");
    VERIFY_RESULT(library.scan());
    const ModelId id = library.idAt("a.safetensors");
    library.rename("a.safetensors", "b.safetensors");
    VERIFY_RESULT(library.scan());
    QVERIFY(library.idAt("b.safetensors") == id);
    QVERIFY(library.models().front()->problem->detail.find("a.safetensors") == std::string::npos);
}

void TestModelMatching::theOrderOfWhatIsKnownDoesNotMatter()
{
    Library library;
    for (int number = 0; number < 4; ++number)
        library.write(std::to_string(number) + ".safetensors", numberedModel(number));
    VERIFY_RESULT(library.scan());
    std::vector<ModelRecordPtr> known = library.models();
    do {
        ScanRequest request = requestFor(library.folder / "models");
        request.known = known;
        const auto result = scanNow(request);
        VERIFY_RESULT(result);
        QCOMPARE(result->statistics.filesRead, std::uint64_t{0});
        QVERIFY(result->models == library.models());
    } while (std::ranges::next_permutation(known).found);
}

/// A model that is gone may have lain where another one is now.
void TestModelMatching::ofTwoKnownAtOnePathTheFirstCounts()
{
    Library library;
    library.write("a.safetensors", numberedModel(1));
    library.write("b.safetensors", numberedModel(2));
    VERIFY_RESULT(library.scan());
    ModelRecord gone = *library.at("b.safetensors");
    gone.id = {"gone"};
    gone.files.front().identity.inode = 0;
    library.write("b.safetensors", numberedModel(3)); // neither of them is unchanged
    ScanRequest request = requestFor(library.folder / "models");
    request.known = library.models();
    request.known.push_back(std::make_shared<const ModelRecord>(gone));
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(result->models.at(1)->id.text, library.idAt("b.safetensors").text);
}

void TestModelMatching::followsAnySequenceOfRenames_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 12; ++seed)
        QTest::newRow(std::to_string(seed).c_str()) << seed;
}

/// Whatever is renamed between two scans, each content keeps its id, and no id stands twice.
void TestModelMatching::followsAnySequenceOfRenames()
{
    QFETCH(unsigned, seed);
    std::mt19937 random{seed};
    const auto below = [&](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>{0, count - 1}(random);
    };
    Library library;
    std::map<std::string, int> contents; // by name
    int last = 0;
    for (; last < 8; ++last)
        contents.emplace("m" + std::to_string(last) + ".safetensors", last);
    for (const auto& [name, number] : contents)
        library.write(name, numberedModel(number));
    std::map<int, ModelId> ids;
    for (int round = 0; round < 12; ++round) {
        const auto result = library.scan();
        VERIFY_RESULT(result);
        std::set<ModelId> seen;
        for (const auto& [name, number] : contents) {
            const ModelId id = library.idAt(name);
            QVERIFY2(!id.empty(), name.c_str());
            QVERIFY2(ids.emplace(number, id).first->second == id, name.c_str());
            seen.insert(id);
        }
        QCOMPARE(seen.size(), contents.size());
        if (round > 0)
            QVERIFY(result->statistics.filesRead <= 1U); // the new one
        for (std::size_t step = 0; step < 5; ++step) {
            const auto from = std::next(contents.begin(), static_cast<std::ptrdiff_t>(below(contents.size())));
            const std::string to = (below(2) == 0 ? "m" : "sub/m") + std::to_string(below(12)) + ".safetensors";
            if (contents.contains(to))
                continue;
            library.rename(from->first, to);
            auto moved = contents.extract(from);
            moved.key() = to;
            contents.insert(std::move(moved));
        }
        const std::string fresh = "m" + std::to_string(below(12)) + ".safetensors";
        if (!contents.contains(fresh)) {
            contents.emplace(fresh, ++last);
            library.write(fresh, numberedModel(last));
        }
    }
}

QTEST_APPLESS_MAIN(TestModelMatching)
#include "test_model_matching.moc"
