// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/views/model_row.h"
#include "ui/delegates/state_delegate.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QStandardItemModel>
#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr int kConditionRole = Qt::UserRole;
constexpr int kPercentRole = Qt::UserRole + 1;
constexpr int kPinnedRole = Qt::UserRole + 2;

enum class Pin { None, Pinned };

QImage paint(ModelCondition condition, int percent, Pin pin = Pin::None)
{
    QStandardItemModel model(1, 1);
    const QModelIndex index = model.index(0, 0);
    model.setData(index, QStringLiteral("State"));
    model.setData(index, static_cast<int>(condition), kConditionRole);
    model.setData(index, percent, kPercentRole);
    model.setData(index, pin == Pin::Pinned, kPinnedRole);
    QImage image(200, 30, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    QPainter painter(&image);
    QStyleOptionViewItem option;
    option.rect = image.rect();
    option.palette = QApplication::palette();
    StateDelegate({.condition = kConditionRole, .percent = kPercentRole, .isPinned = kPinnedRole})
        .paint(&painter, option, index);
    return image;
}

/// The number of pixels of exactly this colour.
int count(const QImage& image, const QColor& color)
{
    int pixels = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            pixels += image.pixelColor(x, y) == color ? 1 : 0;
    }
    return pixels;
}

} // namespace

class TestStateDelegate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
    void statesHaveColors();
    void theBarGrows();
    void whatIsKeptHasAPin();
};

void TestStateDelegate::statesHaveColors()
{
    QVERIFY(count(paint(ModelCondition::Loaded, -1), Theme::light().success) > 10);
    QVERIFY(count(paint(ModelCondition::Unusable, -1), Theme::light().danger) > 10);
    QCOMPARE(count(paint(ModelCondition::OnDisk, -1), Theme::light().success), 0);
}

void TestStateDelegate::theBarGrows()
{
    const int none = count(paint(ModelCondition::Loading, 0), Theme::light().accent);
    const int half = count(paint(ModelCondition::Loading, 50), Theme::light().accent);
    const int all = count(paint(ModelCondition::Loading, 100), Theme::light().accent);
    QVERIFY2(none < half && half < all, qPrintable(QStringLiteral("%1 %2 %3").arg(none).arg(half).arg(all)));
}

void TestStateDelegate::whatIsKeptHasAPin()
{
    QCOMPARE(count(paint(ModelCondition::OnDisk, -1), Theme::light().accent), 0);
    QVERIFY(paint(ModelCondition::Cached, -1, Pin::Pinned) != paint(ModelCondition::Cached, -1));
    const QImage pinned = paint(ModelCondition::Cached, -1, Pin::Pinned).copy(170, 0, 30, 30);
    QVERIFY(count(pinned, Theme::light().muted) > 10);
}

QTEST_MAIN(TestStateDelegate)
#include "test_state_delegate.moc"
