// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/gpu_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct GpuText {
    Q_DECLARE_TR_FUNCTIONS(GpuText)
};

template <class Value, class Format>
QString known(const std::optional<Value>& value, Format format)
{
    return value ? format(*value) : QString();
}

QString percent(double fraction) { return percentText(static_cast<int>(fraction * 100 + 0.5)); }

QString degrees(int celsius) { return GpuText::tr("%1 \u00B0C", "temperature").arg(QLocale().toString(celsius)); }

QString watts(double power) { return GpuText::tr("%1 W", "power").arg(QLocale().toString(qRound(power))); }

QString megahertz(int clock) { return GpuText::tr("%1 MHz", "clock").arg(QLocale().toString(clock)); }

/// "123 W of 700 W"; without the second where that is not known.
QString ofLimit(const QString& value, const QString& limit)
{
    if (value.isEmpty() || limit.isEmpty())
        return value;
    return GpuText::tr("%1 of %2", "a value and its limit").arg(value, limit);
}

QString temperatureText(const engine::GpuReading& reading)
{
    const QString now = known(reading.temperature, degrees);
    const QString slowdown = known(reading.slowdownTemperature, degrees);
    if (now.isEmpty() || slowdown.isEmpty())
        return now;
    return GpuText::tr("%1, slows down at %2", "temperature").arg(now, slowdown);
}

QString limitText(engine::ClockLimit limit)
{
    switch (limit) {
    case engine::ClockLimit::Idle:
        return GpuText::tr("nothing to do", "why a clock is low");
    case engine::ClockLimit::ApplicationSetting:
        return GpuText::tr("a setting", "why a clock is low");
    case engine::ClockLimit::PowerCap:
        return GpuText::tr("its power limit", "why a clock is low");
    case engine::ClockLimit::HardwareSlowdown:
        return GpuText::tr("a slowdown by the hardware", "why a clock is low");
    case engine::ClockLimit::SyncBoost:
        return GpuText::tr("other GPUs", "why a clock is low");
    case engine::ClockLimit::SoftwareThermal:
    case engine::ClockLimit::HardwareThermal:
        return GpuText::tr("heat", "why a clock is low");
    case engine::ClockLimit::HardwarePowerBrake:
        return GpuText::tr("the power supply", "why a clock is low");
    case engine::ClockLimit::DisplaySetting:
        return GpuText::tr("a display", "why a clock is low");
    case engine::ClockLimit::None:
        break;
    }
    return {};
}

QString limitsText(const engine::GpuReading& reading)
{
    if (!reading.clockLimits)
        return {};
    QStringList texts;
    for (const engine::ClockLimit limit : *reading.clockLimits) {
        const QString text = limitText(limit);
        if (!text.isEmpty() && !texts.contains(text))
            texts.append(text);
    }
    return texts.isEmpty() ? GpuText::tr("nothing", "what holds a clock back") : QLocale().createSeparatedList(texts);
}

QString linkText(const engine::GpuReading& reading)
{
    const auto text = [](const std::optional<int>& generation, const std::optional<int>& width) {
        return generation && width
            ? GpuText::tr("%1.0 \u00D7 %2", "PCIe: generation, lanes").arg(*generation).arg(*width)
            : QString();
    };
    return ofLimit(
        text(reading.pcieGeneration, reading.pcieWidth), text(reading.largestPcieGeneration, reading.largestPcieWidth));
}

QString trafficText(const engine::GpuReading& reading)
{
    if (!reading.pcieReceived || !reading.pcieSent)
        return {};
    const auto rate = [](double bytes) {
        return GpuText::tr("%1/s", "a size").arg(bytesText(static_cast<quint64>(std::max(bytes, 0.0))));
    };
    return GpuText::tr("%1 in, %2 out", "PCIe: rates").arg(rate(*reading.pcieReceived), rate(*reading.pcieSent));
}

QString errorsText(const engine::GpuReading& reading)
{
    if (reading.hasEcc == false)
        return GpuText::tr("not watched (ECC is off)", "memory errors");
    if (!reading.uncorrectedErrors)
        return {};
    const QString uncorrected = countText(*reading.uncorrectedErrors);
    return reading.correctedErrors
        ? GpuText::tr("%1, and %2 corrected", "memory errors").arg(uncorrected, countText(*reading.correctedErrors))
        : uncorrected;
}

