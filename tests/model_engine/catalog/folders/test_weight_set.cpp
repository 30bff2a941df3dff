// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/weight_set.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;

namespace {

std::vector<FoundFile> filesOf(const std::vector<std::string>& names)
{
    std::vector<FoundFile> files;
    for (const std::string& name : names)
        files.push_back({"/models/" + name, EntryKind::File, {}});
    std::ranges::sort(files, {}, &FoundFile::path);
    return files;
}

/// "a.safetensors(1) b.safetensors(2/3)": the names of the sets, with their files and the shards there must be.
std::string textOf(const std::vector<WeightSet>& sets)
{
    std::string text;
    for (const WeightSet& set : sets) {
        text += (text.empty() ? "" : " ") + set.name + "(" + std::to_string(set.files.size())
            + (set.isSharded() ? "/" + std::to_string(set.shards) : "") + ")";
    }
    return text;
}

} // namespace

class TestWeightSet : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void parsesShardNames_data();
    void parsesShardNames();
    void putsShardsTogether_data();
    void putsShardsTogether();
    void keepsShardsInTheOrderOfTheirNumbers();
    void saysWhatIsMissing();
    void leavesWhatIsNoFileByItself();
    void prefers_data();
    void prefers();
};

void TestWeightSet::parsesShardNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("parsed"); // "set number count", or empty
    const auto row = [](const char* name, const char* parsed) {
        QTest::newRow(name) << QString::fromUtf8(name) << QString::fromUtf8(parsed);
    };
    row("model-00001-of-00002.safetensors", "model.safetensors 1 2");
    row("model.fp16-00002-of-00002.safetensors", "model.fp16.safetensors 2 2");
    row("model-00001-of-00002.fp16.safetensors", "model.fp16.safetensors 1 2");
    row("a-of-b-00003-of-00004.bin", "a-of-b.bin 3 4");
    row("-00001-of-00001", " 1 1");
    row("model-00000-of-00002.safetensors", "");
    row("model-00003-of-00002.safetensors", "");
    row("model-00001-of-99999.safetensors", "");
    row("model-0001-of-0002.safetensors", "");
    row("model-+0001-of-00002.safetensors", "");
    row("model-00001-of-0000x.safetensors", "");
    row("model_00001-of-00002.safetensors", "");
    row("model-00001-of-", "");
    row("1-of-2", "");
    row("", "");
}

void TestWeightSet::parsesShardNames()
{
    QFETCH(QString, name);
    QFETCH(QString, parsed);
    const auto shard = parseShardName(name.toStdString());
    const std::string text =
        shard ? shard->set + " " + std::to_string(shard->number) + " " + std::to_string(shard->count) : "";
    QCOMPARE(QString::fromStdString(text), parsed);
}

void TestWeightSet::putsShardsTogether_data()
{
    QTest::addColumn<std::vector<std::string>>("names");
    QTest::addColumn<QString>("sets");
    QTest::newRow("single files") << std::vector<std::string>{"b.ckpt", "a.safetensors"}
                                  << QStringLiteral("a.safetensors(1) b.ckpt(1)");
    QTest::newRow("complete") << std::vector<std::string>{"m-00001-of-00002.bin", "m-00002-of-00002.bin"}
                              << QStringLiteral("m.bin(2/2)");
    QTest::newRow("incomplete") << std::vector<std::string>{"m-00001-of-00003.bin", "m-00003-of-00003.bin"}
                                << QStringLiteral("m.bin(2/3)");
    QTest::newRow("two counts") << std::vector<std::string>{"m-00001-of-00001.bin", "m-00001-of-00002.bin"}
                                << QStringLiteral("m.bin(1/1) m.bin(1/2)");
    QTest::newRow("two spellings of one shard") << std::vector<std::string>{"m-00001-of-00001.fp16.bin",
        "m.fp16-00001-of-00001.bin"} << QStringLiteral("m.fp16-00001-of-00001.bin(1) m.fp16.bin(1/1)");
}

void TestWeightSet::putsShardsTogether()
{
    QFETCH(std::vector<std::string>, names);
    QFETCH(QString, sets);
    QCOMPARE(QString::fromStdString(textOf(weightSetsOf(filesOf(names)))), sets);
}

