// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/catalog.h"
#include "model_engine/catalog/layouts/ollama_library.h"
#include "model_engine/catalog/layouts/recognition.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

const std::string kHash(64, 'a');
const std::string kOtherHash(64, 'b');

std::string layer(const std::string& kind, const std::string& digest)
{
    return R"({"mediaType":"application/vnd.ollama.image.)" + kind + R"(","digest":")" + digest + R"(","size":1})";
}

std::string manifestOf(const std::string& layers)
{
    return R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",)"
           R"("config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:)"
        + kHash + R"(","size":1},"layers":[)" + layers + "]}";
}

std::string languageModel()
{
    return GgufBuilder()
        .text("general.architecture", "llama")
        .tensor("blk.0.attn_norm.weight", ggml::kF32, {8})
        .build();
}

/// "name=blob, …" relative to the folder, the hash cut short.
std::string textOf(const OllamaLibrary& library)
{
    std::string text;
    for (const OllamaModel& model : library.models)
        text += (text.empty() ? "" : ", ") + model.name + "=" + model.blob.filename().string().substr(0, 9);
    return text;
}

} // namespace

class TestOllamaLibrary final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesBlobsAsOllamaDoes_data();
    void namesBlobsAsOllamaDoes();
    void aBlobHasOneName();
    void reportsHostileManifests_data();
    void reportsHostileManifests();
    void tellsBlobsByTheirNames_data();
    void tellsBlobsByTheirNames();
    void isRecognisedAtItsRoot_data();
    void isRecognisedAtItsRoot();
    void blobsAreModelsOfAScan();
    void blobsAreSortedIntoTheFilesBesideThem();
    void otherFormatsAloneLeaveBlobsOut();
    void aBlobThatIsGoneLeavesTheCatalogue();
};

void TestOllamaLibrary::namesBlobsAsOllamaDoes_data()
{
    QTest::addColumn<std::string>("manifest");
    QTest::addColumn<std::string>("layers");
    QTest::addColumn<std::string>("models");
    const std::string model = layer("model", "sha256:" + kHash);
    QTest::newRow("of the library") << std::string{"registry.ollama.ai/library/llama3/8b"} << model
                                    << std::string{"llama3:8b=sha256-aa"};
    QTest::newRow("of a user") << std::string{"registry.ollama.ai/me/mine/latest"} << model
                               << std::string{"me/mine:latest=sha256-aa"};
    QTest::newRow("of another host") << std::string{"hf.co/library/mine/q4"} << model
                                     << std::string{"hf.co/library/mine:q4=sha256-aa"};
    QTest::newRow("with a projector") << std::string{"registry.ollama.ai/library/llava/7b"}
                                      << model + "," + layer("projector", "sha256:" + kOtherHash)
                                      << std::string{"llava:7b=sha256-aa, llava:7b (projector)=sha256-bb"};
    QTest::newRow("with an adapter") << std::string{"registry.ollama.ai/library/a/b"}
                                     << layer("adapter", "sha256:" + kHash) << std::string{"a:b (adapter)=sha256-aa"};
    QTest::newRow("other layers") << std::string{"registry.ollama.ai/library/a/b"}
                                  << layer("template", "sha256:" + kHash) + "," + layer("license", "sha256:" + kHash)
                                  << std::string{};
    QTest::newRow("not deep enough") << std::string{"registry.ollama.ai/library/a"} << model << std::string{};
    QTest::newRow("hidden") << std::string{"registry.ollama.ai/library/a/.DS_Store"} << model << std::string{};
}

void TestOllamaLibrary::namesBlobsAsOllamaDoes()
{
    QFETCH(std::string, manifest);
    QFETCH(std::string, layers);
    QFETCH(std::string, models);
    const TemporaryFolder folder;
    folder.write("manifests/" + manifest, manifestOf(layers));
    folder.write("blobs/sha256-" + kHash, "x");
    folder.write("blobs/sha256-" + kOtherHash, "x");
    const OllamaLibrary library = readOllamaLibrary(folder.path());
    QCOMPARE(textOf(library), models);
    QVERIFY(library.problems.empty());
}

