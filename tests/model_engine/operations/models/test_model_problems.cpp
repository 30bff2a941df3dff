// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/broken_torch_files.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A file, and what the answers call it.
struct NamedFile {
    std::string name;
    std::string content;
    FileDefect defect;
};

std::string contentOf(const std::vector<BrokenFile>& files, std::string_view name)
{
    const auto file = std::ranges::find(files, name, &BrokenFile::name);
    return file == files.end() ? std::string{} : file->content;
}

std::string withoutEnd(std::string file)
{
    file.resize(file.size() - 5);
    return file;
}

std::vector<NamedFile> foreignRows()
{
    const auto foreign = foreignFiles();
    return {
        {"empty", "", FileDefect::Empty},
        {"zeros", std::string(2048, '\0'), FileDefect::ZeroFilled},
        {"pointer", contentOf(foreign, "git_lfs_pointer"), FileDefect::LfsPointer},
        {"page", contentOf(foreign, "web_page"), FileDefect::Html},
        {"page_after_space", contentOf(foreign, "web_page_after_white_space"), FileDefect::Html},
        {"xml", contentOf(foreign, "xml_error"), FileDefect::Xml},
        {"json", contentOf(foreign, "json_error"), FileDefect::Json},
        {"json_like_a_header", contentOf(foreign, "json_error_like_a_header"), FileDefect::Json},
        {"text", "Entry not found", FileDefect::Text},
        {"picture", contentOf(foreign, "picture"), FileDefect::Picture},
        {"seven_zip", contentOf(foreign, "seven_zip"), FileDefect::Archive},
        {"numpy", contentOf(foreign, "numpy_array"), FileDefect::OtherFormat},
        {"noise", "\x01\x02\xfe\xff\x03\x04\xff\xff\xff\xff", FileDefect::UnknownFormat},
    };
}

std::vector<NamedFile> brokenRows()
{
    const std::string good = smallSafetensorsFile();
    const std::string gguf = GgufBuilder().tensor("x", 0, {8}).build();
    return {
        {"short", withoutEnd(good), FileDefect::Truncated},
        {"short_gguf", withoutEnd(gguf), FileDefect::Truncated},
        {"short_zip", withoutEnd(smallTorchZip()), FileDefect::Truncated},
        {"too_long", good + "polyglot", FileDefect::TrailingBytes},
        {"header_no_json", safetensorsFile("{\"x\":"), FileDefect::InvalidHeader},
        {"header_giant", safetensorsFile(100'000'001, "{}", ""), FileDefect::InvalidHeader},
        {"unknown_dtype", SafetensorsBuilder().entry("x", "Q9", {1}, 0, 1).data("d").build(), FileDefect::UnknownDtype},
    };
}

std::vector<NamedFile> torchRows()
{
    const auto archives = foreignArchives();
    return {
        {"script", contentOf(archives, "torch_serve"), FileDefect::OtherFormat},
        {"zip_of_pictures", contentOf(archives, "zip_of_pictures"), FileDefect::Archive},
        {"damaged_zip", contentOf(brokenZipArchives(), "zip_bytes_behind"), FileDefect::DamagedArchive},
        {"pickle", contentOf(brokenTensors(), "tensor_size_of_texts"), FileDefect::InvalidPickle},
        {"unsafe", unsafePickles().front().content, FileDefect::UnsafePickle},
    };
}

std::vector<NamedFile> namedFiles()
{
    std::vector<NamedFile> files = foreignRows();
    for (const auto& more : {brokenRows(), torchRows()})
        files.insert(files.end(), more.begin(), more.end());
    return files;
}

/// The words of all models that cannot be used, by the names of their files.
std::map<std::string, std::string> wordsIn(const Json& answer)
{
    std::map<std::string, std::string> words;
    for (const Json& model : answer.at("incompatible_models")) {
        const std::filesystem::path path{model.at("path").get<std::string>()};
        words[path.stem().string()] = model.at("problems").at(0).at("problem").get<std::string>();
    }
    return words;
}

} // namespace

/// The words by which the answers say what is wrong with a file.
class TestModelProblems : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesWhatTheFileIs_data();
    void namesWhatTheFileIs();
    void namesWhatCannotBeRead();
    void namesWhatMayNotBeRead();
    void namesWhatWasRead();
    void keepsTheWordsBetweenRuns();
    void documentsEveryWord();
};

