// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/details_text.h"

#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/conversion/sidecar_values.h"

#include <QCoreApplication>

#include <array>
#include <optional>
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

struct HashLabel {
    std::string_view algorithm;
    const char* label;
};

/// What websites and programs compare; the hash of the tensors alone is of use to programs only.
constexpr std::array kHashes{
    HashLabel{"sha256", QT_TRANSLATE_NOOP("DetailsText", "SHA-256")},
    HashLabel{"autov1", QT_TRANSLATE_NOOP("DetailsText", "AutoV1")},
    HashLabel{"autov2", QT_TRANSLATE_NOOP("DetailsText", "AutoV2")},
    HashLabel{"autov3", QT_TRANSLATE_NOOP("DetailsText", "AutoV3")},
    HashLabel{"crc32", QT_TRANSLATE_NOOP("DetailsText", "CRC32")},
};

std::optional<DetailField> hashField(const engine::Json& file, const HashLabel& row)
{
    for (const engine::Json& hash : file.value("hashes", engine::Json::array())) {
        if (hash.value("algorithm", std::string{}) != row.algorithm)
            continue;
        const bool isComputed = hash.value("source", std::string{}) == "computed";
        return DetailField{.label = QCoreApplication::translate("DetailsText", row.label),
            .value = textIn(hash, "value"),
            .source = isComputed ? DetailsText::tr("Weightroom, which read the file", "source of a hash")
                                 : DetailsText::tr("the name of the blob in the hub's cache", "source of a hash"),
            .alternatives = {}};
    }
    return std::nullopt;
}

/// Of a model in one file: a list for each of twenty shards helps nobody.
QList<DetailField> hashFields(const engine::Json& answer)
{
    QList<DetailField> fields;
    const engine::Json files = answer.value("known_hashes", engine::Json::array());
    if (files.size() != 1)
        return fields;
    for (const HashLabel& row : kHashes) {
        if (auto field = hashField(files.front(), row))
            fields.append(std::move(*field));
    }
    return fields;
}

} // namespace

ModelDetails modelDetails(const engine::Json& answer)
{
    ModelDetails details{.modelId = textIn(answer, "model_id"), .fields = {}, .problems = {}, .sidecars = sidecarTargets(answer)};
    for (const FieldLabel& row : kFields) {
        if (auto field = fieldFrom(answer, row))
            details.fields.append(std::move(*field));
    }
    details.fields.append(hashFields(answer));
    for (const engine::Json& sidecar : answer.value("sidecars", engine::Json::array())) {
        if (!sidecar.value("problem", engine::Json()).is_null())
            details.problems.append(
                DetailsText::tr("%1 cannot be read.", "path of a file beside a model").arg(textIn(sidecar, "path")));
    }
    return details;
}

LayoutView layoutView(const engine::Json& answer)
{
    return {.title = textIn(answer, "title"),
        .directories = static_cast<int>(answer.value("directories", engine::Json::array()).size())};
}

} // namespace weightroom::ui
