// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/notes_tab.h"

#include "ui/bridge/text/architecture_name.h"
#include "ui/bridge/text/model_facts.h"
#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"
#include "ui/widgets/field_label.h"
#include "ui/widgets/wheel_guard.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSignalBlocker>

#include <array>
#include <chrono>

namespace weightroom::ui {
namespace {

/// Long enough to type on, short enough not to be noticed.
constexpr int kAfterTypingMs = 900;

/// The words of the answers, which are those of diffusers.
constexpr std::array kPredictions{"epsilon", "v_prediction", "sample", "flow", "edm"};
/// Also words of the answers, that need no translation.
constexpr std::array kPrecisions{"fp32", "fp16", "bf16", "fp8_e4m3fn"};

/// That can be chosen; 5 minutes are what Ollama takes.
constexpr std::array<std::chrono::seconds, 4> kKeepAliveTimes{
    std::chrono::minutes{5}, std::chrono::minutes{30}, std::chrono::hours{1}, std::chrono::hours{8}};
/// With "for ever" and "not at all".
constexpr int kKeepAliveChoices = static_cast<int>(kKeepAliveTimes.size()) + 2;

/// The first entry of an override: nothing is overridden.
const QString& detectedWord()
{
    static const QString word = QStringLiteral("detected");
    return word;
}

QStringList tagsIn(const QString& text)
{
    QStringList tags;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        const QString tag = part.simplified();
        if (!tag.isEmpty() && !tags.contains(tag))
            tags.append(tag);
    }
    return tags;
}

QString keepAliveText(std::chrono::seconds time)
{
    using namespace std::chrono_literals;
    if (time % 1h == 0s)
        return NotesTab::tr("For %n hours", "choice: how long", static_cast<int>(time / 1h));
    if (time % 1min == 0s)
        return NotesTab::tr("For %n minutes", "choice: how long", static_cast<int>(time / 1min));
    return NotesTab::tr("For %1", "choice: how long; a duration").arg(durationText(time));
}

/// Shows the entry of a word; the first one says what was detected.
void choose(QComboBox& box, const QString& detected, const QString& word)
{
    box.setItemText(0,
        detected.isEmpty() ? NotesTab::tr("As detected (unknown)", "choice")
                           : NotesTab::tr("As detected (%1)", "choice").arg(detected));
    box.setCurrentIndex(std::max(0, box.findData(word.isEmpty() ? detectedWord() : word)));
}

QFormLayout* makeForm()
{
    auto* form = new QFormLayout;
    form->setLabelAlignment(Qt::AlignLeft);
    form->setVerticalSpacing(2 * kSpace);
    return form;
}

} // namespace

NotesTab::NotesTab(QWidget* parent)
    : QScrollArea(parent)
    , m_tags(new QLineEdit(this))
    , m_notes(new QPlainTextEdit(this))
    , m_kind(new QComboBox(this))
    , m_architecture(new QComboBox(this))
    , m_prediction(new QComboBox(this))
    , m_precision(new QComboBox(this))
    , m_keepAlive(new QComboBox(this))
    , m_variant(new QComboBox(this))
{
    fillChoices();
    nameFields();
    build();
    m_afterTyping.setSingleShot(true);
    m_afterTyping.setInterval(kAfterTypingMs);
    connect(&m_afterTyping, &QTimer::timeout, this, &NotesTab::commit);
    const auto typed = [this] {
        m_isDirty = true;
        m_afterTyping.start();
    };
    connect(m_tags, &QLineEdit::textEdited, this, typed);
    connect(m_tags, &QLineEdit::editingFinished, this, &NotesTab::commit);
    connect(m_notes, &QPlainTextEdit::textChanged, this, typed);
    connectChoices();
}

void NotesTab::setModel(const ModelRow& row)
{
    const bool isAnother = row.facts->id != m_modelId;
    if (!isAnother && row.notes == m_shown)
        return;
    if (isAnother) {
        commit();
        m_modelId = row.facts->id;
    }
    m_shown = row.notes;
    if (!m_isDirty)
        showTyped(row);
    showChoices(row);
}

void NotesTab::takeBack(const ModelRow& row, const NotesChange& change)
{
    if (change.tags || change.notes)
        m_isDirty = true;
    showChoices(row);
}

