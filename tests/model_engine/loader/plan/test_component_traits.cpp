// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/component_traits.h"

#include <QTest>

#include <array>
#include <set>

using namespace weightroom::engine;

namespace {

constexpr std::array kKinds{ComponentKind::Other, ComponentKind::Unet, ComponentKind::Vae, ComponentKind::Encoder,
    ComponentKind::Lora, ComponentKind::Controlnet, ComponentKind::Embedding, ComponentKind::Adapter,
    ComponentKind::Upscaler};

} // namespace

class TestComponentTraits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyKindHasARowAndARank();
    void waitsForLowerRanksOnly();
    void whatIsNoKindIsOther();
};

void TestComponentTraits::everyKindHasARowAndARank()
{
    std::set<int> ranks;
    for (const ComponentKind kind : kKinds) {
        QCOMPARE(traitsOf(kind).kind, kind);
        ranks.insert(traitsOf(kind).rank);
    }
    QCOMPARE(ranks.size(), kKinds.size());
}

/// Otherwise two kinds could wait for each other.
void TestComponentTraits::waitsForLowerRanksOnly()
{
    for (const ComponentKind kind : kKinds) {
        for (const ComponentKind earlier : traitsOf(kind).after)
            QVERIFY(traitsOf(earlier).rank < traitsOf(kind).rank);
    }
}

void TestComponentTraits::whatIsNoKindIsOther()
{
    QCOMPARE(traitsOf(static_cast<ComponentKind>(255)).kind, ComponentKind::Other);
}

QTEST_APPLESS_MAIN(TestComponentTraits)
#include "test_component_traits.moc"
