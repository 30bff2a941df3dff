// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/layout_scope.h"

#include <QTest>

using namespace weightroom::engine;

class TestLayoutScope final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsAPairedVaeByItsName_data();
    void tellsAPairedVaeByItsName();
};

void TestLayoutScope::tellsAPairedVaeByItsName_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("isPaired");
    QTest::newRow("two extensions") << QByteArray{"/m/x.vae.pt"} << true;
    QTest::newRow("in capitals") << QByteArray{"/m/x.VAE.PT"} << true;
    QTest::newRow("more before them") << QByteArray{"/m/x.y.vae.safetensors"} << true;
    QTest::newRow("without a folder") << QByteArray{"x.vae.pt"} << true;
    QTest::newRow("one extension") << QByteArray{"/m/vae.pt"} << false;
    QTest::newRow("no extension behind it") << QByteArray{"/m/x.vae"} << false;
    QTest::newRow("no name before it") << QByteArray{"/m/.vae.pt"} << false;
    QTest::newRow("part of the name") << QByteArray{"/m/xvae.pt"} << false;
    QTest::newRow("more behind it") << QByteArray{"/m/x.vae.old.pt"} << false;
    QTest::newRow("the folder's name") << QByteArray{"/m/x.vae.pt/y.pt"} << false;
    QTest::newRow("nothing") << QByteArray{""} << false;
}

void TestLayoutScope::tellsAPairedVaeByItsName()
{
    QFETCH(QByteArray, path);
    QFETCH(bool, isPaired);
    QCOMPARE(isPairedVae(path.toStdString()), isPaired);
}

QTEST_APPLESS_MAIN(TestLayoutScope)
#include "test_layout_scope.moc"
