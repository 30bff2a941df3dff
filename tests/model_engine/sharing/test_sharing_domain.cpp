// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/sharing_domain.h"

#include <QTest>

using namespace weightroom::engine;

class TestSharingDomain : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesBackFromItsText();
    void knowsNoOtherText();
};

void TestSharingDomain::comesBackFromItsText()
{
    QCOMPARE(sharingDomains().size(), 3U);
    for (const SharingDomain domain : sharingDomains()) {
        QVERIFY(domain != SharingDomain::None);
        QCOMPARE(sharingDomainFrom(toText(domain)), domain);
    }
}

void TestSharingDomain::knowsNoOtherText()
{
    for (const char* text : {"", "none", "Inference", "inference ", "training"})
        QCOMPARE(sharingDomainFrom(text), SharingDomain::None);
}

QTEST_APPLESS_MAIN(TestSharingDomain)
#include "test_sharing_domain.moc"
