// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/ldm_config.h"

#include <QTest>

using namespace weightroom::engine;

class TestLdmConfig : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void finds_data();
    void finds();
};

void TestLdmConfig::finds_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("parameterization");
    QTest::addColumn<qint64>("inChannels"); // 0: not said
    const auto row = [](const char* name, const std::string& text, const std::string& parameterization,
                         qint64 channels) { QTest::newRow(name) << text << parameterization << channels; };
    const std::string inpainting = "model:\n"
                                   "  params:\n"
                                   "    parameterization: \"v\" # velocity\n"
                                   "    unet_config:\n"
                                   "      target: ldm.UNetModel\n"
                                   "      params:\n"
                                   "        in_channels: 9\n"
                                   "    first_stage_config:\n"
                                   "      params:\n"
                                   "        ddconfig:\n"
                                   "          in_channels: 3\n";
    row("as it is written", inpainting, "v", 9);
    row("the autoencoder's channels only", "first_stage_config:\n  in_channels: 3\n", "", 0);
    row("the autoencoder in front", "a:\n  in_channels: 3\nunet_config:\n  in_channels: 4\nb:\n  in_channels: 5", "",
        4);
    row("single quotes", "parameterization: 'eps'", "eps", 0);
    row("Windows line ends", "parameterization: v\r\nunet_config:\r\n  in_channels: 4\r\n", "v", 4);
    row("commented out", "# parameterization: v\n  # parameterization: v", "", 0);
    row("no number", "unet_config:\n  in_channels: four", "", 0);
    row("a number beyond 64 bits", "unet_config:\n  in_channels: 99999999999999999999", "", 0);
    row("no value", "parameterization:\nunet_config:\n  in_channels:", "", 0);
    row("no YAML", "\x01\xff{{{:::\n:\n\n:", "", 0);
    row("empty", "", "", 0);
    row("one quote", "parameterization: \"", "\"", 0);
}

void TestLdmConfig::finds()
{
    QFETCH(std::string, text);
    QFETCH(std::string, parameterization);
    QFETCH(qint64, inChannels);
    const LdmConfig config = readLdmConfig(text);
    QCOMPARE(config.parameterization, parameterization);
    QCOMPARE(qint64{config.inChannels.value_or(0)}, inChannels);
}

QTEST_APPLESS_MAIN(TestLdmConfig)
#include "test_ldm_config.moc"
