// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/details_text.h"

#include "ui/bridge/model_facts.h"
#include "ui/bridge/model_text.h"
#include "ui/bridge/plain_text.h"
#include "ui/bridge/units.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace weightroom::ui {
namespace {

struct DetailsText {
    Q_DECLARE_TR_FUNCTIONS(DetailsText)
};

struct FieldLabel {
    std::string_view group;
    std::string_view field;
    const char* label;
};

/// In the order in which people look for them; what is not here is of use to programs only.
constexpr std::array kFields{
    FieldLabel{"fields", "title", QT_TRANSLATE_NOOP("DetailsText", "Title")},
    FieldLabel{"fields", "version", QT_TRANSLATE_NOOP("DetailsText", "Version")},
    FieldLabel{"fields", "trigger_words", QT_TRANSLATE_NOOP("DetailsText", "Trigger words")},
    FieldLabel{"fields", "preferred_weight", QT_TRANSLATE_NOOP("DetailsText", "Preferred weight")},
    FieldLabel{"fields", "negative_text", QT_TRANSLATE_NOOP("DetailsText", "Negative prompt")},
    FieldLabel{"fields", "usage_hint", QT_TRANSLATE_NOOP("DetailsText", "Hint")},
    FieldLabel{"fields", "base_model", QT_TRANSLATE_NOOP("DetailsText", "Base model")},
    FieldLabel{"fields", "author", QT_TRANSLATE_NOOP("DetailsText", "Author")},
    FieldLabel{"fields", "license", QT_TRANSLATE_NOOP("DetailsText", "Licence")},
    FieldLabel{"fields", "allow_commercial_use", QT_TRANSLATE_NOOP("DetailsText", "Commercial use")},
    FieldLabel{"fields", "tags", QT_TRANSLATE_NOOP("DetailsText", "Tags of others")},
    FieldLabel{"fields", "description", QT_TRANSLATE_NOOP("DetailsText", "Description")},
    FieldLabel{"fields", "version_description", QT_TRANSLATE_NOOP("DetailsText", "About this version")},
    FieldLabel{"fields", "notes", QT_TRANSLATE_NOOP("DetailsText", "Notes of others")},
    FieldLabel{"fields", "resolution", QT_TRANSLATE_NOOP("DetailsText", "Resolution")},
    FieldLabel{"fields", "vae", QT_TRANSLATE_NOOP("DetailsText", "VAE")},
    FieldLabel{"fields", "merged_from", QT_TRANSLATE_NOOP("DetailsText", "Merged from")},
    FieldLabel{"fields", "date", QT_TRANSLATE_NOOP("DetailsText", "Date")},
    FieldLabel{"fields", "source_url", QT_TRANSLATE_NOOP("DetailsText", "Page")},
    FieldLabel{"training", "network_module", QT_TRANSLATE_NOOP("DetailsText", "Network")},
    FieldLabel{"training", "network_dim", QT_TRANSLATE_NOOP("DetailsText", "Rank")},
    FieldLabel{"training", "network_alpha", QT_TRANSLATE_NOOP("DetailsText", "Alpha")},
    FieldLabel{"training", "base_model_name", QT_TRANSLATE_NOOP("DetailsText", "Trained on")},
    FieldLabel{"training", "training_resolution", QT_TRANSLATE_NOOP("DetailsText", "Training resolution")},
    FieldLabel{"training", "clip_skip", QT_TRANSLATE_NOOP("DetailsText", "Clip skip")},
    FieldLabel{"training", "steps", QT_TRANSLATE_NOOP("DetailsText", "Steps")},
    FieldLabel{"training", "epoch", QT_TRANSLATE_NOOP("DetailsText", "Epochs")},
    FieldLabel{"training", "image_count", QT_TRANSLATE_NOOP("DetailsText", "Images")},
    FieldLabel{"training", "learning_rate", QT_TRANSLATE_NOOP("DetailsText", "Learning rate")},
    FieldLabel{"training", "optimizer", QT_TRANSLATE_NOOP("DetailsText", "Optimizer")},
    FieldLabel{"training", "tag_frequency", QT_TRANSLATE_NOOP("DetailsText", "Most frequent tags")},
    FieldLabel{"hashes", "sha256", QT_TRANSLATE_NOOP("DetailsText", "SHA-256 (claimed)")},
    FieldLabel{"hashes", "autov2", QT_TRANSLATE_NOOP("DetailsText", "AutoV2 (claimed)")},
    FieldLabel{"hashes", "autov3", QT_TRANSLATE_NOOP("DetailsText", "AutoV3 (claimed)")},
};

/// More is read in the file itself.
constexpr qsizetype kLongestValue = 4000;
constexpr std::size_t kMostListed = 40;

/// Descriptions of websites are HTML. Nothing of it is rendered: the tags go, and what stands between them is text.
/// Only tags of HTML are taken for such: "<lora:hat:0.8>" is what people type.
QString withoutMarkup(QString text)
{
    static const QRegularExpression breaks(
        QStringLiteral("<(?:br\\s*/?|/p|/li|/h[1-6]|/div)\\s*>"), QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression tags(
        QStringLiteral("</?(?:p|br|a|b|i|u|s|em|strong|span|div|ul|ol|li|h[1-6]|img|hr|code|pre|blockquote|table|tbody|"
                       "thead|tr|td|th|font|center|sub|sup)(?:\\s[^<>]*)?/?>"),
        QRegularExpression::CaseInsensitiveOption);
    text.replace(breaks, QStringLiteral("\n")).remove(tags);
    constexpr std::array<std::pair<const char*, const char*>, 6> kEntities{
        std::pair{"&nbsp;", " "}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    for (const auto& [entity, character] : kEntities)
        text.replace(QLatin1String(entity), QLatin1String(character));
    return text;
}

QString textIn(const engine::Json& object, const char* field)
{
    const auto value = object.find(field);
    return value != object.end() && value->is_string() ? plainText(value->get<std::string>()) : QString();
}

QString valueText(const engine::Json& value);

QString listText(const engine::Json& list)
{
    QStringList parts;
    for (const engine::Json& entry : list) {
        if (static_cast<std::size_t>(parts.size()) == kMostListed) {
            parts.append(QStringLiteral("\u2026"));
            break;
        }
        parts.append(entry.is_object() && entry.contains("tag") ? textIn(entry, "tag") : valueText(entry));
    }
    return parts.join(QStringLiteral(", "));
}

/// Line breaks stay, as people write them; every other control character is shown.
QString linesText(const std::string& text)
{
    QStringList lines = withoutMarkup(QString::fromStdString(text)).split(QLatin1Char('\n'));
    for (QString& line : lines)
        line = plainText(line.endsWith(QLatin1Char('\r')) ? line.chopped(1) : line);
    return lines.join(QLatin1Char('\n')).trimmed();
}

QString valueText(const engine::Json& value)
{
    QString text;
    if (value.is_string())
        text = linesText(value.get<std::string>());
    else if (value.is_array())
        text = listText(value);
    else if (value.is_boolean())
        text = value.get<bool>() ? DetailsText::tr("yes", "a value") : DetailsText::tr("no", "a value");
    else if (!value.is_null())
        text = plainText(value.dump(-1, ' ', false, engine::Json::error_handler_t::replace));
    return text.size() > kLongestValue ? text.left(kLongestValue) + QStringLiteral("\u2026") : text;
}

std::optional<DetailField> fieldFrom(const engine::Json& answer, const FieldLabel& row)
{
    const auto group = answer.find(row.group);
    if (group == answer.end() || !group->is_object() || !group->contains(row.field))
        return std::nullopt;
    const engine::Json& entry = group->at(std::string{row.field});
    DetailField field{.label = QCoreApplication::translate("DetailsText", row.label),
        .value = valueText(entry.value("value", engine::Json())),
        .source = textIn(entry, "source"),
        .alternatives = {}};
    for (const engine::Json& other : entry.value("alternatives", engine::Json::array()))
        field.alternatives.append(DetailsText::tr("%1 says: %2", "source, value")
                                      .arg(textIn(other, "source"), valueText(other.value("value", engine::Json()))));
    return field.value.isEmpty() ? std::nullopt : std::optional(field);
}

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
        return DetailsText::tr("%1: another model needs it", "path").arg(path);
    if (reason == QLatin1String("own_model"))
        return DetailsText::tr("%1: it is a model of its own", "path").arg(path);
    if (reason == QLatin1String("link_target"))
        return DetailsText::tr("%1: the model is only a link to it", "path").arg(path);
    if (reason == QLatin1String("other_content"))
        return DetailsText::tr("%1: other models lie in this folder", "path").arg(path);
    return path;
}

struct ReasonText {
    std::string_view reason;
    const char* sentence;
};
constexpr std::array kReasons{
    ReasonText{"same_architecture", QT_TRANSLATE_NOOP("DetailsText", "Same architecture")},
    ReasonText{"same_variant", QT_TRANSLATE_NOOP("DetailsText", "Same architecture, and the size that it is made for")},
    ReasonText{"other_architecture", QT_TRANSLATE_NOOP("DetailsText", "Another architecture")},
    ReasonText{"other_variant", QT_TRANSLATE_NOOP("DetailsText", "Same architecture in another size")},
    ReasonText{"variant_unknown",
        QT_TRANSLATE_NOOP("DetailsText", "Same architecture, which comes in several sizes: which one is not known")},
    ReasonText{"reduced_model", QT_TRANSLATE_NOOP("DetailsText", "A model with fewer layers: a part has no effect")},
    ReasonText{"related_architecture", QT_TRANSLATE_NOOP("DetailsText", "A related architecture: most of it fits")},
    ReasonText{"among_candidates", QT_TRANSLATE_NOOP("DetailsText", "Its structure fits this one among others")},
    ReasonText{"not_among_candidates", QT_TRANSLATE_NOOP("DetailsText", "Its structure does not fit")},
    ReasonText{"base_unknown", QT_TRANSLATE_NOOP("DetailsText", "What it belongs to is not known")},
    ReasonText{"same_latents", QT_TRANSLATE_NOOP("DetailsText", "Works in the same latents")},
    ReasonText{"other_latents", QT_TRANSLATE_NOOP("DetailsText", "Works in other latents")},
    ReasonText{"other_latent_channels", QT_TRANSLATE_NOOP("DetailsText", "Works in latents with other channels")},
    ReasonText{"only_half", QT_TRANSLATE_NOOP("DetailsText", "Can only decode or only encode")},
    ReasonText{"used_encoder", QT_TRANSLATE_NOOP("DetailsText", "An encoder that the model uses")},
    ReasonText{"unused_encoder", QT_TRANSLATE_NOOP("DetailsText", "An encoder that the model does not use")},
    ReasonText{"other_encoder_size", QT_TRANSLATE_NOOP("DetailsText", "An encoder of another size")},
};

QString reasonText(const QString& word)
{
    const auto row = std::ranges::find_if(
        kReasons, [&](const ReasonText& text) { return word == QLatin1String(text.reason.data()); });
    return row == kReasons.end() ? word : QCoreApplication::translate("DetailsText", row->sentence);
}

Verdict verdictOf(const QString& word)
{
    if (word == QLatin1String("compatible"))
        return Verdict::Compatible;
    return word == QLatin1String("perhaps") ? Verdict::Perhaps : Verdict::Incompatible;
}

/// "It needs a VAE (flux); the library has: ae, ae-fp16."
QString needText(const engine::Json& need)
{
    QStringList names;
    for (const engine::Json& candidate : need.value("candidates", engine::Json::array()))
        names.append(textIn(candidate, "name"));
    QString what = kindText(kindFromId(textIn(need, "model_type")));
    const QString architectures = listText(need.value("architectures", engine::Json::array()));
    if (!architectures.isEmpty())
        what = DetailsText::tr("%1 (%2)", "kind, architectures").arg(what, architectures);
    if (names.isEmpty())
        return need.value("is_optional", false)
            ? DetailsText::tr("It can use another part: %1. The library has none.", "kind").arg(what)
            : DetailsText::tr("It needs another part: %1. The library has none.", "kind").arg(what);
    constexpr qsizetype kMostNames = 3;
    const QString list = names.mid(0, kMostNames).join(QStringLiteral(", "));
    return DetailsText::tr(
        "It needs another part: %1. The library has %n: %2.", "kind, names", static_cast<int>(names.size()))
        .arg(what, names.size() > kMostNames ? list + QStringLiteral(", \u2026") : list);
}

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
    CheckName{"structure", QT_TRANSLATE_NOOP("DetailsText", "Structure of the file")},
    CheckName{"shards", QT_TRANSLATE_NOOP("DetailsText", "All parts are there")},
    CheckName{"completeness", QT_TRANSLATE_NOOP("DetailsText", "Complete for its architecture")},
    CheckName{"checksums", QT_TRANSLATE_NOOP("DetailsText", "Checksums of the archive")},
    CheckName{"values", QT_TRANSLATE_NOOP("DetailsText", "Values are numbers")},
    CheckName{"hashes", QT_TRANSLATE_NOOP("DetailsText", "Hashes that others claim")},
};

QString checkName(const engine::Json& check)
{
    const std::string word = check.value("check", std::string{});
    const auto row = std::ranges::find(kCheckNames, std::string_view{word}, &CheckName::check);
    return row == kCheckNames.end() ? plainText(word) : QCoreApplication::translate("DetailsText", row->name);
}

QString tensorText(const engine::Json& tensor)
{
    const auto count = [&](const char* field) { return countText(tensor.value(field, std::uint64_t{0})); };
    if (tensor.value("is_all_zero", false))
        return DetailsText::tr("%1: all values are zero", "tensor").arg(textIn(tensor, "name"));
    return DetailsText::tr("%1: %2 NaN, %3 infinite", "tensor, number, number")
        .arg(textIn(tensor, "name"), count("nan_count"), count("inf_count"));
}

} // namespace

