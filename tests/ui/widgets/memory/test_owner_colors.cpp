// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/theme.h"
#include "ui/widgets/memory/owner_colors.h"

#include <QSet>
#include <QTest>

using namespace weightroom::ui;

class TestOwnerColors : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachHasItsOwnWhileThereAreEnough();
    void colorsAreKept();
    void freedColorsComeBack();
    void moreOwnersThanColors();
};

void TestOwnerColors::eachHasItsOwnWhileThereAreEnough()
{
    OwnerColors colors;
    QStringList ids;
    for (std::size_t number = 0; number < Theme::light().owners.size(); ++number)
        ids.append(QString::number(number));
    colors.setOwners(ids);
    QSet<QRgb> seen;
    for (const QString& id : ids)
        seen.insert(colors.colorOf(id, Theme::light()).rgb());
    QCOMPARE(seen.size(), ids.size());
}

void TestOwnerColors::colorsAreKept()
{
    OwnerColors colors;
    colors.setOwners({QStringLiteral("a"), QStringLiteral("b")});
    const QColor before = colors.colorOf(QStringLiteral("b"), Theme::dark());
    colors.setOwners({QStringLiteral("c"), QStringLiteral("b")});
    QCOMPARE(colors.colorOf(QStringLiteral("b"), Theme::dark()), before);
}

void TestOwnerColors::freedColorsComeBack()
{
    OwnerColors colors;
    colors.setOwners({QStringLiteral("a")});
    const QColor first = colors.colorOf(QStringLiteral("a"), Theme::light());
    colors.setOwners({});
    colors.setOwners({QStringLiteral("b")});
    QCOMPARE(colors.colorOf(QStringLiteral("b"), Theme::light()), first);
}

void TestOwnerColors::moreOwnersThanColors()
{
    OwnerColors colors;
    QStringList ids;
    for (int number = 0; number < 25; ++number)
        ids.append(QString::number(number));
    colors.setOwners(ids);
    QHash<QRgb, int> uses;
    for (const QString& id : ids)
        ++uses[colors.colorOf(id, Theme::light()).rgb()];
    for (const int count : uses)
        QVERIFY(count >= 2 && count <= 3);
}

QTEST_GUILESS_MAIN(TestOwnerColors)
#include "test_owner_colors.moc"
