// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/pipeline_identification.h"

#include "model_engine/catalog/identification.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace weightroom::engine {
namespace {

/// A component of the pipeline: the folder with its slash, and what lies in it under its own names.
struct Part {
    std::string prefix;
    TensorIndex index;
    Identification identified;
};

std::vector<Part> partsOf(const TensorIndex& index)
{
    std::map<std::string, TensorIndex, std::less<>> byPrefix;
    for (const TensorEntry& entry : index.tensors) {
        const std::size_t length = entry.name.find('/') + 1; // a reader has put the folder in front of every name
        TensorEntry own = entry;
        own.name.erase(0, length);
        byPrefix[entry.name.substr(0, length)].tensors.push_back(std::move(own));
    }
    std::vector<Part> parts;
    for (auto& [prefix, own] : byPrefix)
        parts.push_back({prefix, std::move(own), {}});
    for (Part& part : parts)
        part.identified = identify(part.index);
    return parts;
}

bool isDiffusionModel(const Part& part)
{
    return part.identified.kind == ModelKind::DiffusionModel || part.identified.kind == ModelKind::Checkpoint;
}

/// What decides: the diffusion model; of those that have two (a refiner's, a prior's) the larger.
const Part* mainPart(const std::vector<Part>& parts)
{
    const Part* best = nullptr;
    for (const Part& part : parts) {
        if (isDiffusionModel(part) && (best == nullptr || part.index.tensors.size() > best->index.tensors.size()))
            best = &part;
    }
    return best;
}

/// Ids of components are unique in a model, also when two folders hold the same kind of thing.
void makeUnique(ComponentRecord& component, const std::vector<ComponentRecord>& taken, const std::string& folder)
{
    if (std::ranges::find(taken, component.id, &ComponentRecord::id) != taken.end())
        component.id.text += "_" + folder;
}

void addNames(TensorNameList& whole, const TensorNameList& part, const std::string& prefix)
{
    whole.count += part.count;
    for (const std::string& name : part.names) {
        if (whole.names.size() < kMostListedNames)
            whole.names.push_back(prefix + name);
    }
}

void addEvidence(Identification& whole, const Part& part)
{
    for (Evidence evidence : part.identified.evidence) {
        if (evidence.rule == kAbsentPart)
            continue; // lies in another folder
        evidence.key.insert(0, part.prefix);
        whole.evidence.push_back(std::move(evidence));
    }
}

void addComponents(Identification& whole, Part& part)
{
    const std::string folder = part.prefix.substr(0, part.prefix.size() - 1);
    for (ComponentRecord& component : part.identified.components) {
        for (std::string& prefix : component.prefixes)
            prefix.insert(0, part.prefix);
        if (component.kind == ComponentKind::Other && part.identified.components.size() == 1)
            component.id.text = folder;
        makeUnique(component, whole.components, folder);
        whole.components.push_back(std::move(component));
    }
    whole.tensorCount += part.identified.tensorCount;
    whole.parameters += part.identified.parameters;
}

/// What the diffusion model is, the pipeline is; what is counted or listed, all parts have a share in.
Identification beginningWith(const Part* main)
{
    Identification whole;
    if (main == nullptr) {
        whole.problems = {ModelProblem::UnknownArchitecture};
        return whole;
    }
    whole.kind = ModelKind::Checkpoint;
    whole.architecture = main->identified.architecture;
    whole.variant = main->identified.variant;
    whole.candidates = main->identified.candidates;
    whole.prediction = main->identified.prediction;
    whole.precision = main->identified.precision;
    whole.quantization = main->identified.quantization;
    whole.confidence = main->identified.confidence;
    whole.problems = main->identified.problems;
    std::erase(whole.problems, ModelProblem::MissingTensors);
    return whole;
}

} // namespace

Identification identifyPipeline(const TensorIndex& index)
{
    std::vector<Part> parts = partsOf(index);
    Identification whole = beginningWith(mainPart(parts));
    for (Part& part : parts) {
        addComponents(whole, part);
        addEvidence(whole, part);
        addNames(whole.missing, part.identified.missing, part.prefix);
        addNames(whole.extra, part.identified.extra, part.prefix);
    }
    if (whole.missing.count > 0)
        whole.problems.push_back(ModelProblem::MissingTensors);
    noteAbsentParts(whole);
    sortComponents(whole.components);
    return whole;
}

} // namespace weightroom::engine
