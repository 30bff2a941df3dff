// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/settings_dialog.h"

#include "model_engine/core/settings/number_setting.h"
#include "ui/dialogs/setting_rows.h"
#include "ui/widgets/field_label.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDateTime>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

using namespace weightroom::ui;

namespace {

constexpr quint64 kGiB = quint64{1} << 30;

/// Sizes that two decimals of a GiB cannot show.
SettingsView settings()
{
    return {{{QStringLiteral("cache_budget_bytes"), kGiB * 8 + 12345},
        {QStringLiteral("memory_reserve_bytes"), quint64{0}},
        {QStringLiteral("host_device_bytes"), QVariantList{kGiB * 2 + 1}}, {QStringLiteral("use_cuda"), true},
        {QStringLiteral("eviction_policy"), QStringLiteral("auto")}, {QStringLiteral("pool_keep_seconds"), quint64{20}},
        {QStringLiteral("hash_when_idle"), false}, {QStringLiteral("optimization_level"), QStringLiteral("balanced")},
        {QStringLiteral("rest_enabled"), false}, {QStringLiteral("alert_memory_percent"), quint64{90}},
        {QStringLiteral("alert_load_seconds"), quint64{0}}, {QStringLiteral("alert_error_percent"), quint64{5}},
        {QStringLiteral("alert_hold_seconds"), quint64{10}}, {QStringLiteral("alert_hysteresis_percent"), quint64{5}},
        {QStringLiteral("history_minutes_days"), quint64{7}}, {QStringLiteral("history_hours_days"), quint64{99999}},
        {QStringLiteral("of_a_later_version"), true}}};
}

class Rig {
public:
    explicit Rig(const SettingsView& shown = settings())
        : m_dialog(new SettingsDialog(shown))
        , m_spy(m_dialog, &SettingsDialog::changed)
    {
    }
    ~Rig() { delete m_dialog; }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    template <class Editor>
    [[nodiscard]] Editor& editor(const char* name) const
    {
        return *m_dialog->findChild<Editor*>(QStringLiteral("setting_") + QString::fromLatin1(name));
    }
    void save() const { m_dialog->findChild<QPushButton*>(QStringLiteral("confirmSettings"))->click(); }
    [[nodiscard]] bool isAsking() const { return m_dialog && m_dialog->result() == 0; }
    [[nodiscard]] QList<SettingValue> changes() const
    {
        return m_spy.isEmpty() ? QList<SettingValue>{} : m_spy.first().first().value<SettingsView>().values;
    }

private:
    QPointer<SettingsDialog> m_dialog;
    QSignalSpy m_spy;
};

} // namespace

class TestSettingsDialog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void writesNothingThatWasNotChanged();
    void writesWhatWasChanged();
    void readsSizesAsTheLocaleSpellsThem();
    void keepsAskingWhereASizeCannotBeRead();
    void namesItsEditors();
    void choosesTheLevel();
    void keepsALevelThatItDoesNotKnow();
    void choosesWhoLeavesTheCache();
    void takesSeconds();
    void takesAlertsAndHistory();
    void numbersHaveTheLimitsOfTheEngine();
    void theWheelChangesNothing();
    void saysWhichFeaturesAreLeftAlone();
    void labelsStandBesideTheirFields();
    void sentencesAreShownWhole();
};

void TestSettingsDialog::writesNothingThatWasNotChanged()
{
    const Rig rig;
    rig.save();
    QVERIFY(rig.changes().isEmpty());
}

void TestSettingsDialog::writesWhatWasChanged()
{
    const Rig rig;
    QCOMPARE(
        rig.editor<QDoubleSpinBox>("memory_reserve_bytes").text(), QStringLiteral("Automatic: a tenth of the memory"));
    rig.editor<QDoubleSpinBox>("memory_reserve_bytes").setValue(1.5);
    rig.editor<QLineEdit>("host_device_bytes").setText(QStringLiteral("4; 0.5"));
    rig.editor<QCheckBox>("hash_when_idle").setChecked(true);
    rig.save();
    const QList<SettingValue> expected{{QStringLiteral("memory_reserve_bytes"), kGiB * 3 / 2},
        {QStringLiteral("host_device_bytes"), QVariantList{kGiB * 4, kGiB / 2}},
        {QStringLiteral("hash_when_idle"), true}};
    QCOMPARE(rig.changes(), expected);
}

