// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/content_key.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

using namespace weightroom::engine;

namespace {

TensorIndex twoTensors()
{
    TensorIndex index;
    index.tensors = {{"a", Dtype::F16, {4, 2}, {100, Bytes{16}}}, {"b", Dtype::F32, {2}, {116, Bytes{8}}}};
    return index;
}

constexpr std::array kSizes{Bytes{124}};

} // namespace

class TestContentKey : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isShortText();
    void doesNotDependOnTheOrderOfTheHeader();
    void doesNotDependOnMetadata();
    void tellsDifferentHeadersApart();
};

void TestContentKey::isShortText()
{
    const ContentKey key = contentKeyOf(twoTensors(), kSizes);
    QCOMPARE(key.text.size(), std::size_t{32});
    QVERIFY(key.text.find_first_not_of("0123456789abcdef") == std::string::npos);
    QVERIFY(ContentKey{}.empty());
}

void TestContentKey::doesNotDependOnTheOrderOfTheHeader()
{
    TensorIndex turned = twoTensors();
    std::ranges::reverse(turned.tensors);
    QVERIFY(contentKeyOf(turned, kSizes) == contentKeyOf(twoTensors(), kSizes));
}

void TestContentKey::doesNotDependOnMetadata()
{
    TensorIndex index = twoTensors();
    index.metadata.emplace("ss_output_name", "x");
    QVERIFY(contentKeyOf(index, kSizes) == contentKeyOf(twoTensors(), kSizes));
}

void TestContentKey::tellsDifferentHeadersApart()
{
    const std::array<std::function<void(TensorIndex&)>, 7> changes{
        [](TensorIndex& index) { index.tensors[0].name = "c"; },
        [](TensorIndex& index) { index.tensors[0].dtype = Dtype::Bf16; },
        [](TensorIndex& index) {
            index.tensors[0].shape = {2, 4};
        },
        [](TensorIndex& index) {
            index.tensors[0].shape = {4, 2, 1};
        },
        [](TensorIndex& index) { index.tensors[0].range.begin = 132; },
        [](TensorIndex& index) { index.tensors[0].file = 1; },
        [](TensorIndex& index) { index.tensors.pop_back(); },
    };
    std::set<ContentKey> keys{contentKeyOf(twoTensors(), kSizes)};
    for (const auto& change : changes) {
        TensorIndex index = twoTensors();
        change(index);
        keys.insert(contentKeyOf(index, kSizes));
    }
    keys.insert(contentKeyOf(twoTensors(), std::array{Bytes{125}}));
    keys.insert(contentKeyOf(twoTensors(), std::array{Bytes{124}, Bytes{0}}));
    QCOMPARE(keys.size(), changes.size() + 3);
}

QTEST_APPLESS_MAIN(TestContentKey)
#include "test_content_key.moc"
