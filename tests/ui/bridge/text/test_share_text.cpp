// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/share_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

engine::Json answer(const engine::Json& shared, const engine::Json& failed)
{
    return {{"shared_domains", shared}, {"failed_domains", failed},
        {"performance_impact", {{"bytes_not_duplicated", 3 << 20}, {"load_seconds_saved", nullptr}}}};
}

engine::Json sharedWith(const char* domain, const std::vector<std::string>& programs)
{
    engine::Json leases = engine::Json::array();
    for (const std::string& program : programs)
        leases.push_back({{"consumer", program}});
    return {{"domain", domain}, {"leases", leases}};
}

} // namespace

class TestShareText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void namesEachProgramOnce();
    void saysForWhatNobodyIsThere();
    void knowsWhatDomainsAreFor();
};

void TestShareText::namesEachProgramOnce()
{
    const auto shared = engine::Json::array({sharedWith("inference", {"ComfyUI (process 1)", "script (process 2)"}),
        sharedWith("processing", {"script (process 2)"})});
    QCOMPARE(shareText(answer(shared, engine::Json::array()), QStringLiteral("SDXL")),
        QStringLiteral(
            "SDXL is shared with ComfyUI (process 1), script (process 2): 3.0 MiB need not be loaded again."));
}

void TestShareText::saysForWhatNobodyIsThere()
{
    const auto failed = engine::Json::array({{{"domain", "inference"}, {"reason", "no_consumers"}, {"error", nullptr}},
        {{"domain", "processing"}, {"reason", "no_lease"}, {"error", engine::Json::object()}}});
    QCOMPARE(shareText(answer(engine::Json::array(), failed), QStringLiteral("SDXL")),
        QStringLiteral("No program is connected for: making images. It could not be shared for: working on weights."));
}

void TestShareText::knowsWhatDomainsAreFor()
{
    QCOMPARE(domainText(QStringLiteral("postprocessing")), QStringLiteral("working on finished images"));
    QCOMPARE(domainText(QStringLiteral("of_later")), QStringLiteral("of_later"));
}

QTEST_APPLESS_MAIN(TestShareText)
#include "test_share_text.moc"
