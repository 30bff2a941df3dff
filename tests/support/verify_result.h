// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <QTest>

#include <string>

namespace weightroom::engine {

/// Found by QCOMPARE: a failed comparison prints the name of the code and the number of bytes.
inline char* toString(ErrorCode code) { return QTest::toString(std::string{toText(code)}.c_str()); }
inline char* toString(Bytes bytes) { return QTest::toString((std::to_string(bytes.value) + " bytes").c_str()); }

} // namespace weightroom::engine

namespace weightroom::test {

/// What a Result says when it should not have failed.
template <class R>
std::string failureOf(const R& result)
{
    return result ? std::string{} : engine::describe(result.error());
}

/// What is wrong with a Result that should have failed with `code`; empty when it did.
template <class R>
std::string unexpectedOutcome(const R& result, engine::ErrorCode code)
{
    if (result)
        return "succeeded, expected " + std::string{engine::toText(code)};
    if (result.error().code != code)
        return "expected " + std::string{engine::toText(code)} + ", got " + engine::describe(result.error());
    return {};
}

} // namespace weightroom::test

/// Fails the test, with the error in words, when a Result holds no value.
#define VERIFY_RESULT(result)                                                                                          \
    do {                                                                                                               \
        const std::string wrong_ = ::weightroom::test::failureOf(result);                                              \
        QVERIFY2(wrong_.empty(), wrong_.c_str());                                                                      \
    } while (false)

/// Fails the test unless a Result failed with this code.
#define VERIFY_ERROR(result, expectedCode)                                                                             \
    do {                                                                                                               \
        const std::string wrong_ = ::weightroom::test::unexpectedOutcome(result, expectedCode);                        \
        QVERIFY2(wrong_.empty(), wrong_.c_str());                                                                      \
    } while (false)
