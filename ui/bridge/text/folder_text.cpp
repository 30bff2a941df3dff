// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/folder_text.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <chrono>

namespace weightroom::ui {
namespace {

struct FolderText {
    Q_DECLARE_TR_FUNCTIONS(FolderText)
};

QString reasonText(const engine::WatchCondition& condition)
{
    switch (condition.reason) {
    case engine::PollingReason::NetworkFileSystem:
        return FolderText::tr("it lies on a network", "why a folder is not watched");
    case engine::PollingReason::UserSpaceFileSystem:
        return FolderText::tr("its file system may lie on a network", "why a folder is not watched");
    case engine::PollingReason::InotifyLimit:
        return condition.limit ? FolderText::tr("the system's limit %1 of %2 is reached", "why a folder is not watched")
                                     .arg(plainText(condition.limitName), countText(*condition.limit))
                               : FolderText::tr("the system's limit %1 is reached", "why a folder is not watched")
                                     .arg(plainText(condition.limitName));
    case engine::PollingReason::UnknownFileSystem:
    case engine::PollingReason::Other:
    case engine::PollingReason::None:
        break;
    }
    return FolderText::tr("its file system does not tell of changes", "why a folder is not watched");
}

QString pollingText(const engine::WatchCondition& condition)
{
    const auto interval =
        std::chrono::duration_cast<std::chrono::seconds>(condition.pollInterval.value_or(std::chrono::milliseconds{}));
    if (interval.count() <= 0)
        return FolderText::tr("Not watched: %1.", "reason").arg(reasonText(condition));
    return FolderText::tr("Looked at every %n seconds: %1.", "reason", static_cast<int>(interval.count()))
        .arg(reasonText(condition));
}

} // namespace

QString watchText(const engine::WatchCondition& condition)
{
    switch (condition.watching) {
    case engine::Watching::Inotify:
        return FolderText::tr("Changes are seen at once.", "of a folder");
    case engine::Watching::Polling:
        return pollingText(condition);
    case engine::Watching::NotAnswering:
        return FolderText::tr("Its file system does not answer.", "of a folder");
    case engine::Watching::Missing:
        return FolderText::tr("It is not there.", "of a folder");
    case engine::Watching::Unreadable:
        return FolderText::tr("It cannot be read.", "of a folder");
    case engine::Watching::None:
        break;
    }
    return {};
}

} // namespace weightroom::ui
