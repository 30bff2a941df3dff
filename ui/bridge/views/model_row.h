// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"
#include "ui/bridge/views/feature_view.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>

#include <algorithm>
#include <memory>
#include <optional>

namespace weightroom::ui {

enum class ModelKind : quint8 {
    Unknown = 0,
    Checkpoint,
    DiffusionModel,
    Lora,
    Controlnet,
    Vae,
    TextEncoder,
    T2iAdapter,
    IpAdapter,
    ClipVision,
    TextualInversion,
    Upscaler,
    Hypernetwork,
    MotionModule,
};
enum class ComponentKind : quint8 { Other = 0, Unet, Vae, Encoder, Lora, Controlnet, Embedding, Adapter, Upscaler };

/// A component of a model as it lies in the file.
struct ComponentFacts {
    QString id;
    ComponentKind kind = ComponentKind::Other;
    quint64 bytes = 0;
    quint64 tensorCount = 0;

    friend bool operator==(const ComponentFacts&, const ComponentFacts&) = default;
};

/// What a look at the whole library shows about a model. None of them is an error.
enum class Finding : quint8 {
    None = 0,
    Duplicate, ///< another model may hold the same tensors
    Misplaced, ///< lies in the folder of another kind
    Incomplete, ///< tensors are missing that its architecture has
    Unrecognised, ///< no rule recognises it
    Unusable, ///< it cannot be read
};

/// What is known about a model and does not change while its file does not. All texts are safe to show (plainText()).
struct ModelFacts {
    QString id;
    QString name;
    QString path;
    QByteArray systemPath; ///< as the system knows it
    ModelKind kind = ModelKind::Unknown;
    QString architecture; ///< as shown: "SDXL"; empty when unknown
    QString architectureId; ///< the word of the answers: "sdxl", "unknown"
    QString variant; ///< of a LoRA also its rank
    QString precision; ///< as shown: "fp16"; empty when unknown
    QString quantization; ///< as shown: "nf4"; mostly empty
    QString prediction; ///< as shown: "v_prediction"; empty when unknown
    QStringList weightsVariants; ///< of a pipeline, that can be chosen beside the preferred weights: "fp16"
    quint64 fileBytes = 0;
    quint64 componentBytes = 0; ///< what a load takes, without alignment
    quint64 parameters = 0;
    quint64 tensorCount = 0;
    double confidence = 0; ///< of the identification, 0 … 1
    QList<ComponentFacts> components;
    QStringList evidence; ///< why the identification says what it says
    QStringList remarks; ///< sentences: what is missing, what else it is than an image model, what is left open
    QList<Finding> findings; ///< that the model's file alone tells
    std::optional<ErrorView> problem; ///< why the model cannot be used
    QString searchText; ///< name, path and architecture, case-folded
};

/// Where the weights of a model are. The order is that of usefulness, and the one by which the column sorts.
enum class ModelCondition : quint8 { Unknown = 0, Loaded, Loading, Cached, PartlyCached, OnDisk, Unusable };

/// What the numbers of a model have lost where a load has converted them.
struct ConversionLoss {
    QString device;
    quint64 tensors = 0;
    quint64 storedBytes = 0;
    quint64 loadedBytes = 0; ///< of the same tensors, on the device
    double largestError = 0;
    double meanError = 0;
    quint64 overflowed = 0; ///< numbers that the type cannot hold

    friend bool operator==(const ConversionLoss&, const ConversionLoss&) = default;
};

/// What changes about a model while the program runs.
struct ModelStatus {
    ModelCondition condition = ModelCondition::Unknown;
    QStringList loadedOn; ///< devices that hold components of it
    QMap<QString, QDateTime> loadedUntil{}; ///< when devices give it back, in whole seconds; not those where it stays
    QList<ConversionLoss> conversions{}; ///< for each device where anything of it was converted
    QString loadingOn; ///< empty when it is not being loaded
    QStringList cachedComponents;
    QList<std::pair<QString, QString>> loadedComponents; ///< component, device
    quint64 loadedBytes = 0; ///< on all devices together

