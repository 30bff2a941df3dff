// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/prompts.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QGuiApplication>
#include <QVariantMap>

namespace weightroom::ui {
namespace {

/// As the desktop thinks best.
constexpr int kUsualTime = -1;

} // namespace

/// By the specification of freedesktop.org: https://specifications.freedesktop.org/notification-spec/latest/
void SystemPrompts::notify(const QString& title, const QString& text)
{
    QDBusMessage message = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.Notifications"),
        QStringLiteral("/org/freedesktop/Notifications"), QStringLiteral("org.freedesktop.Notifications"),
        QStringLiteral("Notify"));
    const quint32 replacesNone = 0;
    // A body may be markup: what is in it is not to be taken for any.
    message << QGuiApplication::applicationDisplayName() << replacesNone << QStringLiteral("weightroom") << title
            << text.toHtmlEscaped() << QStringList() << QVariantMap() << kUsualTime;
    // Nobody waits for it: a desktop without notifications answers with an error, which is no news.
    QDBusConnection::sessionBus().send(message);
}

} // namespace weightroom::ui
