// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/deletion_text.h"

#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/text/plain_text.h"

#include <QCoreApplication>

#include <string>

namespace weightroom::ui {
namespace {

struct DeletionText {
    Q_DECLARE_TR_FUNCTIONS(DeletionText)
};

QStringList pathsIn(const engine::Json& answer, const char* field)
{
    QStringList paths;
    for (const engine::Json& path : answer.value(field, engine::Json::array()))
        paths.append(plainText(path.get<std::string>()));
    return paths;
}

QString keptText(const engine::Json& file)
{
    const QString path = textIn(file, "path");
    const QString reason = textIn(file, "reason");
    if (reason == QLatin1String("other_model"))
        return DeletionText::tr("%1: another model needs it", "path").arg(path);
    if (reason == QLatin1String("own_model"))
        return DeletionText::tr("%1: it is a model of its own", "path").arg(path);
    if (reason == QLatin1String("link_target"))
        return DeletionText::tr("%1: the model is only a link to it", "path").arg(path);
    if (reason == QLatin1String("other_content"))
        return DeletionText::tr("%1: other models lie in this folder", "path").arg(path);
    return path;
}

} // namespace

DeletionView deletionView(const engine::Json& answer)
{
    DeletionView view{.modelId = textIn(answer, "model_id"),
        .files = pathsIn(answer, "files"),
        .kept = {},
        .inMemory = textIn(answer, "in_memory"),
        .bytes = answer.value("size_bytes", std::uint64_t{0})};
    for (const engine::Json& file : answer.value("kept_files", engine::Json::array()))
        view.kept.append(keptText(file));
    return view;
}

} // namespace weightroom::ui
