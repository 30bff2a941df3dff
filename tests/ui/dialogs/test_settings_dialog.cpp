// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/settings_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QLocale>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
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
        {QStringLiteral("rest_enabled"), false}, {QStringLiteral("of_a_later_version"), true}}};
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
    void theWheelChangesNothing();
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

void TestSettingsDialog::theWheelChangesNothing()
{
    const Rig rig;
    for (const char* name : {"optimization_level", "pool_keep_seconds", "cache_budget_bytes"}) {
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
             "host_device_bytes", "use_cuda", "hash_when_idle", "rest_enabled"}) {
        const auto& editor = rig.editor<QWidget>(name);
        QVERIFY2(!editor.accessibleName().isEmpty() && !editor.accessibleDescription().isEmpty(), name);
    }
}

QTEST_MAIN(TestSettingsDialog)
#include "test_settings_dialog.moc"
