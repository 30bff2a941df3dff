// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"

#include <QList>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <optional>

namespace weightroom::ui {

/// One thing that somebody says about a model. All texts are safe to show.
struct DetailField {
    QString label; ///< "Trigger words"
    QString value;
    QString source; ///< who says so: "hat.civitai.info"
    QStringList alternatives; ///< what others say: "Hats (hat.json)"

    friend bool operator==(const DetailField&, const DetailField&) = default;
};

/// A field that another program keeps about a model.
struct SidecarField {
    QString name; ///< "trigger_words", as the operations call it
    QVariant value; ///< a text, a list of texts, a number or a truth; invalid: the file does not say
};

/// A file of another program into which the user's notes about a model can be written.
struct SidecarTarget {
    QString dialect; ///< "a1111"
    QString fileName; ///< safe to show
    bool exists = false; ///< false: it is made
    QList<SidecarField> fields; ///< that can be written
};

/// What is to be written into such a file; an invalid or empty value takes the field out.
struct SidecarChange {
    QString modelId;
    QString dialect;
    QList<SidecarField> fields; ///< that change
};

/// What headers and sidecars say about a model, as model.get_model_metadata answers.
struct ModelDetails {
    QString modelId;
    QList<DetailField> fields; ///< in the order in which people look for them
    QStringList problems; ///< sidecars that could not be read
    QList<SidecarTarget> sidecars; ///< that can be written
};

enum class Verdict : quint8 { None = 0, Incompatible, Perhaps, Compatible };

/// Another model, and how it goes with the selected one.
struct MatchView {
    QString modelId;
    QString kind; ///< as shown
    QString name;
    Verdict verdict = Verdict::None;
    QString reason; ///< a sentence
    QString detail; ///< the engine's, in English

    friend bool operator==(const MatchView&, const MatchView&) = default;
};

/// What a model works with, and what it needs beside itself.
struct CompatibilityView {
    QString modelId;
    QList<MatchView> matches; ///< by kind, the better ones first
    QStringList needs; ///< sentences
    QStringList devices; ///< sentences: whether it fits, one for each device
};

/// Whose layout a folder has.
struct LayoutView {
    QString title; ///< "ComfyUI"; empty: none that is known
    int directories = 0; ///< with models, in and outside of it
};

/// What a deletion would do, as its dry run answers.
struct DeletionView {
    QString modelId;
    QStringList files;
    QStringList kept; ///< sentences: which file stays, and why
    QString inMemory; ///< "HOST_0, cache"; empty: it is not in memory
    quint64 bytes = 0;
};

enum class CheckStatus : quint8 { None = 0, Passed, Warning, Failed, Skipped };

struct CheckView {
    QString name;
    CheckStatus status = CheckStatus::None;
    QString finding; ///< a sentence
    QString detail; ///< the engine's, in English
};

/// How thoroughly a model is checked.
enum class ValueCheck : quint8 {
    None = 0, ///< header, places, completeness: reads no tensor
    Every ///< reads the whole file: values and hashes too
};

/// The outcome of a validation.
struct ValidationView {
    QString modelId;
    bool isValid = false;
    QList<CheckView> checks;
    QStringList tensors; ///< with values that are no numbers: "name: 3 NaN, 0 infinite"
};

/// What a conversion is asked to make.
struct ConversionRequest {
    QString modelId;
    QByteArray outputPath; ///< as the system knows it
    QString format; ///< "safetensors" or "diffusers"
    QString precision; ///< "keep", "fp16", …
    bool dropsEma = true;
};

/// What the user says about a model; what is absent stays.
struct NotesChange {
    std::optional<QStringList> tags;
    std::optional<QString> notes;
    std::optional<bool> isFavorite;
    std::optional<bool> isPinned; ///< never leaves the RAM cache to make room
    std::optional<QString> modelType; ///< a word of the answers, or "detected"
    std::optional<QString> architecture; ///< likewise
    std::optional<QString> prediction; ///< likewise
    std::optional<QString> weightsVariant; ///< of a pipeline, or "default"
    std::optional<QString> precision; ///< that it is loaded in, or "by_level"
    std::optional<qint64> keepAliveSeconds; ///< or kKeepForEver
};

} // namespace weightroom::ui
