// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_setup.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/job_text.h"
#include "ui/bridge/text/units.h"
#include "ui/models/benchmark_choice_model.h"
#include "ui/pages/benchmark/component_choice.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/field_label.h"
#include "ui/widgets/wheel_guard.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSortFilterProxyModel>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kListHeight = 120; ///< at the least
constexpr int kDefaultIterations = 5; ///< the fewest that can be compared

BenchmarkTemperature temperatureIn(const QComboBox& box)
{
    return static_cast<BenchmarkTemperature>(box.currentData().toInt());
}

void setEntryEnabled(QComboBox& box, int entry, bool isEnabled)
{
    if (auto* model = qobject_cast<QStandardItemModel*>(box.model()); model != nullptr && entry >= 0)
        model->item(entry)->setEnabled(isEnabled);
}

} // namespace

BenchmarkSetup::BenchmarkSetup(QWidget* parent)
    : QWidget(parent)
    , m_models(new BenchmarkChoiceModel(this))
    , m_found(new QSortFilterProxyModel(this))
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_count(makeSentenceLabel(this))
    , m_components(new ComponentChoice(this))
    , m_device(new QComboBox(this))
    , m_precision(new QComboBox(this))
    , m_temperature(new QComboBox(this))
    , m_temperatureHelp(makeSentenceLabel(this))
    , m_iterations(new QSpinBox(this))
    , m_verify(new QCheckBox(tr("Compare the bytes", "check box: after a load"), this))
    , m_compute(new QCheckBox(tr("Calculate with the weights", "check box: after a load"), this))
    , m_peer(new QCheckBox(tr("Beside safetensors (Python)", "check box: another loader"), this))
    , m_start(new QPushButton(tr("Start", "button: a benchmark"), this))
    , m_cancel(new QPushButton(tr("Cancel", "button: a benchmark that runs"), this))
    , m_progress(new QProgressBar(this))
    , m_progressText(makeSentenceLabel(this))
    , m_wheelGuard(new WheelGuard(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    buildModels(*layout);
    buildForm(*layout);
    buildChecks(*layout);
    buildRun(*layout);
    updateChoices();
}

void BenchmarkSetup::buildModels(QVBoxLayout& layout)
{
    m_found->setSourceModel(m_models);
    m_found->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_search->setObjectName(QStringLiteral("benchmarkSearch"));
    m_search->setPlaceholderText(tr("Search models", "in an empty field"));
    m_search->setAccessibleName(tr("Search models", "accessible name"));
    m_search->setClearButtonEnabled(true);
    connect(m_search, &QLineEdit::textChanged, m_found, &QSortFilterProxyModel::setFilterFixedString);
    m_list->setObjectName(QStringLiteral("benchmarkModels"));
    m_list->setAccessibleName(tr("Models to measure", "accessible name"));
    m_list->setModel(m_found);
    m_list->setMinimumHeight(kListHeight);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setUniformItemSizes(true);
    m_count->setProperty("role", QStringLiteral("muted"));
    connect(m_models, &BenchmarkChoiceModel::checkedChanged, this, &BenchmarkSetup::updateComponents);
    connect(m_components, &ComponentChoice::changed, this, &BenchmarkSetup::updateChoices);
    layout.addWidget(makeHeading(tr("Measure", "heading: of a benchmark"), 1.0, this));
    layout.addWidget(m_search);
    layout.addWidget(m_list, 1);
    layout.addWidget(m_count);
    layout.addWidget(m_components);
}

void BenchmarkSetup::buildForm(QVBoxLayout& layout)
{
    m_device->setObjectName(QStringLiteral("benchmarkDevice"));
    m_device->setAccessibleName(tr("Device to measure", "accessible name"));
    m_precision->setObjectName(QStringLiteral("benchmarkPrecision"));
    m_precision->setAccessibleName(tr("Precision to load in", "accessible name"));
    for (const char* word : {"as_stored", "fp32", "fp16", "bf16", "fp8_e4m3fn"})
        m_precision->addItem(benchmarkPrecisionText(QLatin1String(word)), QString::fromLatin1(word));
    m_temperature->setObjectName(QStringLiteral("benchmarkTemperature"));
    m_temperature->setAccessibleName(tr("Where measured loads begin", "accessible name"));
    for (const auto temperature :
        {BenchmarkTemperature::Disk, BenchmarkTemperature::PageCache, BenchmarkTemperature::RamCache})
        m_temperature->addItem(temperatureText(temperature), static_cast<int>(temperature));
    m_temperatureHelp->setObjectName(QStringLiteral("benchmarkTemperatureHelp"));
    m_temperatureHelp->setProperty("role", QStringLiteral("muted"));
    m_iterations->setObjectName(QStringLiteral("benchmarkIterations"));
    m_iterations->setAccessibleName(tr("Iterations", "accessible name: of a benchmark"));
    m_iterations->setRange(1, kMostBenchmarkIterations);
    m_iterations->setValue(kDefaultIterations);
    m_iterations->setToolTip(tr("Runs can be compared from five iterations on"));
    for (QComboBox* box : {m_device, m_precision, m_temperature}) {
        // Names may be long: the page must not grow with them.
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
        box->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        m_wheelGuard->guard(*box);
        connect(box, &QComboBox::currentIndexChanged, this, &BenchmarkSetup::updateChoices);
    }
    m_wheelGuard->guard(*m_iterations);
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    addFieldRow(*form, tr("Device", "label"), *m_device, *m_device);
    addFieldRow(*form, tr("Precision", "label"), *m_precision, *m_precision);
    addFieldRow(*form, tr("Begin", "label: cold or warm"), *m_temperature, *m_temperature);
    form->addRow(m_temperatureHelp);
    addFieldRow(*form, tr("Iterations", "label"), *m_iterations, *m_iterations);
    layout.addLayout(form);
}

void BenchmarkSetup::buildChecks(QVBoxLayout& layout)
{
    m_verify->setObjectName(QStringLiteral("benchmarkVerify"));
    m_verify->setToolTip(tr("Whole loads also read the device's bytes back and compare them, which takes time"));
    m_compute->setObjectName(QStringLiteral("benchmarkCompute"));
    m_compute->setToolTip(tr("At the end the device calculates with the weights where they lie, in the shapes of the "
                             "model, and the results are checked"));
    m_peer->setObjectName(QStringLiteral("benchmarkPeer"));
    m_peer->setToolTip(tr("Each time Python's safetensors loads the same files too, with the Python that "
                          "WEIGHTROOM_PYTHON names; whole files as they are stored"));
    for (QCheckBox* box : {m_verify, m_compute, m_peer})
        layout.addWidget(box);
}

void BenchmarkSetup::buildRun(QVBoxLayout& layout)
{
    m_start->setObjectName(QStringLiteral("startBenchmark"));
    m_start->setProperty("role", QStringLiteral("primary"));
    m_cancel->setObjectName(QStringLiteral("cancelBenchmark"));
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the benchmark", "accessible name"));
    m_progressText->setObjectName(QStringLiteral("benchmarkProgress"));
    m_progressText->setProperty("role", QStringLiteral("muted"));
    connect(m_start, &QPushButton::clicked, this, [this] { Q_EMIT startRequested(request()); });
    connect(m_cancel, &QPushButton::clicked, this, &BenchmarkSetup::cancelRequested);
    layout.addWidget(m_start);
    layout.addWidget(m_cancel);
    layout.addWidget(m_progress);
    layout.addWidget(m_progressText);
}

void BenchmarkSetup::setLibrary(const LibraryView& library)
{
    m_models->setLibrary(library);
    updateComponents();
}

void BenchmarkSetup::setMemory(const QList<MemoryView>& memory)
{
    QList<std::pair<QString, QString>> places;
    for (const MemoryView& view : memory) {
        if (view.place != MemoryPlace::Cache && view.capacity > 0)
            places.append({view.id, tr("%1 \u00B7 %2", "device: id, name").arg(view.id, view.title)});
    }
    places.append({QString(kCacheOnly), benchmarkPlaceText(kCacheOnly)});
    if (m_device->count() == places.size() && m_device->itemData(0).toString() == places.first().first)
        return;
    const QString before = m_device->currentData().toString();
    {
        const QSignalBlocker blocker(m_device);
        m_device->clear();
        for (const auto& [id, text] : std::as_const(places))
            m_device->addItem(text, id);
        m_device->setCurrentIndex(std::max(0, m_device->findData(before)));
    }
    updateChoices();
}

void BenchmarkSetup::setChecked(const QStringList& modelIds) { m_models->setChecked(modelIds); }

void BenchmarkSetup::setJob(const std::optional<JobView>& job)
{
    m_job = job;
    updateButtons();
}

BenchmarkRequest BenchmarkSetup::request() const
{
    return {.modelIds = m_models->checked(),
        .componentIds = m_components->chosen(),
        .deviceId = m_device->currentData().toString(),
        .precision = m_precision->currentData().toString(),
        .temperature = temperatureIn(*m_temperature),
        .iterations = m_iterations->value(),
        .verifies = m_verify->isChecked(),
        .comparesPeer = m_peer->isEnabled() && m_peer->isChecked(),
        .checksCompute = m_compute->isEnabled() && m_compute->isChecked()};
}

/// They can be chosen of one model alone.
void BenchmarkSetup::updateComponents()
{
    const QStringList models = m_models->checked();
    const QString model = models.size() == 1 ? models.first() : QString();
    m_components->setComponents(model, m_models->componentsOf(model));
    updateChoices();
}

void BenchmarkSetup::updateChoices()
{
    const bool isCacheOnly = m_device->currentData().toString() == kCacheOnly;
    const int ramCache = m_temperature->findData(static_cast<int>(BenchmarkTemperature::RamCache));
    setEntryEnabled(*m_temperature, ramCache, !isCacheOnly);
    if (isCacheOnly) {
        m_precision->setCurrentIndex(0);
        m_verify->setChecked(false);
        if (m_temperature->currentIndex() == ramCache)
            m_temperature->setCurrentIndex(0);
    }
    m_precision->setEnabled(!isCacheOnly);
    m_verify->setEnabled(!isCacheOnly);
    m_compute->setEnabled(!isCacheOnly);
    m_peer->setEnabled(m_precision->currentIndex() == 0 && m_components->areAllChosen());
    m_temperatureHelp->setText(temperatureHelp(temperatureIn(*m_temperature)));
    m_device->setToolTip(m_device->currentText());
    updateButtons();
}

void BenchmarkSetup::updateButtons()
{
    const qsizetype count = m_models->checked().size();
    QString text = tr("%n models are chosen.", "to be measured", static_cast<int>(count));
    if (count == 0)
        text = m_models->rowCount() == 0 ? tr("The library has no models that can be measured.")
                                         : tr("Choose the models to measure.");
    if (m_components->isNoneChosen())
        text = tr("Choose the components to load.");
    if (count > kMostBenchmarkModels)
        text = tr("At most %1 models can be measured at once.").arg(kMostBenchmarkModels);
    m_count->setText(text);
    const bool isRunning = m_job.has_value();
    m_start->setVisible(!isRunning);
    m_start->setEnabled(count > 0 && count <= kMostBenchmarkModels && !m_components->isNoneChosen());
    for (QWidget* part : std::initializer_list<QWidget*>{m_cancel, m_progress, m_progressText})
        part->setVisible(isRunning);
    if (!isRunning)
        return;
    m_progress->setRange(0, m_job->total == 0 ? 0 : 100);
    m_progress->setValue(percentOf(m_job->done, m_job->total));
    m_progressText->setText(jobDetail(*m_job));
}

} // namespace weightroom::ui
