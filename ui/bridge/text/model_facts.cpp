// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/model_facts.h"

#include "model_engine/catalog/layouts/findings.h"
#include "ui/bridge/text/architecture_name.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QStringBuilder>

#include <algorithm>
#include <array>
#include <iterator>

namespace weightroom::ui {
namespace {

struct FactsText {
    Q_DECLARE_TR_FUNCTIONS(FactsText)
};

template <class From, class To>
struct Pair {
    From from;
    To to;
};

using KindPair = Pair<engine::ModelKind, ModelKind>;
constexpr std::array kKinds{
    KindPair{engine::ModelKind::Unknown, ModelKind::Unknown},
    KindPair{engine::ModelKind::Checkpoint, ModelKind::Checkpoint},
    KindPair{engine::ModelKind::DiffusionModel, ModelKind::DiffusionModel},
    KindPair{engine::ModelKind::Lora, ModelKind::Lora},
    KindPair{engine::ModelKind::Controlnet, ModelKind::Controlnet},
    KindPair{engine::ModelKind::Vae, ModelKind::Vae},
    KindPair{engine::ModelKind::TextEncoder, ModelKind::TextEncoder},
    KindPair{engine::ModelKind::T2iAdapter, ModelKind::T2iAdapter},
    KindPair{engine::ModelKind::IpAdapter, ModelKind::IpAdapter},
    KindPair{engine::ModelKind::ClipVision, ModelKind::ClipVision},
    KindPair{engine::ModelKind::TextualInversion, ModelKind::TextualInversion},
    KindPair{engine::ModelKind::Upscaler, ModelKind::Upscaler},
    KindPair{engine::ModelKind::Hypernetwork, ModelKind::Hypernetwork},
    KindPair{engine::ModelKind::MotionModule, ModelKind::MotionModule},
};
static_assert(kKinds.size() == static_cast<std::size_t>(engine::ModelKind::MotionModule) + 1);

using ComponentPair = Pair<engine::ComponentKind, ComponentKind>;
constexpr std::array kComponentKinds{
    ComponentPair{engine::ComponentKind::Other, ComponentKind::Other},
    ComponentPair{engine::ComponentKind::Unet, ComponentKind::Unet},
    ComponentPair{engine::ComponentKind::Vae, ComponentKind::Vae},
    ComponentPair{engine::ComponentKind::Encoder, ComponentKind::Encoder},
    ComponentPair{engine::ComponentKind::Lora, ComponentKind::Lora},
    ComponentPair{engine::ComponentKind::Controlnet, ComponentKind::Controlnet},
    ComponentPair{engine::ComponentKind::Embedding, ComponentKind::Embedding},
    ComponentPair{engine::ComponentKind::Adapter, ComponentKind::Adapter},
    ComponentPair{engine::ComponentKind::Upscaler, ComponentKind::Upscaler},
};
static_assert(kComponentKinds.size() == static_cast<std::size_t>(engine::ComponentKind::Upscaler) + 1);

/// The window's word for the engine's; the first row is for a value that is none.
template <class Rows, class From>
auto converted(const Rows& rows, From from)
{
    const auto row = std::ranges::find(rows, from, [](const auto& pair) { return pair.from; });
    return row == rows.end() ? rows.front().to : row->to;
}

QString precisionName(engine::Dtype dtype)
{
    return dtype == engine::Dtype::Unknown ? QString() : plainText(engine::toText(dtype));
}

QString predictionName(engine::PredictionType prediction)
{
    return prediction == engine::PredictionType::Unknown ? QString() : plainText(engine::toText(prediction));
}

QString evidenceText(const engine::Evidence& evidence)
{
    QString text = plainText(evidence.rule);
    if (!evidence.key.empty())
        text += QStringLiteral(": ") % plainText(evidence.key);
    if (!evidence.shape.empty())
        text += QStringLiteral(" ") % plainText(evidence.shape);
    return text;
}

ComponentFacts componentFacts(const engine::ComponentRecord& component)
{
    return {
        .id = QString::fromStdString(component.id.text),
        .kind = converted(kComponentKinds, component.kind),
        .bytes = component.size.value,
        .tensorCount = component.tensorCount,
    };
}

quint64 sumOfBytes(const QList<ComponentFacts>& components)
{
    quint64 sum = 0;
    for (const ComponentFacts& component : components)
        sum += component.bytes;
    return sum;
}

/// The variant, and for a LoRA its rank and the flavour of its base.
QString variantText(const engine::Identification& identified)
{
    QStringList parts{plainText(identified.variant), plainText(identified.baseVariant)};
    if (identified.rank)
        parts.append(FactsText::tr("rank %1", "of a LoRA").arg(countText(*identified.rank)));
    parts.removeAll(QString());
    return parts.join(QStringLiteral(", "));
}

/// Short enough for a sentence: a file may call a tensor anything.
QString firstName(const engine::TensorNameList& list)
{
    constexpr qsizetype kMostCharacters = 80;
    const QString name = list.names.empty() ? QString() : plainText(list.names.front());
    return name.size() <= kMostCharacters ? name : name.left(kMostCharacters) % u'\u2026';
}

/// Nothing for what is said elsewhere: that no rule recognised a file stands where its evidence would be.
QString remarkText(const engine::Identification& identified, engine::ModelProblem problem)
{
    switch (problem) {
    case engine::ModelProblem::None:
    case engine::ModelProblem::UnknownArchitecture:
        return {};
    case engine::ModelProblem::Llm:
        return FactsText::tr("It is a language model, not an image model.");
    case engine::ModelProblem::VideoModel:
        return FactsText::tr("It makes videos, not pictures.");
    case engine::ModelProblem::AudioModel:
        return FactsText::tr("It makes sound, not pictures.");
    case engine::ModelProblem::ShapeModel:
        return FactsText::tr("It makes 3D shapes, not pictures.");
    case engine::ModelProblem::NoImagePipeline:
        return FactsText::tr("It is known, but cannot be loaded as an image pipeline.");
    case engine::ModelProblem::MissingTensors:
        return FactsText::tr("It is incomplete. Missing tensors: %1. The first of them: %2.", "number, name")
            .arg(countText(identified.missing.count), firstName(identified.missing));
    }
    return {};
}

QString candidatesText(const engine::Identification& identified)
{
    if (identified.candidates.empty())
        return {};
    QStringList names;
    std::ranges::transform(identified.candidates, std::back_inserter(names), architectureName);
    return FactsText::tr("Its structure does not tell its base, which may be: %1.", "list of architectures")
        .arg(names.join(QStringLiteral(", ")));
}

QString extraText(const engine::Identification& identified)
{
    if (identified.extra.count == 0)
        return {};
    return FactsText::tr("Tensors that its architecture does not have: %1. The first of them: %2.", "number, name")
        .arg(countText(identified.extra.count), firstName(identified.extra));
}

QStringList remarksOf(const engine::Identification& identified)
{
    QStringList remarks;
    for (const engine::ModelProblem problem : identified.problems)
        remarks.append(remarkText(identified, problem));
    remarks.append(candidatesText(identified));
    remarks.append(extraText(identified));
    remarks.removeAll(QString());
    return remarks;
}

bool has(const engine::Identification& identified, engine::ModelProblem problem)
{
    return std::ranges::find(identified.problems, problem) != identified.problems.end();
}

QList<Finding> recordFindings(const engine::ModelRecord& record)
{
    if (record.problem)
        return {Finding::Unusable};
    QList<Finding> findings;
    for (const engine::Finding& finding : engine::findingsOf(record)) {
        if (finding.kind == engine::FindingKind::Misplaced)
            findings.append(Finding::Misplaced);
    }
    if (has(record.identified, engine::ModelProblem::MissingTensors))
        findings.append(Finding::Incomplete);
    if (has(record.identified, engine::ModelProblem::UnknownArchitecture))
        findings.append(Finding::Unrecognised);
    return findings;
}

void addProblem(ModelFacts& facts, const engine::ModelRecord& record)
{
    if (!record.problem)
        return;
    facts.problem = errorView(*record.problem);
    facts.problem->modelId = facts.id;
}

/// Each once, in the order in which they stand in the components.
QStringList weightsVariantsOf(const engine::ModelRecord& record)
{
    QStringList variants;
    for (const engine::ComponentVariants& component : record.variants) {
        for (const engine::ComponentVariants::Set& set : component.sets) {
            if (const QString name = plainText(set.variant); !name.isEmpty() && !variants.contains(name))
                variants.append(name);
        }
    }
    return variants;
}

} // namespace

ModelFacts modelFacts(const engine::ModelRecord& record)
{
    const engine::Identification& identified = record.identified;
    ModelFacts facts;
    facts.id = QString::fromStdString(record.id.text);
    facts.name = plainText(record.name);
    facts.path = pathText(record.path);
    facts.systemPath = QByteArray::fromStdString(record.path.native());
    facts.kind = converted(kKinds, identified.kind);
    facts.architecture = architectureName(identified.architecture);
    facts.architectureId = QString::fromUtf8(engine::toText(identified.architecture).data());
    facts.variant = variantText(identified);
    facts.precision = precisionName(identified.precision);
    facts.quantization = plainText(identified.quantization);
    facts.prediction = predictionName(identified.prediction);
    facts.weightsVariants = weightsVariantsOf(record);
    facts.fileBytes = record.fileSize().value;
    facts.parameters = identified.parameters;
    facts.tensorCount = identified.tensorCount;
    facts.confidence = identified.confidence;
    std::ranges::transform(identified.components, std::back_inserter(facts.components), componentFacts);
    std::ranges::transform(identified.evidence, std::back_inserter(facts.evidence), evidenceText);
    facts.remarks = remarksOf(identified);
    facts.componentBytes = sumOfBytes(facts.components);
    facts.searchText = QString(facts.name % u'\n' % facts.path % u'\n' % facts.architecture).toCaseFolded();
    facts.findings = recordFindings(record);
    addProblem(facts, record);
    return facts;
}

std::shared_ptr<const ModelNotes> modelNotes(const engine::ModelSettings& settings)
{
    auto notes = std::make_shared<ModelNotes>();
    for (const std::string& tag : settings.tags)
        notes->tags.append(plainText(tag));
    notes->notes = QString::fromStdString(settings.notes);
    notes->isFavorite = settings.isFavorite;
    notes->isPinned = settings.isPinned;
    if (settings.kind)
        notes->kind = converted(kKinds, *settings.kind);
    if (settings.architecture) {
        notes->architectureId = QString::fromUtf8(engine::toText(*settings.architecture).data());
        notes->architecture = architectureName(*settings.architecture);
    }
    if (settings.prediction)
        notes->prediction = predictionName(*settings.prediction);
    notes->weightsVariant = plainText(settings.weightsVariant);
    notes->precision = QString::fromUtf8(engine::toText(settings.precision).data());
    static_assert(kKeepForEver == engine::kKeepForEver.count());
    notes->keepAliveSeconds = settings.keepAlive.count();
    return notes;
}

QString kindId(ModelKind kind)
{
    const auto row = std::ranges::find(kKinds, kind, &KindPair::to);
    return QString::fromUtf8(engine::toText(row == kKinds.end() ? engine::ModelKind::Unknown : row->from).data());
}

ModelKind kindFromId(const QString& word)
{
    return converted(kKinds, engine::modelKindFromText(word.toStdString()).value_or(engine::ModelKind::Unknown));
}

} // namespace weightroom::ui