void TestModelProblems::namesWhatTheFileIs_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<FileDefect>("defect");
    for (const NamedFile& file : namedFiles())
        QTest::newRow(file.name.c_str()) << file.content << file.defect;
}

void TestModelProblems::namesWhatTheFileIs()
{
    QFETCH(std::string, content);
    QFETCH(FileDefect, defect);
    EngineRig rig;
    rig.folder.write("models/broken.safetensors", content);
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QCOMPARE(scanned->at("incompatible_models").size(), 1U);
    const Json& problem = scanned->at("incompatible_models")[0].at("problems").at(0);
    QCOMPARE(problem.at("problem").get<std::string>(), std::string{toText(defect)});
    QVERIFY(problem.at("code") != problem.at("problem")); // beside the typed error
    QVERIFY(!problem.at("message").get<std::string>().empty());
}

void TestModelProblems::namesWhatCannotBeRead()
{
    EngineRig rig;
    std::filesystem::create_symlink("nowhere", rig.folder / "models/link.safetensors");
    rig.folder.write("models/part-00001-of-00002.safetensors", smallSafetensorsFile());
    rig.folder.write("models/pipe/model_index.json", "{\"_class_name\":\"X\",");
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    const auto words = wordsIn(*scanned);
    QCOMPARE(words.at("link"), std::string{"not-a-file"});
    QCOMPARE(words.at("part-00001-of-00002"), std::string{"missing-file"});
    QCOMPARE(words.at("pipe"), std::string{"invalid-index"});
}

void TestModelProblems::namesWhatMayNotBeRead()
{
    namespace fs = std::filesystem;
    EngineRig rig;
    for (const fs::path& folder : {rig.folder.path(), rig.folder / "models"})
        fs::permissions(folder, fs::perms::all);
    fs::permissions(rig.folder.write("models/locked.safetensors", smallSafetensorsFile()), fs::perms::none);
    const UnprivilegedFiles unprivileged; // the engine's threads too
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QCOMPARE(wordsIn(*scanned).at("locked"), std::string{"unreadable"});
}

void TestModelProblems::namesWhatWasRead()
{
    EngineRig rig;
    rig.folder.write("models/language.safetensors",
        SafetensorsBuilder().tensor("model.layers.0.self_attn.q_proj.weight", "F16", {8, 8}).build());
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    const Json& model = scanned->at("models").at(0);
    QCOMPARE(model.at("model_type").get<std::string>(), std::string{"unknown"});
    QCOMPARE(model.at("problems").at(0).at("problem").get<std::string>(), std::string{"llm"});
}

void TestModelProblems::keepsTheWordsBetweenRuns()
{
    EngineRig rig;
    rig.dataFolder = rig.folder / "data";
    for (const NamedFile& file : foreignRows())
        rig.folder.write("models/" + file.name + ".safetensors", file.content);
    const auto before = rig.scan();
    VERIFY_RESULT(before);
    rig.close();
    const auto after = rig.scan();
    VERIFY_RESULT(after);
    QCOMPARE(after->at("scan_statistics").at("files_read").get<int>(), 0);
    QVERIFY(wordsIn(*before) == wordsIn(*after));
    QCOMPARE(wordsIn(*after).at("pointer"), std::string{"lfs-pointer"});
}

void TestModelProblems::documentsEveryWord()
{
    EngineRig rig;
    const std::string help{rig.engine().operations().find("model.get_available_models")->answer};
    std::set<std::string_view> words;
    for (std::uint8_t value = 1; value <= static_cast<std::uint8_t>(kLastFileDefect); ++value)
        words.insert(toText(static_cast<FileDefect>(value)));
    QCOMPARE(words.size(), static_cast<std::size_t>(kLastFileDefect)); // no word twice
    for (std::uint8_t value = 1; value <= static_cast<std::uint8_t>(kLastModelProblem); ++value)
        words.insert(toText(static_cast<ModelProblem>(value)));
    for (const std::string_view word : words)
        QVERIFY2(help.find(word) != std::string::npos, std::string{word}.c_str());
}

QTEST_APPLESS_MAIN(TestModelProblems)
#include "test_model_problems.moc"
