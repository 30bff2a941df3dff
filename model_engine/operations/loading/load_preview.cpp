// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_preview.h"

#include "model_engine/cache/page_residency.h"
#include "model_engine/loader/plan/load_plan.h"
#include "model_engine/loader/plan/model_planning.h"
#include "model_engine/loader/plan/place_request.h"
#include "model_engine/operations/loading/content_keeping.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

/// What is known of a model's contents.
struct Known {
    std::map<ComponentId, CachedComponentPtr> cached;
    std::vector<KnownContents::OfFile> contents; ///< of each file
};

Known lookUp(EngineServices& services, const ModelRecord& model, std::span<const InputFile> files)
{
    Known known = services.executor.invoke([&] {
        const EngineTables& tables = services.tables;
        Known found;
        const ContentIdentity identity = model.identity();
        for (CachedComponentPtr& component : tables.cache.components()) {
            if (component->key.model == model.id && component->identity == identity)
                found.cached.emplace(component->key.component, std::move(component));
        }
        return found;
    });
    for (const InputFile& file : files)
        known.contents.push_back(contentsOf(services, file));
    return known;
}

/// Counts what is not yet in one memory; equal contents once.
class NewContents {
public:
    explicit NewContents(const ContentStore* contents)
        : m_contents(contents)
    {
    }

    /// Whether the memory needs a place for it. `content.stored`: none when it is not known; `content.to`: its own type
    /// where it is not converted.
    bool add(const ContentConversion& content, Bytes size)
    {
        if (!m_contents || size == Bytes{} || (!content.stored.id.isNone() && (holds(content) || isCounted(content))))
            return false;
        m_bytes += placeSizeOf(size);
        return true;
    }
    [[nodiscard]] Bytes bytes() const { return m_bytes; }

private:
    [[nodiscard]] bool holds(const ContentConversion& content) const
    {
        return content.from == content.to ? m_contents->find(content.stored) != nullptr
                                          : m_contents->findConverted(content).has_value();
    }
    /// As it is stored, bytes are what counts, and not the type.
    bool isCounted(const ContentConversion& content)
    {
        const bool isConverted = content.from != content.to;
        return !m_counted.insert(isConverted ? content : ContentConversion{.stored = content.stored}).second;
    }

    const ContentStore* m_contents; ///< nullptr: nothing goes there
    std::set<ContentConversion> m_counted;
    Bytes m_bytes;
};

class Preview {
public:
    Preview(EngineServices& services, TransferLane* lane, const Known& known, std::span<const InputFile> files)
        : m_known(known)
        , m_inCache(&services.cacheMemory.contents())
        , m_onDevice(lane ? &lane->device().contents() : nullptr)
    {
        for (const InputFile& file : files)
            m_residency.emplace_back(file);
    }

    void add(const PlannedComponent& component)
    {
        const auto cached = m_known.cached.find(component.record.id);
        m_preview.components.push_back({.id = component.record.id,
            .kind = component.record.kind,
            .size = component.size,
            .isCached = cached != m_known.cached.end()});
        if (cached != m_known.cached.end())
            addCached(component, *cached->second);
        else
            addUncached(component);
    }

    [[nodiscard]] LoadPreview result()
    {
        m_preview.newInCache = m_inCache.bytes();
        m_preview.newOnDevice = m_onDevice.bytes();
        m_preview.work.toTake = m_preview.newInCache + m_preview.newOnDevice;
        return std::move(m_preview);
    }

private:
    void addCached(const PlannedComponent& component, const CachedComponent& cached)
    {
        for (std::size_t i = 0; i < cached.weights.tensors.size(); ++i) {
            const ContentLabel* label = cached.weights.tensors[i].content->label();
            addOnDevice(label ? *label : ContentLabel{}, component.tensors[i], component.loadedTypes[i]);
        }
    }

    void addUncached(const PlannedComponent& component)
    {
        for (std::size_t i = 0; i < component.tensors.size(); ++i) {
            const TensorEntry& tensor = component.tensors[i];
            const KnownContents::OfFile& contents = m_known.contents[tensor.file];
            const std::size_t ordinal = component.ordinals[i];
            const ContentLabel label = ordinal < contents.size() ? contents[ordinal] : ContentLabel{};
            if (m_inCache.add({label, tensor.dtype, tensor.dtype}, roomInCache(tensor)))
                addReading(tensor);
            addOnDevice(label, tensor, component.loadedTypes[i]);
        }
    }

    void addOnDevice(const ContentLabel& label, const TensorEntry& tensor, Dtype loadedType)
    {
        const Bytes size = loadedSize(tensor, loadedType);
        if (m_onDevice.add({label, tensor.dtype, loadedType}, size))
            m_preview.work.toCopy += size;
    }

    void addReading(const TensorEntry& tensor)
    {
        const bool isThere = m_residency[tensor.file].holds(tensor.range.begin, tensor.range.size);
        (isThere ? m_preview.work.fromPageCache : m_preview.work.fromDisk) += tensor.range.size;
    }

    const Known& m_known;
    std::deque<PageResidency> m_residency; ///< of each file; a deque because they cannot be moved
    NewContents m_inCache;
    NewContents m_onDevice;
    LoadPreview m_preview;
};

} // namespace

LoadPreview previewOf(
    EngineServices& services, TransferLane* lane, const LoadPlan& plan, std::span<const InputFile> files)
{
    const Known known = lookUp(services, *plan.model, files);
    Preview preview{services, lane, known, files};
    for (const PlannedBatch& batch : plan.batches)
        std::ranges::for_each(batch.components, [&](const PlannedComponent& component) { preview.add(component); });
    LoadPreview result = preview.result();
    const DeviceId device = lane ? lane->device().description().id : DeviceId{};
    result.forecast = services.executor.invoke([&] { return services.tables.loadRates.forecast(device, result.work); });
    return result;
}

Result<LoadPreview> previewLoad(EngineServices& services, const LoadWish& wish)
{
    LoadSelection selection{.wanted = wish.components};
    const auto record = services.executor.invoke([&]() -> Result<ModelRecordPtr> {
        const EngineTables& tables = services.tables;
        ModelRecordPtr model = tables.catalog.find(wish.model);
        if (model && wish.lane) {
            const DeviceId& device = wish.lane->device().description().id;
            selection.present = tables.residency.componentsOf(device, wish.model, model->identity());
            const auto precision = precisionFor(services.flags, tables, wish.model, wish.precision);
            if (!precision)
                return fail(precision.error());
            selection.precision = *precision;
        }
        return model;
    });
    if (!record)
        return fail(record.error());
    const ModelRecordPtr& model = *record;
    if (!model)
        return fail(ErrorCode::ModelNotFound, "there is no model '" + wish.model.text + "'", {.modelId = wish.model});
    const auto files = openModelFiles(*model);
    if (!files)
        return fail(files.error());
    const auto index = readModelIndex(*model, *files);
    if (!index)
        return fail(index.error());
    const auto plan = planLoad(model, *index, selection);
    if (!plan)
        return fail(plan.error());
    LoadPreview preview = previewOf(services, wish.lane, *plan, *files);
    preview.present = plan->present;
    preview.precision = precisionPreview(selection.precision, *plan);
    return preview;
}

} // namespace weightroom::engine