ModelDetails modelDetails(const engine::Json& answer)
{
    ModelDetails details{.modelId = textIn(answer, "model_id"), .fields = {}, .problems = {}};
    for (const FieldLabel& row : kFields) {
        if (auto field = fieldFrom(answer, row))
            details.fields.append(std::move(*field));
    }
    for (const engine::Json& sidecar : answer.value("sidecars", engine::Json::array())) {
        if (!sidecar.value("problem", engine::Json()).is_null())
            details.problems.append(
                DetailsText::tr("%1 cannot be read.", "path of a file beside a model").arg(textIn(sidecar, "path")));
    }
    return details;
}

CompatibilityView compatibilityView(const engine::Json& answer)
{
    CompatibilityView view{.modelId = textIn(answer, "model_id"), .matches = {}, .needs = {}};
    for (const engine::Json& match : answer.value("works_with", engine::Json::array())) {
        view.matches.append({.modelId = textIn(match, "model_id"),
            .kind = kindText(kindFromId(textIn(match, "model_type"))),
            .name = textIn(match, "name"),
            .verdict = verdictOf(textIn(match, "verdict")),
            .reason = reasonText(textIn(match, "reason")),
            .detail = textIn(match, "detail")});
    }
    for (const engine::Json& need : answer.value("needs", engine::Json::array()))
        view.needs.append(needText(need));
    return view;
}

LayoutView layoutView(const engine::Json& answer)
{
    return {.title = textIn(answer, "title"),
        .directories = static_cast<int>(answer.value("directories", engine::Json::array()).size())};
}

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