/// What the limit may be set to.
QString limitRangeText(const engine::GpuReading& reading)
{
    const QString smallest = known(reading.smallestPowerLimit, watts);
    const QString largest = known(reading.largestPowerLimit, watts);
    if (smallest.isEmpty() && largest.isEmpty())
        return {};
    if (smallest.isEmpty())
        return GpuText::tr("%1 at most", "what a limit may be set to").arg(largest);
    if (largest.isEmpty())
        return GpuText::tr("%1 at least", "what a limit may be set to").arg(smallest);
    return GpuText::tr("%1 to %2", "what a limit may be set to").arg(smallest, largest);
}

QString eccText(bool isOn) { return isOn ? GpuText::tr("on", "ECC of a GPU") : GpuText::tr("off", "ECC of a GPU"); }

QString partitionText(bool isCut)
{
    return isCut ? GpuText::tr("yes", "cut into instances") : GpuText::tr("no", "cut into instances");
}

QString virtualizationText(engine::GpuVirtualization virtualization)
{
    switch (virtualization) {
    case engine::GpuVirtualization::None:
        return GpuText::tr("none", "virtualization of a GPU");
    case engine::GpuVirtualization::Passthrough:
        return GpuText::tr("passed through to this virtual machine", "virtualization of a GPU");
    case engine::GpuVirtualization::Vgpu:
        return GpuText::tr("a virtual GPU (vGPU)", "virtualization of a GPU");
    case engine::GpuVirtualization::HostVgpu:
        return GpuText::tr("lent to virtual machines (vGPU)", "virtualization of a GPU");
    case engine::GpuVirtualization::HostVsga:
        return GpuText::tr("lent to virtual machines (vSGA)", "virtualization of a GPU");
    case engine::GpuVirtualization::Unknown:
        break;
    }
    return GpuText::tr("of an unknown kind", "virtualization of a GPU");
}

GpuFigure figure(const QString& name, const QString& value)
{
    const bool isKnown = !value.isEmpty();
    return {
        .name = name, .value = isKnown ? value : GpuText::tr("not reported", "a value of a GPU"), .isKnown = isKnown};
}

} // namespace

QList<GpuFigure> gpuFigures(const engine::GpuReading& reading)
{
    return {
        figure(GpuText::tr("Busy", "figure of a GPU"), known(reading.busyFraction, percent)),
        figure(GpuText::tr("Memory busy", "figure of a GPU"), known(reading.memoryBusyFraction, percent)),
        figure(GpuText::tr("Temperature", "figure of a GPU"), temperatureText(reading)),
        figure(GpuText::tr("Switches off at", "figure of a GPU: a temperature"),
            known(reading.shutdownTemperature, degrees)),
        figure(GpuText::tr("Limit of its memory", "figure of a GPU: a temperature"),
            known(reading.memoryTemperatureLimit, degrees)),
        figure(GpuText::tr("Power", "figure of a GPU"),
            ofLimit(known(reading.power, watts), known(reading.powerLimit, watts))),
        figure(GpuText::tr("Power limit may be", "figure of a GPU"), limitRangeText(reading)),
        figure(GpuText::tr("Clock", "figure of a GPU"),
            ofLimit(known(reading.graphicsClock, megahertz), known(reading.largestGraphicsClock, megahertz))),
        figure(GpuText::tr("Memory clock", "figure of a GPU"),
            ofLimit(known(reading.memoryClock, megahertz), known(reading.largestMemoryClock, megahertz))),
        figure(GpuText::tr("Held back by", "figure of a GPU: its clock"), limitsText(reading)),
        figure(GpuText::tr("PCIe", "figure of a GPU"), linkText(reading)),
        figure(GpuText::tr("PCIe traffic", "figure of a GPU"), trafficText(reading)),
        figure(GpuText::tr("Fan", "figure of a GPU"), known(reading.fanFraction, percent)),
        figure(GpuText::tr("ECC", "figure of a GPU: errors of its memory are noticed"), known(reading.hasEcc, eccText)),
        figure(GpuText::tr("Memory errors", "figure of a GPU"), errorsText(reading)),
        figure(GpuText::tr("MIG", "figure of a GPU: cut into instances"), known(reading.hasMig, partitionText)),
        figure(GpuText::tr("Virtualization", "figure of a GPU"), known(reading.virtualization, virtualizationText)),
    };
}

} // namespace weightroom::ui