void TestWeightSet::keepsShardsInTheOrderOfTheirNumbers()
{
    const auto sets = weightSetsOf(filesOf({"m-00010-of-00010.bin", "m-00002-of-00010.bin", "m-00009-of-00010.bin"}));
    QCOMPARE(sets.size(), 1U);
    std::string names;
    for (const FoundFile& file : sets[0].files)
        names += std::filesystem::path{file.path}.filename().string() + " ";
    QCOMPARE(names, std::string{"m-00002-of-00010.bin m-00009-of-00010.bin m-00010-of-00010.bin "});
}

void TestWeightSet::saysWhatIsMissing()
{
    const auto sets = weightSetsOf(filesOf({"m-00002-of-00004.bin", "m-00003-of-00004.bin", "x-00001-of-00020.bin"}));
    QCOMPARE(sets.size(), 2U);
    QCOMPARE(sets[0].missing(), std::string{"2 of 4 shards of 'm.bin' are missing: 1, 4"});
    QCOMPARE(sets[1].missing(), std::string{"19 of 20 shards of 'x.bin' are missing: 2, 3, 4, 5, 6, 7, 8, 9, …"});
    QCOMPARE(weightSetsOf(filesOf({"m.bin"}))[0].missing(), std::string{});
}

void TestWeightSet::leavesWhatIsNoFileByItself()
{
    auto files = filesOf({"m-00001-of-00002.bin", "m-00002-of-00002.bin"});
    files[1].kind = EntryKind::NoFile; // a link that leads nowhere
    QCOMPARE(textOf(weightSetsOf(files)), std::string{"m-00002-of-00002.bin(1) m.bin(1/2)"});
}

void TestWeightSet::prefers_data()
{
    QTest::addColumn<std::vector<std::string>>("names");
    QTest::addColumn<QString>("preferred");
    QTest::addColumn<std::string>("wanted");
    const auto row = [](const char* name, std::vector<std::string> names, const char* preferred,
                         const char* wanted = "") {
        QTest::newRow(name) << std::move(names) << QString::fromUtf8(preferred) << std::string{wanted};
    };
    row("wanted", {"model.fp16.safetensors", "model.safetensors"}, "model.fp16.safetensors", "fp16");
    row("wanted, of two formats", {"model.safetensors", "model.fp16.bin", "model.fp16.safetensors"},
        "model.fp16.safetensors", "fp16");
    row("wanted, a pickle", {"model.safetensors", "model.non_ema.bin"}, "model.non_ema.bin", "non_ema");
    row("wanted, in shards", {"model.safetensors", "model.fp16-00001-of-00001.safetensors"}, "model.fp16.safetensors",
        "fp16");
    row("wanted, a shard is missing", {"model.safetensors", "model.fp16-00001-of-00002.safetensors"},
        "model.safetensors", "fp16");
    row("wanted, not there", {"model.non_ema.safetensors", "model.safetensors"}, "model.safetensors", "fp16");
    row("nothing", {}, "");
    row("safetensors", {"model.bin", "model.safetensors"}, "model.safetensors");
    row("the usual name", {"ema.safetensors", "diffusion_pytorch_model.safetensors"},
        "diffusion_pytorch_model.safetensors");
    row("no variant", {"model.fp16.safetensors", "model.safetensors"}, "model.safetensors");
    row("fp16", {"model.a.safetensors", "model.fp16.safetensors", "model.non_ema.safetensors"},
        "model.fp16.safetensors");
    row("complete", {"model-00001-of-00002.safetensors", "model.fp16.safetensors"}, "model.fp16.safetensors");
    row("shards", {"model-00001-of-00001.safetensors", "pytorch_model.bin"}, "model.safetensors");
    row("what there is", {"weights.GGUF"}, "weights.GGUF");
}

void TestWeightSet::prefers()
{
    QFETCH(std::vector<std::string>, names);
    QFETCH(QString, preferred);
    const auto sets = weightSetsOf(filesOf(names));
    QFETCH(std::string, wanted);
    const WeightSet* set = preferredSet(sets, wanted);
    QCOMPARE(QString::fromStdString(set ? set->name : ""), preferred);
}

QTEST_APPLESS_MAIN(TestWeightSet)
#include "test_weight_set.moc"