void TestOllamaLibrary::aBlobHasOneName()
{
    const TemporaryFolder folder;
    for (const char* tag : {"latest", "8b"})
        folder.write(std::string{"manifests/registry.ollama.ai/library/llama3/"} + tag,
            manifestOf(layer("model", "sha256:" + kHash)));
    folder.write("blobs/sha256:" + kHash, "x"); // as the first versions wrote it
    QCOMPARE(textOf(readOllamaLibrary(folder.path())), std::string{"llama3:8b=sha256:aa"});
}

void TestOllamaLibrary::reportsHostileManifests_data()
{
    QTest::addColumn<std::string>("manifest");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, std::string manifest, ErrorCode code) {
        QTest::newRow(name) << std::move(manifest) << code;
    };
    row("empty", "", ErrorCode::InvalidFormat);
    row("garbage", "\xff\x00garbage", ErrorCode::InvalidFormat);
    row("a web page", "<!DOCTYPE html>", ErrorCode::InvalidFormat);
    row("no object", "[]", ErrorCode::InvalidFormat);
    row("no layers", "{}", ErrorCode::InvalidFormat);
    row("layers that are no list", R"({"layers":{}})", ErrorCode::InvalidFormat);
    row("too deep", std::string(100'000, '['), ErrorCode::InvalidFormat);
    row("huge", std::string(1024 * 1024, ' '), ErrorCode::InvalidValue);
    row("a path for a digest", manifestOf(layer("model", "sha256:../../../etc/passwd")), ErrorCode::InvalidFormat);
    row("a path behind a hash", manifestOf(layer("model", "sha256:" + kHash + "/../x")), ErrorCode::InvalidFormat);
    row("a short hash", manifestOf(layer("model", "sha256:abc")), ErrorCode::InvalidFormat);
    row("capitals", manifestOf(layer("model", "sha256:" + std::string(64, 'A'))), ErrorCode::InvalidFormat);
    row("another hash", manifestOf(layer("model", "md5:" + kHash)), ErrorCode::InvalidFormat);
    row("no digest", manifestOf(R"({"mediaType":"application/vnd.ollama.image.model"})"), ErrorCode::InvalidFormat);
    row("a number for a digest", manifestOf(R"({"mediaType":"application/vnd.ollama.image.model","digest":1})"),
        ErrorCode::InvalidFormat);
    row("a blob that is not there", manifestOf(layer("model", "sha256:" + kOtherHash)), ErrorCode::NotFound);
}

void TestOllamaLibrary::reportsHostileManifests()
{
    QFETCH(std::string, manifest);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    const fs::path broken = folder.write("manifests/registry.ollama.ai/library/broken/latest", manifest);
    folder.write("manifests/registry.ollama.ai/library/whole/latest", manifestOf(layer("model", "sha256:" + kHash)));
    folder.write("blobs/sha256-" + kHash, "x");
    const OllamaLibrary library = readOllamaLibrary(folder.path());
    QCOMPARE(textOf(library), std::string{"whole:latest=sha256-aa"});
    QCOMPARE(library.problems.size(), std::size_t{1});
    QCOMPARE(library.problems.front().path, broken);
    QCOMPARE(library.problems.front().error.code, code);
}

void TestOllamaLibrary::tellsBlobsByTheirNames_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<bool>("isBlob");
    QTest::newRow("blob") << "sha256-" + kHash << true;
    QTest::newRow("old blob") << "sha256:" + kHash << true;
    QTest::newRow("download") << "sha256-" + kHash + "-partial" << false;
    QTest::newRow("part of a download") << "sha256-" + kHash + "-partial-0" << false;
    QTest::newRow("short") << std::string{"sha256-abc"} << false;
    QTest::newRow("nothing behind the prefix") << std::string{"sha256-"} << false;
    QTest::newRow("empty") << std::string{} << false;
    QTest::newRow("other") << "x" + kHash << false;
}

void TestOllamaLibrary::tellsBlobsByTheirNames()
{
    QFETCH(std::string, name);
    QFETCH(bool, isBlob);
    QCOMPARE(isOllamaBlobName(name), isBlob);
}

void TestOllamaLibrary::isRecognisedAtItsRoot_data()
{
    QTest::addColumn<std::string>("root");
    QTest::addColumn<std::string>("evidence");
    QTest::newRow("the program's folder") << std::string{"."} << std::string{"models/manifests/"};
    QTest::newRow("its models") << std::string{"models"} << std::string{"manifests/"};
}

void TestOllamaLibrary::isRecognisedAtItsRoot()
{
    QFETCH(std::string, root);
    QFETCH(std::string, evidence);
    const TemporaryFolder folder;
    folder.write(
        "models/manifests/registry.ollama.ai/library/llama3/8b", manifestOf(layer("model", "sha256:" + kHash)));
    const fs::path blob = folder.write("models/blobs/sha256-" + kHash, "x");
    folder.write("models/blobs/sha256-" + kHash + "-partial", "x");
    for (const auto configuration : {LayoutConfiguration::Followed, LayoutConfiguration::Ignored}) {
        const RecognizedLayout layout = recognizeLayout((folder / root).lexically_normal(), configuration);
        QCOMPARE(layout.layout, LibraryLayout::Ollama);
        QCOMPARE(layout.evidence.front(), evidence);
        QCOMPARE(layout.files, std::vector<fs::path>{blob});
    }
}

void TestOllamaLibrary::blobsAreModelsOfAScan()
{
    const TemporaryFolder folder;
    folder.write("manifests/registry.ollama.ai/library/llama3/8b", manifestOf(layer("model", "sha256:" + kHash)));
    folder.write("manifests/registry.ollama.ai/library/gone/1b", manifestOf(layer("model", "sha256:" + kOtherHash)));
    folder.write("blobs/sha256-" + kHash, languageModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{1});
    const ModelRecord& model = *result->models.front();
    QCOMPARE(model.name, std::string{"llama3:8b"});
    QCOMPARE(model.placement.layout, LibraryLayout::Ollama);
    QCOMPARE(model.identified.problems, std::vector{ModelProblem::Llm}); // listed as no image model
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems.front().error.code, ErrorCode::NotFound);
}

