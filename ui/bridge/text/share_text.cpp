// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/share_text.h"

#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QStringList>

namespace weightroom::ui {
namespace {

struct ShareText {
    Q_DECLARE_TR_FUNCTIONS(ShareText)
};

QStringList programsIn(const engine::Json& domains)
{
    QStringList programs;
    for (const engine::Json& domain : domains) {
        for (const engine::Json& lease : domain.at("leases")) {
            const QString program = plainText(lease.at("consumer").get<std::string>());
            if (!programs.contains(program))
                programs.append(program);
        }
    }
    return programs;
}

QStringList failuresIn(const engine::Json& domains)
{
    QStringList sentences;
    for (const engine::Json& domain : domains) {
        const QString name = domainText(QString::fromStdString(domain.at("domain").get<std::string>()));
        sentences.append(domain.at("reason") == "no_consumers"
                ? ShareText::tr("No program is connected for: %1.", "a purpose").arg(name)
                : ShareText::tr("It could not be shared for: %1.", "a purpose").arg(name));
    }
    return sentences;
}

} // namespace

QString domainText(const QString& domain)
{
    if (domain == QStringLiteral("inference"))
        return ShareText::tr("making images", "what programs use weights for");
    if (domain == QStringLiteral("postprocessing"))
        return ShareText::tr("working on finished images", "what programs use weights for");
    if (domain == QStringLiteral("processing"))
        return ShareText::tr("working on weights", "what programs use weights for");
    return plainText(domain.toStdString());
}

QString shareText(const engine::Json& answer, const QString& modelName)
{
    QStringList sentences;
    const QStringList programs = programsIn(answer.at("shared_domains"));
    if (!programs.isEmpty()) {
        const auto saved = answer.at("performance_impact").at("bytes_not_duplicated").get<quint64>();
        sentences.append(ShareText::tr("%1 is shared with %2: %3 need not be loaded again.", "model, programs, bytes")
                             .arg(modelName, programs.join(QStringLiteral(", ")), bytesText(saved)));
    }
    return (sentences + failuresIn(answer.at("failed_domains"))).join(QLatin1Char(' '));
}

} // namespace weightroom::ui