void TestSettingsDialog::readsSizesAsTheLocaleSpellsThem()
{
    QLocale::setDefault(QLocale(QLocale::German));
    const Rig rig;
    QCOMPARE(rig.editor<QLineEdit>("host_device_bytes").text(), QStringLiteral("2,00"));
    rig.editor<QLineEdit>("host_device_bytes").setText(QStringLiteral("1,5;"));
    rig.save();
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QCOMPARE(rig.changes().value(0).value, QVariant(QVariantList{kGiB * 3 / 2}));
}

void TestSettingsDialog::keepsAskingWhereASizeCannotBeRead()
{
    const Rig rig;
    for (const char* text : {"much", "4; x", "0", "-1", "99999"}) {
        rig.editor<QLineEdit>("host_device_bytes").setText(QString::fromLatin1(text));
        rig.save();
        QVERIFY2(rig.isAsking(), text);
    }
    QVERIFY(rig.changes().isEmpty());
    rig.editor<QLineEdit>("host_device_bytes").clear(); // no host device
    rig.save();
    QCOMPARE(rig.changes().value(0).value, QVariant(QVariantList{}));
}

void TestSettingsDialog::choosesTheLevel()
{
    const Rig rig;
    auto& level = rig.editor<QComboBox>("optimization_level");
    QCOMPARE(level.count(), 3);
    QCOMPARE(level.currentData().toString(), QStringLiteral("balanced"));
    level.setCurrentIndex(level.findData(QStringLiteral("aggressive")));
    rig.save();
    const QList<SettingValue> expected{{QStringLiteral("optimization_level"), QStringLiteral("aggressive")}};
    QCOMPARE(rig.changes(), expected);
}

void TestSettingsDialog::keepsALevelThatItDoesNotKnow()
{
    const Rig rig{{{{QStringLiteral("optimization_level"), QStringLiteral("extreme")}}}};
    QCOMPARE(rig.editor<QComboBox>("optimization_level").currentText(), QStringLiteral("extreme"));
    rig.save();
    QVERIFY(rig.changes().isEmpty());
    QVERIFY(!rig.isAsking());
}

void TestSettingsDialog::choosesWhoLeavesTheCache()
{
    const Rig rig;
    auto& policy = rig.editor<QComboBox>("eviction_policy");
    QCOMPARE(policy.count(), 3);
    QCOMPARE(policy.currentData().toString(), QStringLiteral("auto"));
    policy.setCurrentIndex(policy.findData(QStringLiteral("lru")));
    rig.save();
    const QList<SettingValue> expected{{QStringLiteral("eviction_policy"), QStringLiteral("lru")}};
    QCOMPARE(rig.changes(), expected);
}

