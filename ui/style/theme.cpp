// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/theme.h"

#include <QApplication>
#include <QFile>
#include <QPixmapCache>
#include <QStyle>
#include <QStyleFactory>

#include <utility>

/// The linker would leave out what nothing refers to. A macro that must stand outside of any namespace.
static void initializeResources() { Q_INIT_RESOURCE(resources); }

namespace weightroom::ui {
namespace {

QPalette paletteOf(const Theme& theme)
{
    QPalette palette;
    const auto setAll = [&palette](QPalette::ColorRole role, const QColor& color) { palette.setColor(role, color); };
    setAll(QPalette::Window, theme.window);
    setAll(QPalette::WindowText, theme.text);
    setAll(QPalette::Base, theme.base);
    setAll(QPalette::AlternateBase, theme.alternate);
    setAll(QPalette::Text, theme.text);
    setAll(QPalette::Button, theme.raised);
    setAll(QPalette::ButtonText, theme.text);
    setAll(QPalette::BrightText, theme.danger);
    setAll(QPalette::ToolTipBase, theme.raised);
    setAll(QPalette::ToolTipText, theme.text);
    setAll(QPalette::PlaceholderText, theme.muted);
    setAll(QPalette::Highlight, theme.accent);
    setAll(QPalette::HighlightedText, theme.onAccent);
    setAll(QPalette::Link, theme.accent);
    setAll(QPalette::Light, theme.raised.lighter(110));
    setAll(QPalette::Mid, theme.border);
    setAll(QPalette::Dark, theme.border.darker(120));
    setAll(QPalette::Shadow, theme.border.darker(150));
    QColor faded = theme.muted;
    faded.setAlphaF(0.6F);
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, faded);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.border);
    return palette;
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

/// The style sheet names colours as @border; no name is the beginning of another.
QString styleSheetFor(const Theme& theme)
{
    QFile file(QStringLiteral(":/style.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const std::pair<QLatin1String, QColor> colors[] = {
        {QLatin1String("@window"), theme.window},
        {QLatin1String("@base"), theme.base},
        {QLatin1String("@raised"), theme.raised},
        {QLatin1String("@border"), theme.border},
        {QLatin1String("@text"), theme.text},
        {QLatin1String("@muted"), theme.muted},
        {QLatin1String("@accent"), theme.accent},
        {QLatin1String("@selection"), theme.selection},
        {QLatin1String("@on-accent"), theme.onAccent},
        {QLatin1String("@warning"), theme.warning},
        {QLatin1String("@danger"), theme.danger},
        {QLatin1String("@track"), theme.track},
    };
    for (const auto& [name, color] : colors)
        sheet.replace(name, color.name());
    // A style sheet cannot tint a picture: there is one for each theme.
    sheet.replace(QLatin1String("@tick"), isDark(paletteOf(theme)) ? QLatin1String("dark") : QLatin1String("light"));
    return sheet;
}

const Theme& themeFor(ThemeChoice choice)
{
    // Asked before the first palette of ours is set: what the desktop had in mind.
    static const bool systemIsDark = isDark(QApplication::palette());
    switch (choice) {
    case ThemeChoice::Light:
        return Theme::light();
    case ThemeChoice::Dark:
        return Theme::dark();
    case ThemeChoice::System:
        break;
    }
    return systemIsDark ? Theme::dark() : Theme::light();
}

} // namespace

const Theme& Theme::light()
{
    static const Theme theme{
        .window = QColor(0xf4f5f7),
        .base = QColor(0xffffff),
        .alternate = QColor(0xf8f9fb),
        .raised = QColor(0xffffff),
        .border = QColor(0xd9dde4),
        .text = QColor(0x1b2230),
        .muted = QColor(0x566173),
        .accent = QColor(0x2563d9),
        .onAccent = QColor(0xffffff),
        .selection = QColor(0xdce8fd),
        .success = QColor(0x147a49),
        .warning = QColor(0x945b06),
        .danger = QColor(0xbb2d2d),
        .track = QColor(0xe4e7ec),
        .owners = {QColor(0x3a6fd8), QColor(0x159a8c), QColor(0xe0912f), QColor(0x8a5bd1), QColor(0xc94a74),
            QColor(0x6a9f35), QColor(0x2aa0d2), QColor(0xa9744a), QColor(0x5561a8), QColor(0xd0643c)},
    };
    return theme;
}

const Theme& Theme::dark()
{
    static const Theme theme{
        .window = QColor(0x1a1d23),
        .base = QColor(0x14161b),
        .alternate = QColor(0x181b20),
        .raised = QColor(0x23272f),
        .border = QColor(0x343a45),
        .text = QColor(0xe6e9ef),
        .muted = QColor(0x9ba6b6),
        .accent = QColor(0x6aa0ff),
        .onAccent = QColor(0x0d1420),
        .selection = QColor(0x203152),
        .success = QColor(0x4cc38a),
        .warning = QColor(0xe3ab4a),
        .danger = QColor(0xf27d7a),
        .track = QColor(0x3a414d),
        .owners = {QColor(0x6b9bf5), QColor(0x3fc0b1), QColor(0xf0b35e), QColor(0xb08ceb), QColor(0xe97d9f),
            QColor(0x9bcb63), QColor(0x5fc3ee), QColor(0xcf9d72), QColor(0x8f9ae0), QColor(0xf0926d)},
    };
    return theme;
}

const Theme& themeOf(const QPalette& palette) { return isDark(palette) ? Theme::dark() : Theme::light(); }

void applyTheme(QApplication& application, ThemeChoice choice)
{
    initializeResources();
    const Theme& theme = themeFor(choice);
    if (application.style()->name() != QLatin1String("fusion"))
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QPixmapCache::clear();
    QApplication::setPalette(paletteOf(theme));
    application.setStyleSheet(styleSheetFor(theme));
}

QFont scaledFont(const QFont& font, double factor, QFont::Weight weight)
{
    QFont scaled = font;
    if (font.pointSizeF() > 0)
        scaled.setPointSizeF(font.pointSizeF() * factor);
    else
        scaled.setPixelSize(static_cast<int>(font.pixelSize() * factor));
    scaled.setWeight(weight);
    return scaled;
}

} // namespace weightroom::ui