void NotesTab::commit()
{
    m_afterTyping.stop();
    if (!std::exchange(m_isDirty, false) || m_modelId.isEmpty())
        return;
    NotesChange change;
    change.tags = tagsIn(m_tags->text());
    change.notes = m_notes->toPlainText();
    Q_EMIT changed(m_modelId, change);
}

void NotesTab::resizeEvent(QResizeEvent* event)
{
    QScrollArea::resizeEvent(event);
    // Where there is no room for two columns, one is below the other.
    constexpr int kRoomForColumns = 70;
    const bool isNarrow = width() < fontMetrics().averageCharWidth() * kRoomForColumns;
    m_columns->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void NotesTab::nameFields()
{
    m_tags->setObjectName(QStringLiteral("tagsEdit"));
    m_tags->setPlaceholderText(tr("portrait, photo, favourite style", "example of tags"));
    m_notes->setObjectName(QStringLiteral("notesEdit"));
    m_notes->setTabChangesFocus(true);
    m_notes->setPlaceholderText(tr("What it is good for, which settings fit\u2026", "example of notes"));
    m_kind->setObjectName(QStringLiteral("kindOverride"));
    m_architecture->setObjectName(QStringLiteral("architectureOverride"));
    m_prediction->setObjectName(QStringLiteral("predictionOverride"));
    m_precision->setObjectName(QStringLiteral("precisionChoice"));
    m_precision->setAccessibleName(tr("Precision that it is loaded in", "accessible name"));
    m_precision->setToolTip(
        tr("What its weights are converted to on the way to a device. The file and the RAM cache stay as they are."));
    m_keepAlive->setObjectName(QStringLiteral("keepAliveChoice"));
    m_keepAlive->setAccessibleName(tr("How long it stays loaded", "accessible name"));
    m_keepAlive->setToolTip(
        tr("How long it stays on a device after a load, if nobody loads it again meanwhile. For loads "
           "that begin from now on."));
    m_variant->setObjectName(QStringLiteral("variantChoice"));
    m_variant->setAccessibleName(tr("Weights that are used", "accessible name"));
    m_kind->setAccessibleName(tr("Kind", "accessible name"));
    m_architecture->setAccessibleName(tr("Architecture", "accessible name"));
    m_prediction->setAccessibleName(tr("Prediction type", "accessible name"));
    m_notes->setAccessibleName(tr("Notes", "accessible name"));
    m_tags->setAccessibleName(tr("Tags", "accessible name"));
}

void NotesTab::build()
{
    QFormLayout* left = makeForm();
    addFieldRow(*left, tr("Tags", "label"), *m_tags, *m_tags);
    addFieldRow(*left, tr("Notes", "label"), *m_notes, *m_tags); // beside its first line
    m_choices = makeForm();
    const auto addChoice = [this](const QString& text, QComboBox* box) { addFieldRow(*m_choices, text, *box, *box); };
    addChoice(tr("Kind", "label"), m_kind);
    addChoice(tr("Architecture", "label"), m_architecture);
    addChoice(tr("Predicts", "label: prediction type"), m_prediction);
    addChoice(tr("Loaded as", "label: precision"), m_precision);
    addChoice(tr("Stays loaded", "label: how long"), m_keepAlive);
    addChoice(tr("Weights", "label: variant of a pipeline"), m_variant);
    // Scrolled, so that so many choices do not take the room of the list of models.
    auto* content = new QWidget(this);
    m_columns = new QBoxLayout(QBoxLayout::LeftToRight, content);
    m_columns->setContentsMargins(0, 2 * kSpace, kSpace, 0);
    m_columns->setSpacing(kMargin);
    m_columns->addLayout(left, 3);
    m_columns->addLayout(m_choices, 2);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setWidget(content);
}

void NotesTab::fillChoices()
{
    auto* wheel = new WheelGuard(this);
    for (QComboBox* box : {m_kind, m_architecture, m_prediction, m_precision, m_keepAlive, m_variant}) {
        wheel->guard(*box);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(16);
    }
    for (QComboBox* box : {m_kind, m_architecture, m_prediction})
        box->addItem(QString(), detectedWord());
    for (const ModelKind kind : kModelKinds) {
        if (kind != ModelKind::Unknown)
            m_kind->addItem(kindText(kind), kindId(kind));
    }
    for (const auto& [word, name] : architectureChoices())
        m_architecture->addItem(name, word);
    for (const char* word : kPredictions)
        m_prediction->addItem(QString::fromLatin1(word), QString::fromLatin1(word));
    fillPrecisions();
    fillKeepAlive();
}

void NotesTab::fillPrecisions()
{
    m_precision->addItem(tr("As the settings say", "choice: precision"), QStringLiteral("by_level"));
    m_precision->addItem(tr("As it is stored", "choice: precision"), QStringLiteral("as_stored"));
    for (const char* word : kPrecisions)
        m_precision->addItem(QString::fromLatin1(word), QString::fromLatin1(word));
}

void NotesTab::fillKeepAlive()
{
    m_keepAlive->addItem(tr("Until it is unloaded", "choice: how long"), kKeepForEver);
    for (const std::chrono::seconds time : kKeepAliveTimes)
        m_keepAlive->addItem(keepAliveText(time), qint64{time.count()});
    m_keepAlive->addItem(tr("Not at all", "choice: how long"), qint64{0});
}

void NotesTab::showTyped(const ModelRow& row)
{
    const ModelNotes notes = row.notes ? *row.notes : ModelNotes{};
    const QSignalBlocker blockNotes(m_notes);
    m_tags->setText(notes.tags.join(QStringLiteral(", ")));
    if (m_notes->toPlainText() != notes.notes)
        m_notes->setPlainText(notes.notes);
}

void NotesTab::showChoices(const ModelRow& row)
{
    const ModelNotes notes = row.notes ? *row.notes : ModelNotes{};
    choose(*m_kind, row.isUsable() ? kindText(row.facts->kind) : QString(),
        notes.kind == ModelKind::Unknown ? QString() : kindId(notes.kind));
    choose(*m_architecture, row.facts->architecture, notes.architectureId);
    choose(*m_prediction, row.facts->prediction, notes.prediction);
    m_precision->setCurrentIndex(std::max(0, m_precision->findData(notes.precision)));
    showKeepAlive(notes.keepAliveSeconds);
    showVariants(row);
}

/// Somebody may have chosen another time elsewhere: it stands in the list while it holds.
void NotesTab::showKeepAlive(qint64 seconds)
{
    while (m_keepAlive->count() > kKeepAliveChoices)
        m_keepAlive->removeItem(m_keepAlive->count() - 1);
    if (m_keepAlive->findData(seconds) < 0)
        m_keepAlive->addItem(keepAliveText(std::chrono::seconds(seconds)), seconds);
    m_keepAlive->setCurrentIndex(m_keepAlive->findData(seconds));
}

/// Only where there is a choice.
void NotesTab::showVariants(const ModelRow& row)
{
    m_variant->clear();
    m_variant->addItem(tr("The preferred ones", "choice: weights"), QStringLiteral("default"));
    for (const QString& variant : row.facts->weightsVariants)
        m_variant->addItem(variant, variant);
    m_variant->setCurrentIndex(row.notes ? std::max(0, m_variant->findData(row.notes->weightsVariant)) : 0);
    m_choices->setRowVisible(m_variant, !row.facts->weightsVariants.isEmpty());
}

void NotesTab::connectChoices()
{
    const auto on = [this](QComboBox* box, auto setChoice) {
        connect(box, &QComboBox::activated, this, [this, box, setChoice] {
            NotesChange change;
            setChoice(change, box->currentData());
            tell(change);
        });
    };
    on(m_kind, [](NotesChange& change, const QVariant& word) { change.modelType = word.toString(); });
    on(m_architecture, [](NotesChange& change, const QVariant& word) { change.architecture = word.toString(); });
    on(m_prediction, [](NotesChange& change, const QVariant& word) { change.prediction = word.toString(); });
    on(m_precision, [](NotesChange& change, const QVariant& word) { change.precision = word.toString(); });
    on(m_variant, [](NotesChange& change, const QVariant& word) { change.weightsVariant = word.toString(); });
    on(m_keepAlive, [](NotesChange& change, const QVariant& time) { change.keepAliveSeconds = time.toLongLong(); });
}

void NotesTab::tell(const NotesChange& change)
{
    commit();
    Q_EMIT changed(m_modelId, change);
}

} // namespace weightroom::ui
