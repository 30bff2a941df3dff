// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/utf8.h"

#include <QTest>

using namespace weightroom::engine;

class TestUtf8 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodesEveryCodePoint();
    void refuses_data();
    void refuses();
    void replacesInvalidBytes_data();
    void replacesInvalidBytes();
    void findsControlsAndBidi();
    void lowersLettersOfAscii();
};

namespace {

/// By the definition, apart from the decoder.
std::string encode(std::uint32_t codePoint)
{
    const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
    const auto tail = [&](unsigned shift) { return byte(0x80U | ((codePoint >> shift) & 0x3FU)); };
    if (codePoint < 0x80)
        return {byte(codePoint)};
    if (codePoint < 0x800)
        return {byte(0xC0U | codePoint >> 6U), tail(0)};
    if (codePoint < 0x10000)
        return {byte(0xE0U | codePoint >> 12U), tail(6), tail(0)};
    return {byte(0xF0U | codePoint >> 18U), tail(12), tail(6), tail(0)};
}

} // namespace

void TestUtf8::decodesEveryCodePoint()
{
    for (std::uint32_t codePoint = 0; codePoint < 0x110000; ++codePoint) {
        const std::string text = encode(codePoint) + "x";
        const Utf8Character decoded = decodeUtf8(text);
        const bool isSurrogate = codePoint >= 0xD800 && codePoint < 0xE000;
        if (decoded.isValid == isSurrogate || (decoded.isValid && decoded.codePoint != codePoint)
            || decoded.length != (isSurrogate ? 1 : text.size() - 1))
            QFAIL(("wrong for code point " + std::to_string(codePoint)).c_str());
    }
}

void TestUtf8::refuses_data()
{
    QTest::addColumn<std::string>("text");
    const auto row = [](const char* name, std::string text) { QTest::newRow(name) << std::move(text); };
    row("lone continuation", "\x80");
    row("0xFE", "\xfe");
    row("0xFF", "\xff");
    row("overlong NUL", "\xc0\x80");
    row("overlong slash", "\xc0\xaf");
    row("overlong in three", "\xe0\x80\xaf");
    row("overlong in four", "\xf0\x80\x80\xaf");
    row("surrogate", "\xed\xa0\x80");
    row("beyond the last", "\xf4\x90\x80\x80");
    row("five bytes", "\xf8\x88\x80\x80\x80");
    row("cut after one of two", "\xc3");
    row("cut after two of three", "\xe2\x82");
    row("cut after three of four", "\xf0\x9f\x98");
    row("wrong second", "\xe2\x28\xa1");
    row("wrong last", "\xe2\x82\x28");
}

void TestUtf8::refuses()
{
    QFETCH(std::string, text);
    QVERIFY(!decodeUtf8(text).isValid);
    QCOMPARE(decodeUtf8(text).length, std::size_t{1});
    QVERIFY(!isValidUtf8(text));
    QVERIFY(!isValidUtf8("before " + text + " after"));
    QVERIFY(isValidUtf8(toValidUtf8(text)));
    QVERIFY(toValidUtf8(text).find("\xEF\xBF\xBD") != std::string::npos);
}

void TestUtf8::replacesInvalidBytes_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("valid");
    const auto row = [](const char* name, std::string text, std::string valid) {
        QTest::newRow(name) << std::move(text) << std::move(valid);
    };
    row("empty", "", "");
    row("valid stays", "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    row("NUL stays", std::string{"a\0b", 3}, std::string{"a\0b", 3});
    row("one byte",
        "a\xff"
        "b",
        "a\xEF\xBF\xBD"
        "b");
    row("Latin-1",
        "gr\xf6\xdf"
        "e",
        "gr\xEF\xBF\xBD\xEF\xBF\xBD"
        "e");
    row("cut at the end", "a\xe2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

void TestUtf8::replacesInvalidBytes()
{
    QFETCH(std::string, text);
    QFETCH(std::string, valid);
    QCOMPARE(toValidUtf8(text), valid);
    QCOMPARE(toValidUtf8(valid), valid);
}

void TestUtf8::findsControlsAndBidi()
{
    for (const std::uint32_t codePoint : {0x00U, 0x07U, 0x0AU, 0x1BU, 0x1FU, 0x7FU, 0x80U, 0x9BU, 0x9FU, 0x061CU,
             0x200EU, 0x200FU, 0x2028U, 0x2029U, 0x202AU, 0x202EU, 0x2066U, 0x2069U})
        QVERIFY2(isControlOrBidi(codePoint), std::to_string(codePoint).c_str());
    for (const std::uint32_t codePoint :
        {0x20U, 0x41U, 0x7EU, 0xA0U, 0xE4U, 0x05D0U, 0x202FU, 0x2065U, 0x206AU, 0x20ACU, 0x1F600U})
        QVERIFY2(!isControlOrBidi(codePoint), std::to_string(codePoint).c_str());
}

void TestUtf8::lowersLettersOfAscii()
{
    QCOMPARE(lowerCase(".SafeTensors_09@[`{"), std::string{".safetensors_09@[`{"});
    QCOMPARE(lowerCase("\xC3\x89\xFFZ"), std::string{"\xC3\x89\xFFz"}); // whatever the locale
    QCOMPARE(lowerCase({}), std::string{});
}

QTEST_APPLESS_MAIN(TestUtf8)
#include "test_utf8.moc"
