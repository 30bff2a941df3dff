// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/validation_text.h"

#include "ui/bridge/json_text.h"
#include "ui/bridge/plain_text.h"
#include "ui/bridge/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace weightroom::ui {
namespace {

struct ValidationText {
    Q_DECLARE_TR_FUNCTIONS(ValidationText)
};

CheckStatus checkStatus(const QString& word)
{
    if (word == QLatin1String("passed"))
        return CheckStatus::Passed;
    if (word == QLatin1String("warning"))
        return CheckStatus::Warning;
    return word == QLatin1String("failed") ? CheckStatus::Failed : CheckStatus::Skipped;
}

struct CheckName {
    std::string_view check;
    const char* name;
};
constexpr std::array kCheckNames{
    CheckName{"structure", QT_TRANSLATE_NOOP("ValidationText", "Structure of the file")},
    CheckName{"shards", QT_TRANSLATE_NOOP("ValidationText", "All parts are there")},
    CheckName{"completeness", QT_TRANSLATE_NOOP("ValidationText", "Complete for its architecture")},
    CheckName{"checksums", QT_TRANSLATE_NOOP("ValidationText", "Checksums of the archive")},
    CheckName{"values", QT_TRANSLATE_NOOP("ValidationText", "Values are numbers")},
    CheckName{"hashes", QT_TRANSLATE_NOOP("ValidationText", "Hashes that others claim")},
};

QString checkName(const engine::Json& check)
{
    const std::string word = check.value("check", std::string{});
    const auto row = std::ranges::find(kCheckNames, std::string_view{word}, &CheckName::check);
    return row == kCheckNames.end() ? plainText(word) : QCoreApplication::translate("ValidationText", row->name);
}

QString tensorText(const engine::Json& tensor)
{
    const auto count = [&](const char* field) { return countText(tensor.value(field, std::uint64_t{0})); };
    if (tensor.value("is_all_zero", false))
        return ValidationText::tr("%1: all values are zero", "tensor").arg(textIn(tensor, "name"));
    return ValidationText::tr("%1: %2 NaN, %3 infinite", "tensor, number, number")
        .arg(textIn(tensor, "name"), count("nan_count"), count("inf_count"));
}

} // namespace

ValidationView validationView(const engine::Json& answer)
{
    ValidationView view{
        .modelId = textIn(answer, "model_id"), .isValid = answer.value("is_valid", false), .checks = {}, .tensors = {}};
    for (const engine::Json& check : answer.value("checks", engine::Json::array()))
        view.checks.append({checkName(check), checkStatus(textIn(check, "status")), textIn(check, "detail")});
    for (const engine::Json& tensor : answer.value("tensors_with_problems", engine::Json::array()))
        view.tensors.append(tensorText(tensor));
    return view;
}

} // namespace weightroom::ui