void TestSettingsDialog::saysWhichFeaturesAreLeftAlone()
{
    SettingsView shown;
    const QStringList names{QStringLiteral("direct_io"), QStringLiteral("share_contents"),
        QStringLiteral("predictive_caching"), QStringLiteral("precision_conversion")};
    for (const QString& name : names)
        shown.values.append({name, true});
    SettingsDialog dialog{shown};
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    const QSignalSpy wanted(&dialog, &SettingsDialog::useAgainRequested);
    dialog.show();
    for (const QString& name : names) {
        QVERIFY2(dialog.findChild<QCheckBox*>(QStringLiteral("setting_") + name), qPrintable(name));
        QVERIFY(SettingsDialog::labelOf(name) != name);
    }
    QCOMPARE(SettingsDialog::labelOf(QStringLiteral("of_later")), QStringLiteral("of_later"));
    const auto noteOf = [&](const QString& name) {
        return dialog.findChild<QLabel*>(QStringLiteral("fallenBack_") + name);
    };
    FallenBackView feature{.name = names[0],
        .reason = QStringLiteral("The disk failed."),
        .detail = QStringLiteral("io_error"),
        .triedAgainAt = QDateTime(QDate(2026, 1, 2), QTime(14, 5))};
    dialog.setFallenBack({feature});
    QVERIFY(noteOf(names[0])->isVisible() && !noteOf(names[1])->isVisible());
    const QString until = QLocale().toString(QTime(14, 5), QLocale::ShortFormat);
    QCOMPARE(noteOf(names[0])->text(),
        QStringLiteral("It is not used now, because it has failed again and again. The disk failed. It is tried again "
                       "at %1.")
            .arg(until));
    QVERIFY(noteOf(names[0])->toolTip().contains(feature.detail));
    feature.triedAgainAt = {};
    dialog.setFallenBack({feature});
    QVERIFY(noteOf(names[0])->text().endsWith(QStringLiteral("It is tried again when it is needed next.")));
    dialog.findChild<QToolButton*>(QStringLiteral("useAgain_") + names[0])->click();
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted.first().first().toString(), names[0]);
    QVERIFY(dialog.isVisible());
    dialog.setFallenBack({});
    QVERIFY(!noteOf(names[0])->isVisible());
}

void TestSettingsDialog::labelsStandBesideTheirFields()
{
    SettingsDialog dialog{settings()};
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowExposed(&dialog));
    int compared = 0;
    for (const FieldLabel* label : dialog.findChildren<FieldLabel*>()) {
        const QWidget* field = label->buddy();
        if (label->text().isEmpty())
            continue;
        QVERIFY2(field, qPrintable(label->text()));
        const int labelY = label->mapTo(&dialog, label->rect().center()).y();
        const int fieldY = field->mapTo(&dialog, field->rect().center()).y();
        QVERIFY2(qAbs(labelY - fieldY) <= 1, qPrintable(label->text()));
        ++compared;
    }
    QVERIFY(compared >= 5);
}

/// Also when a note has come or gone that had made the rows higher.
void TestSettingsDialog::sentencesAreShownWhole()
{
    SettingsView shown = settings();
    for (const char* name : {"direct_io", "share_contents", "predictive_caching", "precision_conversion"})
        shown.values.append({QString::fromLatin1(name), true});
    SettingsDialog dialog{shown};
    dialog.setAttribute(Qt::WA_DeleteOnClose, false);
    dialog.show();
    QVERIFY(QTest::qWaitForWindowExposed(&dialog));
    const auto cut = [&] {
        QString texts;
        for (const QLabel* label : dialog.findChildren<QLabel*>()) {
            if (label->isVisible() && label->wordWrap() && label->height() < label->heightForWidth(label->width()))
                texts += label->text();
        }
        return texts;
    };
    QTRY_COMPARE(cut(), QString());
    const FallenBackView feature{.name = QStringLiteral("direct_io"),
        .reason = QStringLiteral("The disk could not read or write /models/a/long/path/to/a/model.safetensors."),
        .detail = {},
        .triedAgainAt = {}};
    for (const QList<FallenBackView>& now : {QList{feature}, QList<FallenBackView>{}, QList{feature}}) {
        dialog.setFallenBack(now);
        QTRY_VERIFY2(cut().isEmpty(), qPrintable(QString::number(now.size()) + cut()));
    }
}

void TestSettingsDialog::takesSeconds()
{
    const Rig rig;
    auto& seconds = rig.editor<QSpinBox>("pool_keep_seconds");
    QCOMPARE(seconds.text(), QStringLiteral("20 s"));
    seconds.setValue(0);
    QCOMPARE(seconds.text(), QStringLiteral("Not at all"));
    rig.save();
    const QList<SettingValue> expected{{QStringLiteral("pool_keep_seconds"), quint64{0}}};
    QCOMPARE(rig.changes(), expected);
}