void TestOllamaLibrary::blobsAreSortedIntoTheFilesBesideThem()
{
    const TemporaryFolder folder;
    folder.write("manifests/registry.ollama.ai/library/one/8b", manifestOf(layer("model", "sha256:" + kOtherHash)));
    folder.write("manifests/registry.ollama.ai/library/two/8b", manifestOf(layer("model", "sha256:" + kHash)));
    for (const std::string& name : {"sha256-" + kOtherHash, "sha256-" + kHash, std::string{"z.gguf"}})
        folder.write("blobs/" + name, languageModel());
    folder.write("blobs/a.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result),
        "blobs/a.safetensors blobs/sha256-" + kHash + " blobs/sha256-" + kOtherHash + " blobs/z.gguf");
}

void TestOllamaLibrary::otherFormatsAloneLeaveBlobsOut()
{
    const TemporaryFolder folder;
    folder.write("manifests/registry.ollama.ai/library/llama3/8b", manifestOf(layer("model", "sha256:" + kHash)));
    folder.write("blobs/sha256-" + kHash, languageModel());
    ScanRequest request = requestFor(folder.path());
    request.extensions = {".safetensors"};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QVERIFY(result->models.empty());
}

void TestOllamaLibrary::aBlobThatIsGoneLeavesTheCatalogue()
{
    ScanCoverage coverage{.directories = {"/models"}};
    coverage.extensions = {".safetensors", ".gguf"};
    QVERIFY(isCovered("/models/blobs/sha256-" + kHash, coverage));
    QVERIFY(!isCovered("/models/blobs/other", coverage));
    coverage.extensions = {".safetensors"};
    QVERIFY(!isCovered("/models/blobs/sha256-" + kHash, coverage));
}

QTEST_APPLESS_MAIN(TestOllamaLibrary)
#include "test_ollama_library.moc"
