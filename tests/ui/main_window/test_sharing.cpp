// SPDX-License-Identifier: GPL-3.0-or-later
//
// Other programs that use what is loaded, seen in the real window over a real engine that is served.
#include "model_engine/server/socket/socket_place.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/memory/memory_users.h"

#include <QAction>
#include <QCheckBox>
#include <QDialog>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTest>
#include <QToolButton>

#include <unistd.h>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::LineClient;
using weightroom::test::WindowFixture;

namespace {

const QString kModel = QStringLiteral("small");
const QString kLoaded = QStringLiteral("Loaded on HOST_0");
constexpr engine::Bytes kSize = engine::kMiB * 3;

/// A window whose engine is served, with a model that is loaded.
class SharingFixture : public WindowFixture {
public:
    [[nodiscard]] bool open()
    {
        addModel("small", kSize);
        bridge().serve(engine::ClaimedPlace::claim(place).value());
        if (!scan())
            return false;
        select(kModel);
        find<QAction>("load")->trigger();
        return QTest::qWaitFor([this] { return state(kModel) == kLoaded; }, 10'000);
    }
    [[nodiscard]] MemoryUsers& users()
    {
        auto* const card = find<QWidget>("memory_HOST_0");
        return *card->findChild<MemoryUsers*>();
    }
    [[nodiscard]] QString usersText()
    {
        QStringList lines;
        for (const QLabel* label : users().findChildren<QLabel*>())
            lines.append(label->text());
        return lines.join(QLatin1Char('\n'));
    }
    [[nodiscard]] Banner& banner() { return *window().findChild<Banner*>(); }
    [[nodiscard]] QString bannerText()
    {
        QStringList texts;
        for (const QLabel* label : banner().findChildren<QLabel*>())
            texts.append(label->text());
        return texts.join(QLatin1Char(' '));
    }

    test::TemporaryFolder sockets;
    engine::SocketPlace place{sockets / "s"};
};

/// The answer of the engine to a program.
engine::Json call(LineClient& client, const char* method, const engine::Json& params)
{
    if (!client.ask(1, method, params))
        return {};
    while (const auto message = client.next()) {
        if (message->contains("id"))
            return message->contains("result") ? message->at("result") : message->at("error");
    }
    return {};
}

engine::Json attach(LineClient& client, const QString& modelId)
{
    return call(client, "model.post_model_attach", {{"model_id", modelId.toStdString()}});
}

const QString kMe = QStringLiteral("painter (process %1)").arg(::getpid());

} // namespace

class TestSharing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsWhoUsesWhat();
    void asksBeforeItTakesWeightsFromAProgram();
    void sharesWithWhoIsConnected();
    void saysThatNobodyIsConnected();
};

void TestSharing::showsWhoUsesWhat()
{
    SharingFixture fixture;
    QVERIFY(fixture.open());
    QVERIFY(!fixture.users().isVisible());
    {
        LineClient program{fixture.place.socket()};
        call(program, "sharing.post_consumer_register", {{"name", "painter"}, {"domains", engine::Json::array()}});
        const engine::Json lease = attach(program, fixture.idOf(kModel));
        QVERIFY2(lease.contains("lease_id"), engine::writeJson(lease).c_str());
        QTRY_VERIFY(fixture.users().isVisible());
        QTRY_VERIFY2(
            fixture.usersText().contains(kMe + QStringLiteral("\nsmall (offered)\n")), qPrintable(fixture.usersText()));
        QVERIFY(fixture.usersText().contains(QStringLiteral("3.0 MiB")));
        call(program, "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}});
        QTRY_VERIFY2(fixture.usersText().contains(kMe + QStringLiteral("\nsmall\n")), qPrintable(fixture.usersText()));
    }
    QTRY_VERIFY(!fixture.users().isVisible());
}

void TestSharing::asksBeforeItTakesWeightsFromAProgram()
{
    SharingFixture fixture;
    QVERIFY(fixture.open());
    LineClient program{fixture.place.socket()};
    call(program, "sharing.post_consumer_register", {{"name", "painter"}, {"domains", engine::Json::array()}});
    const engine::Json lease = attach(program, fixture.idOf(kModel));
    call(program, "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}});
    fixture.find<QAction>("unload")->trigger();
    QTRY_VERIFY(fixture.banner().isVisible());
    QVERIFY2(fixture.bannerText().contains(kMe), qPrintable(fixture.bannerText()));
    QCOMPARE(fixture.state(kModel), kLoaded);
    QToolButton* anyway = nullptr;
    for (auto* button : fixture.banner().findChildren<QToolButton*>()) {
        if (button->text() == QStringLiteral("Unload anyway"))
            anyway = button;
    }
    QVERIFY(anyway != nullptr);
    anyway->click();
    QTRY_VERIFY(fixture.state(kModel) != kLoaded);
    // It is not there any more, and its memory is not back.
    const MemoryView memory = fixture.memory(QStringLiteral("HOST_0"));
    QCOMPARE(memory.owners.size(), 1);
    QVERIFY(memory.owners.first().isOnlyLeased);
    QVERIFY(memory.held >= kSize.value);
    program.hangUp();
    QTRY_COMPARE(fixture.memory(QStringLiteral("HOST_0")).held, 0U);
}

void TestSharing::sharesWithWhoIsConnected()
{
    SharingFixture fixture;
    QVERIFY(fixture.open());
    LineClient program{fixture.place.socket()};
    call(program, "sharing.post_consumer_register", {{"name", "painter"}, {"domains", {"inference"}}});
    QTRY_COMPARE(fixture.bridge().library().consumers.size(), 1);
    fixture.find<QAction>("share")->trigger();
    auto* dialog = fixture.find<QDialog>("shareDialog");
    QVERIFY(dialog != nullptr);
    const auto box = [&](const char* name) { return dialog->findChild<QCheckBox*>(QLatin1String(name)); };
    QVERIFY(box("inference")->isChecked() && !box("processing")->isChecked());
    auto* share = dialog->findChild<QPushButton*>(QStringLiteral("confirmShare"));
    box("inference")->setChecked(false);
    QVERIFY(!share->isEnabled());
    box("inference")->setChecked(true);
    share->click();
    QTRY_VERIFY(fixture.banner().isVisible());
    QTRY_VERIFY2(
        fixture.bannerText().contains(QStringLiteral("small is shared with ") + kMe), qPrintable(fixture.bannerText()));
    QTRY_VERIFY(fixture.users().isVisible());
}

void TestSharing::saysThatNobodyIsConnected()
{
    SharingFixture fixture;
    QVERIFY(fixture.open());
    fixture.find<QAction>("share")->trigger();
    auto* dialog = fixture.find<QDialog>("shareDialog");
    QVERIFY(dialog != nullptr);
    dialog->findChild<QCheckBox*>(QStringLiteral("postprocessing"))->setChecked(true);
    dialog->findChild<QPushButton*>(QStringLiteral("confirmShare"))->click();
    QTRY_VERIFY(fixture.banner().isVisible());
    QVERIFY2(fixture.bannerText().contains(QStringLiteral("No program is connected for: working on finished images.")),
        qPrintable(fixture.bannerText()));
}

QTEST_MAIN(TestSharing)
#include "test_sharing.moc"
