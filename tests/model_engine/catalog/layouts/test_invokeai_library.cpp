// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/invokeai_library.h"
#include "model_engine/catalog/layouts/recognition.h"
#include "tests/model_engine/catalog/layouts/invoke_builder.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

std::string textOf(const InvokeLibrary& library)
{
    std::string text;
    for (const InvokeModel& model : library.models)
        text += (text.empty() ? "" : " ") + model.path.string() + "=" + model.name;
    return text;
}

const ModelRecord* findByName(const ScanResult& result, std::string_view name)
{
    const auto model =
        std::ranges::find(result.models, name, [](const ModelRecordPtr& record) { return record->name; });
    return model == result.models.end() ? nullptr : model->get();
}

} // namespace

class TestInvokeaiLibrary final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTheDatabase_data();
    void readsTheDatabase();
    void findsRelocatedFolders();
    void countsRowsThatAreNoModels();
    void reportsWhatIsWrong_data();
    void reportsWhatIsWrong();
    void readsWhileInvokeWrites();
    void aLockedDatabaseIsReported();
    void findsTheRootOfAModel();
    void namesTheModelsOfAScan();
    void aBrokenDatabaseLeavesTheScanWhole();
};

void TestInvokeaiLibrary::readsTheDatabase_data()
{
    QTest::addColumn<std::string>("table");
    QTest::addColumn<std::string>("journal");
    QTest::newRow("version 4") << std::string{"models"} << std::string{"delete"};
    QTest::newRow("version 3") << std::string{"model_config"} << std::string{"delete"};
    QTest::newRow("with a write-ahead log") << std::string{"models"} << std::string{"wal"};
}

void TestInvokeaiLibrary::readsTheDatabase()
{
    QFETCH(std::string, table);
    QFETCH(std::string, journal);
    const TemporaryFolder root;
    {
        const auto made = makeInvokeDatabase(root.path(),
            {writeJson(invokeConfig("uuid/x.safetensors", "Juggernaut XL")), writeJson(invokeConfig("/disk/y/", "Y"))},
            journal, table);
        VERIFY_RESULT(made);
    }
    const auto library = readInvokeLibrary(root.path());
    VERIFY_RESULT(library);
    QCOMPARE(textOf(*library), "/disk/y=Y " + (root / "models/uuid/x.safetensors").string() + "=Juggernaut XL");
    QCOMPARE(library->unreadable, std::uint64_t{0});
    std::set<std::string> beside;
    for (const auto& entry : fs::directory_iterator{root / "databases"})
        beside.insert(entry.path().filename().string());
    QCOMPARE(beside, (std::set<std::string>{"invokeai.db"}));
}

void TestInvokeaiLibrary::findsRelocatedFolders()
{
    const TemporaryFolder root;
    VERIFY_RESULT(makeInvokeDatabase(root / "elsewhere", {writeJson(invokeConfig("x", "X"))}));
    for (const std::string& yaml : {std::string{"models_dir: big\ndb_dir: elsewhere/databases\n"},
             std::string{"InvokeAI:\n  Paths:\n    models_dir: big\n    db_dir: elsewhere/databases\n"}}) {
        root.write("invokeai.yaml", yaml);
        const auto library = readInvokeLibrary(root.path());
        VERIFY_RESULT(library);
        QCOMPARE(textOf(*library), (root / "big/x").string() + "=X");
    }
}

void TestInvokeaiLibrary::countsRowsThatAreNoModels()
{
    const TemporaryFolder root;
    VERIFY_RESULT(makeInvokeDatabase(root.path(),
        {R"({"path": "a", "name": 5})", R"({"path": ""})", "{}", "[]", R"({"path": 7})",
            R"({"path": "b", "name": "B"})"}));
    const auto library = readInvokeLibrary(root.path());
    VERIFY_RESULT(library);
    QCOMPARE(library->unreadable, std::uint64_t{4});
    QCOMPARE(textOf(*library), (root / "models/a").string() + "= " + (root / "models/b").string() + "=B");
}

void TestInvokeaiLibrary::reportsWhatIsWrong_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("no database")
        << std::string{"this is no database, and it is long enough to have a header of one........"
                       "..........................................................."}
        << ErrorCode::InvalidFormat;
    QTest::newRow("other tables") << std::string{} << ErrorCode::Unsupported;
}

