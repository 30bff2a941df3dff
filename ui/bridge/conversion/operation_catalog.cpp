// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_catalog.h"

#include "model_engine/server/rest/rest_routes.h"

#include <QCoreApplication>

#include <limits>

namespace weightroom::ui {
namespace {

struct OperationText {
    Q_DECLARE_TR_FUNCTIONS(OperationText)
};

using Limits = std::numeric_limits<std::int64_t>;

QString textOf(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

OperationFieldKind kindOf(const engine::FieldSpec& field)
{
    switch (field.type) {
    case engine::FieldType::Text:
        return field.allowed.empty() ? OperationFieldKind::Text : OperationFieldKind::Choice;
    case engine::FieldType::Path:
        return OperationFieldKind::Path;
    case engine::FieldType::Integer:
        return OperationFieldKind::Integer;
    case engine::FieldType::Number:
        return OperationFieldKind::Number;
    case engine::FieldType::Boolean:
        return OperationFieldKind::Boolean;
    case engine::FieldType::TextList:
        return OperationFieldKind::TextList;
    case engine::FieldType::PathList:
        return OperationFieldKind::PathList;
    case engine::FieldType::IntegerList:
        return OperationFieldKind::IntegerList;
    case engine::FieldType::None:
        break;
    }
    return OperationFieldKind::Json;
}

bool isList(OperationFieldKind kind)
{
    return kind == OperationFieldKind::TextList || kind == OperationFieldKind::PathList
        || kind == OperationFieldKind::IntegerList;
}

/// In plain digits, as they are typed.
QString limitsOf(const engine::FieldSpec& field, OperationFieldKind kind)
{
    if (kind != OperationFieldKind::Integer && !isList(kind))
        return {};
    const bool hasLeast = field.minimum != Limits::min() && !(isList(kind) && field.minimum <= 0);
    const bool hasMost = field.maximum != Limits::max();
    const QString least = QString::number(field.minimum);
    const QString most = QString::number(field.maximum);
    if (hasLeast && hasMost)
        return isList(kind) ? OperationText::tr("%1 to %2 entries", "limits of a list").arg(least, most)
                            : OperationText::tr("from %1 to %2", "limits of a number").arg(least, most);
    if (hasLeast)
        return isList(kind) ? OperationText::tr("%1 or more entries", "limit of a list").arg(least)
                            : OperationText::tr("%1 or more", "limit of a number").arg(least);
    if (hasMost)
        return isList(kind) ? OperationText::tr("no more than %1 entries", "limit of a list").arg(most)
                            : OperationText::tr("no more than %1", "limit of a number").arg(most);
    return {};
}

OperationFieldView fieldView(const engine::FieldSpec& field)
{
    OperationFieldView view{.name = textOf(field.name.text()),
        .kind = kindOf(field),
        .isRequired = field.presence == engine::Presence::Required,
        .help = textOf(field.help)};
    view.limits = limitsOf(field, view.kind);
    for (const std::string_view value : field.allowed)
        view.choices.append(textOf(value));
    return view;
}

QStringList routesOf(const engine::OperationSpec& spec, const engine::RestRoutes& routes)
{
    QStringList texts;
    for (const engine::RestRoute& route : routes.all()) {
        if (route.operation == &spec)
            texts.append(textOf(route.method) + QLatin1Char(' ') + QString::fromStdString(route.path()));
    }
    return texts;
}

OperationView operationView(const engine::OperationSpec& spec, const engine::RestRoutes& routes)
{
    OperationView view{.family = textOf(spec.family.text()),
        .name = QString::fromStdString(spec.fullName()),
        .summary = textOf(spec.summary),
        .answer = textOf(spec.answer),
        .errors = {},
        .routes = routesOf(spec, routes),
        .fields = {},
        .isLong = spec.duration == engine::Duration::Long,
        .needsConnection = spec.caller == engine::Caller::Connected,
        .asksFirst = spec.name.text().starts_with("delete_")};
    for (const engine::ErrorCode code : spec.errors)
        view.errors.append(textOf(engine::toText(code)));
    for (const engine::FieldSpec& field : spec.fields)
        view.fields.append(fieldView(field));
    return view;
}

} // namespace

QList<OperationView> operationViews(const engine::OperationRegistry& registry)
{
    const engine::RestRoutes routes(registry);
    QList<OperationView> views;
    for (const engine::OperationSpec& spec : registry.all())
        views.append(operationView(spec, routes));
    return views;
}

} // namespace weightroom::ui
