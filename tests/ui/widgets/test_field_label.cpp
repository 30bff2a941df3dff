// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/field_label.h"

#include "ui/style/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QFormLayout>
#include <QPlainTextEdit>
#include <QTest>

#include <cstdlib>

using namespace weightroom::ui;

class TestFieldLabel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void standsInTheMiddleOfItsField_data();
    void standsInTheMiddleOfItsField();
    void standsBesideTheFirstLineOfATallField();
};

void TestFieldLabel::standsInTheMiddleOfItsField_data()
{
    QTest::addColumn<ThemeChoice>("theme");
    QTest::addColumn<QString>("style");
    QTest::newRow("light") << ThemeChoice::Light << QString();
    QTest::newRow("dark") << ThemeChoice::Dark << QString();
    QTest::newRow("a field that is much higher")
        << ThemeChoice::Light << QStringLiteral("QComboBox { padding: 30px; }");
}

void TestFieldLabel::standsInTheMiddleOfItsField()
{
    QFETCH(const ThemeChoice, theme);
    QFETCH(const QString, style);
    applyTheme(*qApp, theme);
    QWidget window;
    QFormLayout form(&window);
    auto* field = new QComboBox(&window);
    field->setStyleSheet(style);
    auto* label = new FieldLabel(QStringLiteral("Kind"), *field, &window);
    form.addRow(label, field);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QVERIFY(label->alignment().testFlag(Qt::AlignVCenter));
    const int distance = label->geometry().center().y() - field->geometry().center().y();
    QVERIFY2(std::abs(distance) <= 1, qPrintable(QString::number(distance)));
}

void TestFieldLabel::standsBesideTheFirstLineOfATallField()
{
    QWidget window;
    QFormLayout form(&window);
    auto* line = new QComboBox(&window);
    auto* field = new QPlainTextEdit(&window);
    auto* label = new FieldLabel(QStringLiteral("Notes"), *line, &window);
    form.addRow(new FieldLabel(QStringLiteral("Kind"), *line, &window), line);
    form.addRow(label, field);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QVERIFY(field->height() > 3 * line->height());
    QCOMPARE(label->y(), field->y());
    QCOMPARE(label->height(), line->height());
}

QTEST_MAIN(TestFieldLabel)
#include "test_field_label.moc"