void TestInvokeaiLibrary::reportsWhatIsWrong()
{
    QFETCH(std::string, content);
    QFETCH(ErrorCode, code);
    const TemporaryFolder root;
    VERIFY_ERROR(readInvokeLibrary(root.path()), ErrorCode::NotFound);
    if (content.empty())
        VERIFY_RESULT(makeInvokeDatabase(root.path(), {}, "delete", "images"));
    else
        root.write("databases/invokeai.db", content);
    VERIFY_ERROR(readInvokeLibrary(root.path()), code);
}

void TestInvokeaiLibrary::readsWhileInvokeWrites()
{
    const TemporaryFolder root;
    const auto open = makeInvokeDatabase(root.path(), {writeJson(invokeConfig("x", "X"))}, "wal");
    VERIFY_RESULT(open);
    const auto library = readInvokeLibrary(root.path());
    VERIFY_RESULT(library);
    QCOMPARE(library->models.size(), std::size_t{1});
}

void TestInvokeaiLibrary::aLockedDatabaseIsReported()
{
    const TemporaryFolder root;
    const auto open = makeInvokeDatabase(root.path(), {writeJson(invokeConfig("x", "X"))});
    VERIFY_RESULT(open);
    VERIFY_RESULT(open->execute("BEGIN EXCLUSIVE"));
    const RecognizedLayout found = recognizeLayout(root.path());
    QCOMPARE(found.layout, LibraryLayout::InvokeAi);
    QCOMPARE(found.problems.size(), std::size_t{1});
    QCOMPARE(found.problems.front().error.code, ErrorCode::FileInUse);
}

void TestInvokeaiLibrary::findsTheRootOfAModel()
{
    const TemporaryFolder root;
    QVERIFY(!invokeRootOf(root / "models/uuid/x.safetensors"));
    root.write("invokeai.yaml", "");
    QCOMPARE(invokeRootOf(root / "models/uuid/x.safetensors").value(), root.path());
}

void TestInvokeaiLibrary::namesTheModelsOfAScan()
{
    const TemporaryFolder folder;
    folder.write("invoke/models/uuid-1/weights.safetensors", loraModel());
    folder.write("invoke/models/uuid-2/model_index.json", R"({"vae": ["diffusers", "AutoencoderKL"]})");
    folder.write("invoke/models/uuid-2/vae/diffusion_pytorch_model.safetensors", plainModel());
    folder.write("disk/style.safetensors", loraModel());
    VERIFY_RESULT(makeInvokeDatabase(folder / "invoke",
        {writeJson(invokeConfig("uuid-1/weights.safetensors", "Hat style")), writeJson(invokeConfig("uuid-2", "Pipe")),
            writeJson(invokeConfig((folder / "disk/style.safetensors").string(), "In place"))}));
    const auto result = scanNow(requestFor(folder / "invoke"));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{3});
    for (const char* name : {"Hat style", "Pipe", "In place"})
        QVERIFY2(findByName(*result, name) != nullptr, name);
    QCOMPARE(findByName(*result, "Hat style")->placement.layout, LibraryLayout::InvokeAi);
    QVERIFY(findByName(*result, "Hat style")->placement.expectedKinds.empty());
    QCOMPARE(result->outsideDirectories, (std::vector<fs::path>{folder / "disk"}));
}

void TestInvokeaiLibrary::aBrokenDatabaseLeavesTheScanWhole()
{
    const TemporaryFolder folder;
    folder.write("invokeai.yaml", "");
    folder.write("models/sdxl/lora/style.safetensors", loraModel());
    folder.write("databases/invokeai.db", std::string(4096, 'x'));
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{1});
    QCOMPARE(result->models[0]->name, std::string{"style"});
    QVERIFY((result->models[0]->placement.expectedKinds == std::vector{ModelKind::Lora}));
    fs::remove(folder / "invokeai.yaml"); // the database alone is evidence enough
    QVERIFY(recognizeLayout(folder.path()).evidence == std::vector<std::string>{"databases/invokeai.db"});
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems[0].error.code, ErrorCode::InvalidFormat);
}

QTEST_APPLESS_MAIN(TestInvokeaiLibrary)
#include "test_invokeai_library.moc"
