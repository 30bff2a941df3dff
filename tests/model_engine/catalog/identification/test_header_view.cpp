// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/header_view.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

TensorIndex indexOfNames(const std::vector<std::string>& names)
{
    TensorIndex index;
    for (const std::string& name : names)
        index.tensors.push_back({name, Dtype::F16, {1}, {8, Bytes{2}}});
    return index;
}

using Parts = std::vector<std::string_view>;

} // namespace

class TestHeaderView final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsEveryName();
    void findsNamesInTwoParts();
    void findsTheFirstNameWithAPrefix();
    void knowsWhatCannotBeThere();
    void listsTheNamesBelow();
    void anEmptyHeaderHasNothing();
};

void TestHeaderView::findsEveryName()
{
    std::vector<std::string> names;
    for (int number = 0; number < 3000; ++number)
        names.push_back("blocks." + std::to_string(number) + ".weight");
    const TensorIndex index = indexOfNames(names);
    const HeaderView header{index};
    for (const TensorEntry& entry : index.tensors)
        QVERIFY2(header.find(entry.name) == &entry, entry.name.c_str());
    QVERIFY(header.find("blocks.3000.weight") == nullptr);
    QVERIFY(header.find("") == nullptr);
}

void TestHeaderView::findsNamesInTwoParts()
{
    const std::string longName(1000, 'x'); // longer than the buffer on the stack
    const TensorIndex index = indexOfNames({"a.b", "unet." + longName});
    const HeaderView header{index};
    QVERIFY(header.find("a.", "b") == &index.tensors[0]);
    QVERIFY(header.find("", "a.b") == &index.tensors[0]);
    QVERIFY(header.find("unet.", longName) == &index.tensors[1]);
    QVERIFY(header.find("a.b", "") == &index.tensors[0]);
    QVERIFY(header.find("a.", "c") == nullptr);
}

void TestHeaderView::findsTheFirstNameWithAPrefix()
{
    const TensorIndex index = indexOfNames({"b.2", "b.1", "bb", "a"});
    const HeaderView header{index};
    QVERIFY(header.firstWithPrefix("b.") == &index.tensors[1]);
    QVERIFY(header.firstWithPrefix("bb") == &index.tensors[2]);
    QVERIFY(header.firstWithPrefix("b.3") == nullptr);
    QVERIFY(header.firstWithPrefix("") == &index.tensors[3]);
}

void TestHeaderView::knowsWhatCannotBeThere()
{
    const TensorIndex index = indexOfNames({"model.x", "model.y", "lora_unet_down.lora_up", "emb"});
    const HeaderView header{index};
    for (const char* prefix : {"model.", "model.x", "lora_unet", "emb", "e", ""})
        QVERIFY2(header.mayHave(prefix), prefix);
    QVERIFY(!header.mayHave("unet."));
    QVERIFY(!header.mayHave("first_stage_model."));
}

void TestHeaderView::listsTheNamesBelow()
{
    const TensorIndex index = indexOfNames({"text_encoders.t5xxl.a", "text_encoders.clip_l.transformer.b",
        "text_encoders.clip_l.c", "text_encoders.bare", "text_encoders", "other.x.y"});
    const HeaderView header{index};
    QCOMPARE(header.namesBelow("text_encoders.", 8), (Parts{"clip_l", "t5xxl"}));
    QCOMPARE(header.namesBelow("text_encoders.", 1), Parts{"t5xxl"}); // the first that the file has
    QCOMPARE(header.namesBelow("none.", 8), Parts{});
}

void TestHeaderView::anEmptyHeaderHasNothing()
{
    const TensorIndex index;
    const HeaderView header{index};
    QVERIFY(header.find("a") == nullptr);
    QVERIFY(header.firstWithPrefix("") == nullptr);
    QVERIFY(header.namesBelow("", 8).empty());
}

QTEST_APPLESS_MAIN(TestHeaderView)
#include "test_header_view.moc"
