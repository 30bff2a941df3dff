// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/load_plan.h"

#include "model_engine/catalog/identification.h"
#include "model_engine/loader/plan/component_traits.h"
#include "model_engine/memory/arena.h"

#include <algorithm>
#include <map>

namespace weightroom::engine {
namespace {

ErrorContext contextOf(const ModelRecord& model) { return {.modelId = model.id, .path = model.path.string()}; }

Result<> checkWanted(const ModelRecord& model, const std::set<ComponentId>& wanted)
{
    for (const ComponentId& id : wanted) {
        const auto& components = model.identified.components;
        if (std::ranges::find(components, id, &ComponentRecord::id) == components.end()) {
            ErrorContext context = contextOf(model);
            context.componentId = id;
            return fail(ErrorCode::ComponentNotFound,
                "model '" + model.id.text + "' has no component '" + id.text + "'", std::move(context));
        }
    }
    return {};
}

std::vector<PlannedComponent> selectComponents(
    const ModelRecord& model, const TensorIndex& index, const std::set<ComponentId>& wanted)
{
    std::map<ComponentId, PlannedComponent> byId;
    for (const ComponentRecord& record : model.identified.components) {
        if (wanted.empty() || wanted.contains(record.id))
            byId[record.id].record = record;
    }
    std::vector<std::size_t> passed(model.files.size()); // tensors of each file so far
    for (const TensorEntry& tensor : index.tensors) {
        const std::size_t ordinal = passed[tensor.file]++;
        const ComponentRecord* owner = componentOf(model.identified, tensor.name);
        const auto planned = owner ? byId.find(owner->id) : byId.end();
        if (planned == byId.end())
            continue;
        planned->second.tensors.push_back(tensor);
        planned->second.ordinals.push_back(ordinal);
        // The file's own name is kept; the component's folder was only put in front to tell components apart.
        planned->second.tensors.back().name.erase(0, model.files[tensor.file].namePrefix.size());
        planned->second.size += contiguousSize(tensor);
    }
    std::vector<PlannedComponent> components;
    for (auto& [id, component] : byId)
        components.push_back(std::move(component));
    return components;
}

/// The rules look at all tensors of a component together.
void choosePrecision(const ModelRecord& model, const PrecisionRequest& request, PlannedComponent& component)
{
    const PrecisionSubject subject = precisionSubject(model.identified, component.record, component.tensors);
    component.loadedTypes.reserve(component.tensors.size());
    for (const TensorEntry& tensor : component.tensors)
        component.loadedTypes.push_back(loadedDtype(request, subject, tensor));
}

/// Takes those out that are there with the types that are wanted, and says which.
std::set<ComponentId> leaveOut(const PresentComponents& present, std::vector<PlannedComponent>& components)
{
    std::set<ComponentId> leftOut;
    std::erase_if(components, [&](const PlannedComponent& component) {
        const auto there = present.find(component.record.id);
        const bool isThere = there != present.end() && there->second == component.loadedTypes;
        if (isThere)
            leftOut.insert(component.record.id);
        return isThere;
    });
    return leftOut;
}

/// The number of the batch: one more than that of the last kind that it has to wait for.
std::size_t batchOf(ComponentKind kind, const std::set<ComponentKind>& planned)
{
    std::size_t batch = 0;
    for (const ComponentKind earlier : traitsOf(kind).after) {
        if (planned.contains(earlier))
            batch = std::max(batch, batchOf(earlier, planned) + 1);
    }
    return batch;
}

std::vector<PlannedBatch> intoBatches(std::vector<PlannedComponent> components)
{
    std::set<ComponentKind> kinds;
    for (const PlannedComponent& component : components)
        kinds.insert(component.record.kind);
    std::ranges::stable_sort(components, {}, [](const PlannedComponent& c) { return traitsOf(c.record.kind).rank; });
    std::vector<PlannedBatch> batches;
    for (PlannedComponent& component : components) {
        const std::size_t number = batchOf(component.record.kind, kinds);
        if (batches.size() <= number)
            batches.resize(number + 1);
        batches[number].components.push_back(std::move(component));
    }
    return batches;
}

/// The record was made in a scan; the file may have become another one since.
Result<> checkCounts(const ModelRecord& model, const std::vector<PlannedComponent>& components)
{
    for (const PlannedComponent& component : components) {
        if (component.tensors.size() != component.record.tensorCount || component.size != component.record.size) {
            return fail(ErrorCode::FileChanged,
                "component '" + component.record.id.text + "' had " + std::to_string(component.record.tensorCount)
                    + " tensors in the scan, the file has " + std::to_string(component.tensors.size()),
                contextOf(model));
        }
    }
    return {};
}

} // namespace

std::size_t LoadPlan::componentCount() const
{
    std::size_t count = 0;
    for (const PlannedBatch& batch : batches)
        count += batch.components.size();
    return count;
}

Result<LoadPlan> planLoad(ModelRecordPtr model, const TensorIndex& index, const LoadSelection& selection)
{
    if (!model->isUsable())
        return fail(ErrorCode::ModelUnusable,
            "model '" + model->id.text + "' cannot be used: " + model->problem->detail, contextOf(*model));
    if (auto known = checkWanted(*model, selection.wanted); !known)
        return fail(std::move(known).error());
    auto components = selectComponents(*model, index, selection.wanted);
    if (auto same = checkCounts(*model, components); !same)
        return fail(std::move(same).error());
    for (PlannedComponent& component : components)
        choosePrecision(*model, selection.precision, component);

    LoadPlan plan{
        .model = std::move(model), .batches = {}, .present = leaveOut(selection.present, components), .size = {}};
    for (const PlannedComponent& component : components)
        plan.size += component.size;
    plan.batches = intoBatches(std::move(components));
    return plan;
}

} // namespace weightroom::engine