void TestSettingsDialog::takesAlertsAndHistory()
{
    const Rig rig;
    auto& memory = rig.editor<QSpinBox>("alert_memory_percent");
    QCOMPARE(memory.text(), QStringLiteral("90 %"));
    memory.setValue(0);
    QCOMPARE(memory.text(), QStringLiteral("Off"));
    auto& loads = rig.editor<QSpinBox>("alert_load_seconds");
    QCOMPARE(loads.text(), QStringLiteral("Off"));
    loads.setValue(45);
    QCOMPARE(loads.text(), QStringLiteral("45 s"));
    auto& hold = rig.editor<QSpinBox>("alert_hold_seconds");
    hold.setValue(0);
    QCOMPARE(hold.text(), QStringLiteral("At once"));
    auto& lower = rig.editor<QSpinBox>("alert_hysteresis_percent");
    lower.setValue(0);
    QCOMPARE(lower.text(), QStringLiteral("0 %")); // no word for it
    auto& minutes = rig.editor<QSpinBox>("history_minutes_days");
    QCOMPARE(minutes.text(), QStringLiteral("7 days"));
    minutes.setValue(0);
    QCOMPARE(minutes.value(), 1);
    QCOMPARE(rig.editor<QSpinBox>("history_hours_days").value(), 3650); // as much as is shown, and not written
    rig.save();
    const QList<SettingValue> expected{{QStringLiteral("alert_memory_percent"), quint64{0}},
        {QStringLiteral("alert_load_seconds"), quint64{45}}, {QStringLiteral("alert_hold_seconds"), quint64{0}},
        {QStringLiteral("alert_hysteresis_percent"), quint64{0}}, {QStringLiteral("history_minutes_days"), quint64{1}}};
    QCOMPARE(rig.changes(), expected);
    const Rig least{{{{QStringLiteral("history_minutes_days"), quint64{1}}}}};
    QCOMPARE(least.editor<QSpinBox>("history_minutes_days").text(), QStringLiteral("1 days")); // untranslated
}

void TestSettingsDialog::numbersHaveTheLimitsOfTheEngine()
{
    int compared = 0;
    for (const SettingRow& row : settingRows()) {
        if (row.limits.maximum == 0)
            continue;
        const auto* number = weightroom::engine::findNumberSetting(row.name);
        QVERIFY2(number, row.name);
        QVERIFY2(row.limits.minimum == number->minimum && row.limits.maximum == number->maximum, row.name);
        ++compared;
    }
    QVERIFY(compared >= 8);
}

void TestSettingsDialog::theWheelChangesNothing()
{
    const Rig rig;
    for (const char* name : {"optimization_level", "pool_keep_seconds", "cache_budget_bytes", "history_minutes_days"}) {
        auto& editor = rig.editor<QWidget>(name);
        QWheelEvent down(QPointF(5, 5), editor.mapToGlobal(QPointF(5, 5)), {}, QPoint(0, -120), {}, {}, {}, false);
        QApplication::sendEvent(&editor, &down);
    }
    rig.save();
    QVERIFY(rig.changes().isEmpty());
}

void TestSettingsDialog::namesItsEditors()
{
    const Rig rig;
    for (const char* name : {"cache_budget_bytes", "memory_reserve_bytes", "eviction_policy", "pool_keep_seconds",
             "host_device_bytes", "use_cuda", "hash_when_idle", "rest_enabled", "alert_memory_percent",
             "alert_load_seconds", "alert_error_percent", "alert_hold_seconds", "alert_hysteresis_percent",
             "history_minutes_days", "history_hours_days"}) {
        const auto& editor = rig.editor<QWidget>(name);
        QVERIFY2(!editor.accessibleName().isEmpty() && !editor.accessibleDescription().isEmpty(), name);
    }
}

QTEST_MAIN(TestSettingsDialog)
#include "test_settings_dialog.moc"
