// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/visible_time.h"

#include <algorithm>
#include <cmath>

namespace weightroom::ui {
namespace {

qint64 limited(qint64 length) { return std::clamp(length, VisibleTime::kLeastLength, VisibleTime::kMostLength); }

} // namespace

VisibleTime::VisibleTime(qint64 now, qint64 liveLength)
    : m_now(now)
{
    setLiveLength(liveLength);
}

TimeSpan VisibleTime::span() const { return m_isLive ? TimeSpan{m_now - m_liveLength, m_now} : m_chosen; }

void VisibleTime::setLiveLength(qint64 length) { m_liveLength = limited(length); }

void VisibleTime::show(TimeSpan span)
{
    const qint64 length = limited(span.length());
    // What is too short grows on both sides.
    const qint64 from = span.from + (span.length() - length) / 2;
    const qint64 to = std::min(from + length, m_now);
    m_chosen = {to - length, to};
    m_isLive = false;
}

void VisibleTime::zoom(double factor, qint64 about)
{
    const TimeSpan before = span();
    const double wanted = std::clamp(static_cast<double>(before.length()) * factor, static_cast<double>(kLeastLength),
        static_cast<double>(kMostLength));
    const qint64 length = std::llround(wanted);
    const double share = static_cast<double>(about - before.from) / static_cast<double>(before.length());
    const qint64 from = about - std::llround(share * static_cast<double>(length));
    show({from, from + length});
}

void VisibleTime::pan(qint64 by)
{
    const TimeSpan before = span();
    show({before.from + by, before.to + by});
}

} // namespace weightroom::ui
