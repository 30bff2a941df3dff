// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/treemap/treemap_fixture.h"
#include "ui/widgets/treemap/path_lines.h"
#include "ui/widgets/treemap/treemap_names.h"

#include <QSet>
#include <QTest>

using namespace weightroom::ui;
using namespace weightroom::test;

namespace {

TreemapNode path(const QString& label, double size = kMiB)
{
    TreemapNode made = node(label, size);
    made.label = label;
    made.detail.clear();
    made.isPath = true;
    return made;
}

TreemapNode path(const char* label) { return path(QString::fromLatin1(label)); }

/// As those of a decoder: a few parts differ, here and there.
QList<TreemapNode> decoder()
{
    QList<TreemapNode> nodes;
    for (int up = 0; up < 4; ++up) {
        for (int block = 0; block < 3; ++block) {
            for (const char* layer : {"conv1", "conv2"})
                nodes.append(path(QStringLiteral("first_stage_model.decoder.up.%1.block.%2.%3.weight")
                                      .arg(up)
                                      .arg(block)
                                      .arg(QLatin1String(layer))));
        }
    }
    return nodes;
}

/// What stands on a tile, as one text.
QString writtenOn(const TreemapTile& tile)
{
    QString text;
    for (const TileText& line : tile.texts)
        text += line.text;
    return text;
}

} // namespace

/// The names of tensors on their tiles.
class TestTreemapNames : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void leavesOutWhatAllPathsBeginWith_data();
    void leavesOutWhatAllPathsBeginWith();
    void leavesOtherLabelsAlone();
    void countsWhatLooksAlike();
    void saysTheWholeNameInTips();
    void breaksLinesBehindParts();
    void keepsWhatTellsThemApart_data();
    void keepsWhatTellsThemApart();
    void looksLikeNoSiblingWhereThereIsRoom();
    void writesNothingWhereItWouldTellNothing();
    void leavesOutMoreWhereOnlySomeAreShown();
};

void TestTreemapNames::leavesOutWhatAllPathsBeginWith_data()
{
    QTest::addColumn<QStringList>("labels");
    QTest::addColumn<QStringList>("captions");
    const auto list = [](std::initializer_list<const char*> texts) {
        QStringList all;
        for (const char* text : texts)
            all.append(QString::fromLatin1(text));
        return all;
    };
    QTest::newRow("only whole parts") << list({"model.unet.in.weight", "model.unet.input.bias"})
                                      << list({"in.weight", "input.bias"});
    QTest::newRow("nothing") << list({"a.weight", "b.weight"}) << list({"a.weight", "b.weight"});
    QTest::newRow("one alone") << list({"alone.weight"}) << list({"alone.weight"});
    QTest::newRow("one goes on") << list({"a.b", "a.b.c"}) << list({"b", "b.c"});
    QTest::newRow("one is no more than that") << list({"a.", "a.b"}) << list({"a.", "a.b"});
    QTest::newRow("equal") << list({"same", "same"}) << list({"same", "same"});
    QTest::newRow("an empty one") << list({"", "a.b"}) << list({"", "a.b"});
}

void TestTreemapNames::leavesOutWhatAllPathsBeginWith()
{
    QFETCH(const QStringList, labels);
    QFETCH(const QStringList, captions);
    QList<TreemapNode> nodes;
    for (const QString& label : labels)
        nodes.append(path(label));
    const TreemapNames names(nodes);
    QStringList shown;
    for (const TreemapNode& one : nodes)
        shown.append(names.captionOf(one));
    QCOMPARE(shown, captions);
}

/// The names of models may have dots, too, and nothing else says how they begin.
void TestTreemapNames::leavesOtherLabelsAlone()
{
    QList<TreemapNode> nodes{path("flux.1.dev"), path("flux.1.schnell")};
    for (TreemapNode& one : nodes)
        one.isPath = false;
    const TreemapNames names(nodes);
    QCOMPARE(names.captionOf(nodes[0]), QStringLiteral("flux.1.dev"));
    QCOMPARE(names.countAlike(QStringLiteral("flux"), {}), 0);
}

void TestTreemapNames::countsWhatLooksAlike()
{
    const TreemapNames names({path("up.0.conv1"), path("up.0.conv2"), path("up.1.conv1"), path("mid.conv1")});
    const auto count = [&](const char* begin, const char* end) {
        return names.countAlike(QString::fromLatin1(begin), QString::fromLatin1(end));
    };
    QCOMPARE(count("", ""), 4);
    QCOMPARE(count("up.0", ""), 2);
    QCOMPARE(count("", "conv1"), 3);
    QCOMPARE(count("up", "conv1"), 2);
    QCOMPARE(count("up.0", "1"), 1);
    QCOMPARE(count("mid.co", "conv1"), 0); // they would overlap
    QCOMPARE(count("x", ""), 0);
}

void TestTreemapNames::saysTheWholeNameInTips()
{
    Shown shown(nodeOf(QStringLiteral("GPU_0"), {path("unet.in.weight"), path("unet.out.weight")}), {400, 200});
    const TreemapTile& first = shown.map.tiles().first();
    QCOMPARE(writtenOn(first), QStringLiteral("in.weight"));
    QCOMPARE(first.label, QStringLiteral("unet.in.weight"));
    const QString tip = tipAt(shown.map, middleOf(first));
    QVERIFY2(tip.contains(QStringLiteral("unet.in.weight")), qPrintable(tip));
    QVERIFY(shown.map.spokenText(0).startsWith(QStringLiteral("unet.in.weight")));
}

