// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/precision_preview.h"

#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

/// Counts by what becomes of a tensor; gives both lists in order.
class PrecisionCount {
public:
    void add(const TensorEntry& tensor, const PrecisionDecision& decision)
    {
        if (decision.kept == KeptBecause::Converted)
            addChange(tensor, decision);
        else
            addKept(tensor, decision);
    }

    void moveTo(ComponentPrecision& component)
    {
        for (auto& [types, change] : m_changes)
            component.changes.push_back(change);
        for (auto& [reason, kept] : m_kept)
            component.kept.push_back(kept);
    }

private:
    void addChange(const TensorEntry& tensor, const PrecisionDecision& decision)
    {
        PrecisionChange& change = m_changes[{tensor.dtype, decision.dtype}];
        change.from = tensor.dtype;
        change.to = decision.dtype;
        ++change.tensors;
        change.before += contiguousSize(tensor);
        change.after += loadedSize(tensor, decision.dtype);
    }

    void addKept(const TensorEntry& tensor, const PrecisionDecision& decision)
    {
        KeptTensors& kept = m_kept[decision.kept];
        kept.reason = decision.kept;
        ++kept.tensors;
        kept.size += contiguousSize(tensor);
    }

    std::map<std::pair<Dtype, Dtype>, PrecisionChange> m_changes;
    std::map<KeptBecause, KeptTensors> m_kept;
};

} // namespace

Bytes loadedSize(const TensorEntry& tensor, Dtype loadedType)
{
    if (loadedType == tensor.dtype)
        return contiguousSize(tensor);
    return bytesOf(loadedType, tensor.shape.elements().value_or(0)).value_or(Bytes{});
}

ComponentPrecision precisionOfComponent(const PrecisionRequest& request, const Identification& model,
    const ComponentRecord& component, std::span<const TensorEntry> tensors)
{
    const PrecisionSubject subject = precisionSubject(model, component, tensors);
    ComponentPrecision answer;
    answer.id = component.id;
    answer.kind = component.kind;
    answer.precisionClass = subject.precisionClass;
    PrecisionCount count;
    for (const TensorEntry& tensor : tensors) {
        const PrecisionDecision decision = decidePrecision(request, subject, tensor);
        count.add(tensor, decision);
        answer.before += contiguousSize(tensor);
        answer.after += loadedSize(tensor, decision.dtype);
    }
    count.moveTo(answer);
    return answer;
}

PrecisionPreview precisionPreview(const PrecisionRequest& request, const LoadPlan& plan)
{
    PrecisionPreview preview{.request = request, .components = {}, .before = {}, .after = {}};
    for (const PlannedBatch& batch : plan.batches) {
        for (const PlannedComponent& component : batch.components) {
            preview.components.push_back(
                precisionOfComponent(request, plan.model->identified, component.record, component.tensors));
            preview.before += preview.components.back().before;
            preview.after += preview.components.back().after;
        }
    }
    return preview;
}

} // namespace weightroom::engine