    friend bool operator==(const ModelStatus&, const ModelStatus&) = default;
};

/// In place of a number of seconds: until somebody unloads it.
inline constexpr qint64 kKeepForEver = -1;

/// What the user says about a model. Shared, and replaced as a whole.
struct ModelNotes {
    QStringList tags{}; ///< safe to show
    QString notes{};
    bool isFavorite = false;
    bool isPinned = false; ///< never leaves the RAM cache to make room
    ModelKind kind = ModelKind::Unknown; ///< overrides the detection; Unknown: does not
    QString architectureId{}; ///< "sdxl"; empty: not overridden, as the others
    QString architecture{}; ///< as shown
    QString prediction{}; ///< the word of the answers, which is also shown
    QString weightsVariant{}; ///< likewise; of a pipeline
    QString precision{}; ///< likewise; that it is loaded in
    qint64 keepAliveSeconds = kKeepForEver; ///< how long it stays on a device after a load

    friend bool operator==(const ModelNotes&, const ModelNotes&) = default;
};

/// One row of the library. The facts are shared: thousands of rows are taken over 20 times a second without copying
/// texts.
struct ModelRow {
    std::shared_ptr<const ModelFacts> facts; ///< never null
    ModelStatus status;
    std::shared_ptr<const ModelNotes> notes{}; ///< nullptr: nothing was said
    QList<Finding> findings{}; ///< those of the facts, and what only the whole library tells

    [[nodiscard]] bool isUsable() const { return !facts->problem.has_value(); }
    [[nodiscard]] bool isFavorite() const { return notes && notes->isFavorite; }
    [[nodiscard]] bool isPinned() const { return notes && notes->isPinned; }
    /// What it is taken for: what the user says where they say it, else what was detected.
    [[nodiscard]] ModelKind kind() const
    {
        return notes && notes->kind != ModelKind::Unknown ? notes->kind : facts->kind;
    }
    [[nodiscard]] const QString& architecture() const
    {
        return notes && !notes->architectureId.isEmpty() ? notes->architecture : facts->architecture;
    }
    [[nodiscard]] const QString& prediction() const
    {
        return notes && !notes->prediction.isEmpty() ? notes->prediction : facts->prediction;
    }
    /// Facts and notes by identity: they never change.
    friend bool operator==(const ModelRow&, const ModelRow&) = default;
};

/// A configured folder. The bytes are the path as the system knows it; the text is for showing.
struct FolderView {
    QByteArray path;
    QString text;
    std::optional<ErrorView> problem; ///< of the last scan
    QString watchText{}; ///< how changes there are noticed, a sentence; empty: nobody watches
    QString watchDetail{}; ///< the engine's, in English

    friend bool operator==(const FolderView&, const FolderView&) = default;
};

/// Another program that is connected, and uses weights or wants to.
struct ConsumerView {
    QString name; ///< "ComfyUI (process 4711)", safe to show
    QStringList domains; ///< what it wants to be offered weights for: the engine's words, "inference"

    friend bool operator==(const ConsumerView&, const ConsumerView&) = default;
};

/// The library as a whole.
struct LibraryView {
    QList<ModelRow> models; ///< in the engine's order, by path
    QList<FolderView> folders;
    QList<ErrorView> folderProblems; ///< folders below the configured ones that could not be read
    quint64 bytesOnDisk = 0;
    bool wasScanned = false; ///< false: nobody knows yet what is there
    std::optional<ErrorView> catalogProblem; ///< why the catalogue is not kept for the next start
    QList<FallenBackView> fallenBack; ///< in the engine's order
    quint64 lastDeletion = 0; ///< the newest one that can be undone; 0: none
    QString lastDeleted; ///< the name of its model
    quint64 filesHashed = 0; ///< in idle time
    QList<ConsumerView> consumers{};
    quint64 filesToHash = 0; ///< with those that are hashed; 0: nobody does that

    /// Of a model; the id itself where it is not there any more.
    [[nodiscard]] QString nameOf(const QString& modelId) const
    {
        const auto row = std::ranges::find(models, modelId, [](const ModelRow& model) { return model.facts->id; });
        return row == models.end() ? modelId : row->facts->name;
    }
};

} // namespace weightroom::ui
