// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/sidecar_dialog.h"

#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

/// Values that no editor can show as they are.
ModelDetails details()
{
    ModelDetails details;
    details.modelId = QStringLiteral("hat");
    details.sidecars.append({.dialect = QStringLiteral("a1111"),
        .fileName = QStringLiteral("hat.json"),
        .exists = true,
        .fields = {{QStringLiteral("notes"), QStringLiteral("one\r\ntwo")},
            {QStringLiteral("preferred_weight"), 0.123456789},
            {QStringLiteral("negative_text"), QStringLiteral("two\nlines")},
            {QStringLiteral("base_model"), QStringLiteral("sdxl")}}});
    return details;
}

void confirm(const SidecarDialog& dialog) { dialog.findChild<QPushButton*>(QStringLiteral("confirmSidecar"))->click(); }

} // namespace

class TestSidecarDialog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesOnlyWhatWasChanged();
    void whatIsNoNumberIsNotWritten();
};

void TestSidecarDialog::writesOnlyWhatWasChanged()
{
    auto* untouched = new SidecarDialog(details(), QStringLiteral("hat"));
    const QSignalSpy nothing(untouched, &SidecarDialog::requested);
    confirm(*untouched);
    QCOMPARE(nothing.count(), 0);

    auto* dialog = new SidecarDialog(details(), QStringLiteral("hat"));
    const QSignalSpy requests(dialog, &SidecarDialog::requested);
    dialog->findChild<QPlainTextEdit*>(QStringLiteral("sidecar_notes"))->setPlainText(QStringLiteral("new"));
    confirm(*dialog);
    QCOMPARE(requests.count(), 1);
    const auto change = requests.first().first().value<SidecarChange>();
    QCOMPARE(change.fields.size(), 1);
    QCOMPARE(change.fields.first().name, QStringLiteral("notes"));
    QCOMPARE(change.fields.first().value, QVariant(QStringLiteral("new")));
}

void TestSidecarDialog::whatIsNoNumberIsNotWritten()
{
    const QPointer<SidecarDialog> dialog(new SidecarDialog(details(), QStringLiteral("hat")));
    const QSignalSpy requests(dialog, &SidecarDialog::requested);
    auto* weight = dialog->findChild<QLineEdit*>(QStringLiteral("sidecar_preferred_weight"));
    weight->setText(QStringLiteral("1e"));
    confirm(*dialog);
    QCOMPARE(requests.count(), 0);
    QCOMPARE(dialog->result(), 0); // it is still asking
    weight->clear();
    confirm(*dialog);
    QCOMPARE(requests.count(), 1);
    QVERIFY(!requests.first().first().value<SidecarChange>().fields.first().value.isValid());
}

QTEST_MAIN(TestSidecarDialog)
#include "test_sidecar_dialog.moc"