void TestTreemapNames::breaksLinesBehindParts()
{
    const QFontMetricsF metrics(qApp->font());
    const CharacterWidths widths(metrics);
    const QString name = QStringLiteral("transformer_blocks.0.attn1.to_q.weight");
    const TreemapNames names({path(name)});
    const double width = metrics.horizontalAdvance(QStringLiteral("transformer_blocks.")) + 4;
    const QStringList lines = pathLines(name, {.width = width, .most = 4}, widths, names);
    QCOMPARE(lines.join(QString()), name);
    QVERIFY(lines.size() > 1);
    for (const QString& line : lines) {
        QVERIFY2(metrics.horizontalAdvance(line) <= width + 1, qPrintable(line));
        QVERIFY(line == lines.last() || line.endsWith(QLatin1Char('.')) || line.endsWith(QLatin1Char('_')));
    }
    QCOMPARE(pathLines(name, {.width = 10 * width, .most = 1}, widths, names), QStringList{name});
}

void TestTreemapNames::keepsWhatTellsThemApart_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("at the end") << QStringLiteral("decoder_of_the_first_stage_conv_in")
                                << QStringLiteral("decoder_of_the_first_stage_conv_out");
    QTest::newRow("at the beginning") << QStringLiteral("query_of_the_first_stage_projection")
                                      << QStringLiteral("value_of_the_first_stage_projection");
    QTest::newRow("near the end") << QStringLiteral("decoder_of_the_first_stage_7_weight")
                                  << QStringLiteral("decoder_of_the_first_stage_8_weight");
    QTest::newRow("near the beginning") << QStringLiteral("up_1_of_the_first_stage_projection_weight")
                                        << QStringLiteral("up_2_of_the_first_stage_projection_weight");
}

void TestTreemapNames::keepsWhatTellsThemApart()
{
    QFETCH(const QString, first);
    QFETCH(const QString, second);
    const QFontMetricsF metrics(qApp->font());
    const CharacterWidths widths(metrics);
    const TreemapNames names({path(first), path(second)});
    const LineRoom room{.width = metrics.averageCharWidth() * 16, .most = 1};
    const QStringList one = pathLines(first, room, widths, names);
    const QStringList other = pathLines(second, room, widths, names);
    QCOMPARE(one.size(), 1);
    QVERIFY(one.first().contains(QChar(u'\u2026')));
    QVERIFY(metrics.horizontalAdvance(one.first()) <= room.width + 1);
    QVERIFY2(one != other, qPrintable(one.first()));
}

void TestTreemapNames::looksLikeNoSiblingWhereThereIsRoom()
{
    Shown shown(nodeOf(QStringLiteral("GPU_0"), decoder()), {760, 320});
    QSet<QString> written;
    for (const TreemapTile& one : shown.map.tiles())
        written.insert(writtenOn(one));
    QCOMPARE(shown.map.tiles().size(), 24);
    QCOMPARE(written.size(), 24);
}

void TestTreemapNames::writesNothingWhereItWouldTellNothing()
{
    const CharacterWidths widths{QFontMetricsF(qApp->font())};
    const QString name = QStringLiteral("transformer_blocks.0.attn1.to_q.weight");
    QVERIFY(pathLines(name, {.width = 20, .most = 1}, widths, TreemapNames({path(name)})).isEmpty());
    QVERIFY(pathLines(name, {.width = 0, .most = 4}, widths, TreemapNames({path(name)})).isEmpty());
    // Of two that differ in the middle so much as stands here would look alike.
    const TreemapNames alike({path("transformer_blocks_7_weights_of_it"), path("transformer_blocks_8_weights_of_it")});
    const LineRoom little{.width = QFontMetricsF(qApp->font()).averageCharWidth() * 9, .most = 1};
    QVERIFY(pathLines(QStringLiteral("transformer_blocks_7_weights_of_it"), little, widths, alike).isEmpty());
}

/// Those that are too small to be seen beside others are a level of their own, and have more in common.
void TestTreemapNames::leavesOutMoreWhereOnlySomeAreShown()
{
    QList<TreemapNode> nodes{path(QStringLiteral("large.weight"), 1000 * kMiB)};
    for (int number = 0; number < 200; ++number)
        nodes.append(path(QStringLiteral("blocks.%1.bias").arg(number), 0.01 * kMiB));
    Shown shown(nodeOf(QStringLiteral("GPU_0"), nodes), {400, 300});
    QCOMPARE(shown.map.tiles().first().caption, QStringLiteral("large.weight"));
    shown.map.enter(shown.map.tiles().last().id);
    QCOMPARE(shown.map.tiles().size(), 200);
    QVERIFY2(!shown.map.tiles().first().caption.startsWith(QStringLiteral("blocks")),
        qPrintable(shown.map.tiles().first().caption));
    QVERIFY(shown.map.tiles().first().label.startsWith(QStringLiteral("blocks.")));
}

QTEST_MAIN(TestTreemapNames)
#include "test_treemap_names.moc"
