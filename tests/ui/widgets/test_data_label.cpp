// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/data_label.h"

#include <QImage>
#include <QTest>

using namespace weightroom::ui;

class TestDataLabel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void markupIsShownLiterally();
    void longTextsNeedNoRoom();
    void steeringCharactersAreSpelledOut();
    void sentencesArePlainText();
    void paints();
};

void TestDataLabel::markupIsShownLiterally()
{
    // The fault that this label is for: as rich text, this name would load and show a picture.
    const QString name = QStringLiteral("<img src='p.png' width=300 height=200>.safetensors");
    DataLabel label;
    label.setData(name);
    QCOMPARE(label.textFormat(), Qt::PlainText);
    QCOMPARE(label.text(), name);
    QCOMPARE(label.sizeHint().height(), label.fontMetrics().height());
    QVERIFY(label.sizeHint().width() >= label.fontMetrics().horizontalAdvance(name));
    QVERIFY(!label.toolTip().contains(QStringLiteral("<img")));
}

void TestDataLabel::longTextsNeedNoRoom()
{
    DataLabel label;
    label.setData(QString(255, QLatin1Char('m')));
    QVERIFY(label.minimumSizeHint().width() < 100);
}

void TestDataLabel::steeringCharactersAreSpelledOut()
{
    DataLabel label;
    label.setData(QStringLiteral("a\u202Eb\nc"));
    QCOMPARE(label.text(), QStringLiteral("a⟨U+202E⟩b⟨U+000A⟩c"));
}

void TestDataLabel::sentencesArePlainText()
{
    const std::unique_ptr<QLabel> label(makeSentenceLabel(nullptr));
    QCOMPARE(label->textFormat(), Qt::PlainText);
    QVERIFY(label->wordWrap());
}

void TestDataLabel::paints()
{
    DataLabel label;
    label.setData(QStringLiteral("/a/very/long/path/to/a/model.safetensors"));
    label.resize(60, label.sizeHint().height());
    QImage image(label.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    const QImage before = image;
    label.render(&image);
    QVERIFY(image != before);
}

QTEST_MAIN(TestDataLabel)
#include "test_data_label.moc"
