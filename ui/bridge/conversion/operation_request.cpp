// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/operation_request.h"

#include "model_engine/core/json.h"
#include "ui/bridge/text/plain_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringBuilder>

namespace weightroom::ui {
namespace {

struct OperationText {
    Q_DECLARE_TR_FUNCTIONS(OperationText)
};

using engine::Json;
using engine::Result;

Json numberOf(const QString& text)
{
    const std::string typed = text.trimmed().toStdString();
    auto value = engine::parseJson(typed);
    return value && value->is_number() ? std::move(*value) : Json(typed);
}

/// Each line that is not empty.
template <class Read>
Json listOf(const QString& text, const QRegularExpression& between, Read read)
{
    Json list = Json::array();
    for (const QString& entry : text.split(between, Qt::SkipEmptyParts)) {
        if (!entry.trimmed().isEmpty())
            list.push_back(read(entry));
    }
    return list;
}

Json textsOf(const QString& text)
{
    static const QRegularExpression lines(QStringLiteral("\n"));
    return listOf(text, lines, [](const QString& entry) { return Json(entry.toStdString()); });
}

Json numbersOf(const QString& text)
{
    static const QRegularExpression between(QStringLiteral("[\\s,;]+"));
    return listOf(text, between, numberOf);
}

Result<Json> valueOf(OperationFieldKind kind, const QString& text)
{
    switch (kind) {
    case OperationFieldKind::Integer:
    case OperationFieldKind::Number:
        return numberOf(text);
    case OperationFieldKind::Boolean:
        return Json(text == QLatin1String("true"));
    case OperationFieldKind::TextList:
    case OperationFieldKind::PathList:
        return textsOf(text);
    case OperationFieldKind::IntegerList:
        return numbersOf(text);
    case OperationFieldKind::Json:
        return engine::parseJson(text.toStdString());
    case OperationFieldKind::Text:
    case OperationFieldKind::Path:
    case OperationFieldKind::Choice:
    case OperationFieldKind::None:
        break;
    }
    return Json(text.toStdString());
}

OperationRequest problemAt(const QString& field, const QString& sentence)
{
    return {.json = {}, .problemField = field, .problem = sentence};
}

OperationRequest badJsonAt(const QString& field, const engine::Error& error)
{
    const QString detail = plainText(std::string_view{error.detail});
    return problemAt(field, OperationText::tr("This is not valid JSON: %1", "the parser's words").arg(detail));
}

} // namespace

OperationRequest operationRequest(const OperationView& operation, const OperationInput& input)
{
    Json request = Json::object();
    for (const OperationFieldView& field : operation.fields) {
        const QString text = input.value(field.name);
        if (text.isEmpty())
            continue;
        auto value = valueOf(field.kind, text);
        if (!value)
            return badJsonAt(field.name, value.error());
        request[field.name.toStdString()] = std::move(*value);
    }
    if (const QString further = input.value(kFurtherFields); !further.trimmed().isEmpty()) {
        const auto object = engine::parseJson(further.toStdString());
        if (!object)
            return badJsonAt(kFurtherFields, object.error());
        if (!object->is_object())
            return problemAt(kFurtherFields, OperationText::tr("This must be a JSON object: {\"field\": value}."));
        request.update(*object);
    }
    return {.json = QByteArray::fromStdString(engine::writeJson(request)), .problemField = {}, .problem = {}};
}

QString operationCommand(const QString& operation, const QByteArray& json)
{
    // Between single quotes a shell takes everything as it is; such a quote ends them, stands alone, and begins them
    // anew.
    QString quoted = QString::fromUtf8(json);
    quoted.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
    return QStringLiteral("weightroomctl call ") % operation % QStringLiteral(" '") % quoted % QLatin1Char('\'');
}

} // namespace weightroom::ui
