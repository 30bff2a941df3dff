// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/validation_text.h"

#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/text/placeholders.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

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

struct FindingText {
    std::string_view word;
    const char* sentence; ///< with {placeholders}: the counts and names of the finding
};
constexpr std::array kFindings{
    FindingText{"not_asked_for", QT_TRANSLATE_NOOP("ValidationText", "Not asked for: it reads the whole file.")},
    FindingText{"structure_broken", QT_TRANSLATE_NOOP("ValidationText", "The file's structure is broken.")},
    FindingText{"tensors_fill_file",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors: {tensors}. They fill the file, without a gap or an overlap.")},
    FindingText{"tensors_fill_padded_file",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors: {tensors}. They fill the file but for padding.")},
    FindingText{"tensors_in_storages",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors: {tensors}. Each lies inside its storage.")},
    FindingText{
        "tensors_in_files", QT_TRANSLATE_NOOP("ValidationText", "Tensors: {tensors}. Each lies inside its file.")},
    FindingText{"truncated_file", QT_TRANSLATE_NOOP("ValidationText", "The end of {names} is missing.")},
    FindingText{"missing_file", QT_TRANSLATE_NOOP("ValidationText", "A file is missing in {names}.")},
    FindingText{"unknown_format", QT_TRANSLATE_NOOP("ValidationText", "{names} is no model file that is known.")},
    FindingText{
        "unsafe_pickle", QT_TRANSLATE_NOOP("ValidationText", "{names} would execute code, and is not read further.")},
    FindingText{"malformed", QT_TRANSLATE_NOOP("ValidationText", "{names} is damaged.")},
    FindingText{"all_there", QT_TRANSLATE_NOOP("ValidationText", "Every tensor of {names} is there.")},
    FindingText{"missing_tensors",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors that are missing: {missing}. The first: {names}")},
    FindingText{"extra_tensors",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors that do not belong to it: {extra}. The first: {names}")},
    FindingText{"unknown_architecture", QT_TRANSLATE_NOOP("ValidationText", "Its architecture is not known.")},
    FindingText{"all_numbers", QT_TRANSLATE_NOOP("ValidationText", "All {elements} values are numbers.")},
    FindingText{"nan_found",
        QT_TRANSLATE_NOOP("ValidationText", "Of {elements} values, {nan} are no numbers and {infinite} infinite.")},
    FindingText{
        "infinite_found", QT_TRANSLATE_NOOP("ValidationText", "Of {elements} values, {infinite} are infinite.")},
    FindingText{"all_zero", QT_TRANSLATE_NOOP("ValidationText", "Tensors of nothing but zeros: {zero_tensors}.")},
    FindingText{"unknown_values",
        QT_TRANSLATE_NOOP("ValidationText", "Tensors whose values cannot be computed: {unknown_tensors}.")},
    FindingText{"no_checksums", QT_TRANSLATE_NOOP("ValidationText", "The format has no checksums.")},
    FindingText{
        "checksums_equal", QT_TRANSLATE_NOOP("ValidationText", "Entries of the archive: {entries}, all whole.")},
    FindingText{"checksums_differ",
        QT_TRANSLATE_NOOP(
            "ValidationText", "Entries of the archive: {entries}, damaged: {damaged}. The first: {names}")},
    FindingText{"no_claim", QT_TRANSLATE_NOOP("ValidationText", "Nobody claims a hash.")},
    FindingText{
        "several_files", QT_TRANSLATE_NOOP("ValidationText", "Files: {files}. Hashes are claimed for single ones.")},
    FindingText{"hashes_equal", QT_TRANSLATE_NOOP("ValidationText", "Hashes that were compared: {hashes}, all equal.")},
    FindingText{
        "hashes_differ", QT_TRANSLATE_NOOP("ValidationText", "Hashes that differ: {differing}. They are {names}")},
    FindingText{"hashes_not_computed",
        QT_TRANSLATE_NOOP("ValidationText", "Only hashes are claimed that Weightroom does not compute.")},
};

/// What a check has found, in the user's language; what is not known here stays as the engine says it, in English.
QString findingText(const engine::Json& check)
{
    const QString detail = textIn(check, "detail");
    const std::string word = check.value("finding", std::string{});
    const auto row = std::ranges::find(kFindings, std::string_view{word}, &FindingText::word);
    if (row == kFindings.end())
        return detail;
    PlaceholderValues values{{QStringLiteral("names"), listText(check.value("names", engine::Json::array()))}};
    const engine::Json counts = check.value("counts", engine::Json::object()); // items() only borrows it
    for (const auto& [name, count] : counts.items())
        values.insert(QString::fromStdString(name), countText(count.is_number_integer() ? count.get<quint64>() : 0));
    const QString sentence = filledTemplate(QCoreApplication::translate("ValidationText", row->sentence), values);
    return sentence.isEmpty() ? detail : sentence;
}

} // namespace

ValidationView validationView(const engine::Json& answer)
{
    ValidationView view{
        .modelId = textIn(answer, "model_id"), .isValid = answer.value("is_valid", false), .checks = {}, .tensors = {}};
    for (const engine::Json& check : answer.value("checks", engine::Json::array()))
        view.checks.append(
            {checkName(check), checkStatus(textIn(check, "status")), findingText(check), textIn(check, "detail")});
    for (const engine::Json& tensor : answer.value("tensors_with_problems", engine::Json::array()))
        view.tensors.append(tensorText(tensor));
    return view;
}

} // namespace weightroom::ui
