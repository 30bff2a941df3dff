// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/model_pairs.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

bool hasSameComponents(const BenchmarkModel& a, const BenchmarkModel& b) { return a.components == b.components; }

bool isAny(const BenchmarkModel&, const BenchmarkModel&) { return true; }

using Match = bool (*)(const BenchmarkModel&, const BenchmarkModel&);

/// Earlier models by the index of the later one that stands beside them; nullptr: none does yet.
using Partners = std::vector<const ModelBenchmark*>;

void addPartners(const BenchmarkReport& before, const BenchmarkReport& after, Match match, Partners& partners)
{
    for (std::size_t i = 0; i < after.models.size(); ++i) {
        for (const ModelBenchmark& model : before.models) {
            const bool isFree = std::ranges::find(partners, &model) == partners.end();
            if (!partners[i] && isFree && match(model.model, after.models[i].model))
                partners[i] = &model;
        }
    }
}

std::string listOf(const std::vector<ComponentId>& components)
{
    std::string list;
    for (const ComponentId& component : components)
        list.append(list.empty() ? "" : ", ").append(component.text);
    return list;
}

ModelPairs pairsOf(const BenchmarkReport& before, const BenchmarkReport& after, const Partners& partners)
{
    ModelPairs result;
    for (std::size_t i = 0; i < after.models.size(); ++i) {
        if (partners[i])
            result.pairs.push_back({partners[i], &after.models[i]});
        else
            result.onlyAfter.push_back(labelOf(after.models[i].model, before));
    }
    for (const ModelBenchmark& model : before.models) {
        if (std::ranges::find(partners, &model) == partners.end())
            result.onlyBefore.push_back(labelOf(model.model, after));
    }
    return result;
}

} // namespace

bool isSameModel(const BenchmarkModel& a, const BenchmarkModel& b)
{
    if (a.components != b.components)
        return false;
    return a.content.empty() || b.content.empty() ? a.id == b.id && a.size == b.size : a.content == b.content;
}

std::string labelOf(const BenchmarkModel& model, const BenchmarkReport& other)
{
    const auto namesake = std::ranges::find_if(other.models,
        [&](const ModelBenchmark& one) { return one.model.name == model.name && !isSameModel(one.model, model); });
    if (namesake == other.models.end())
        return model.name;
    const bool hasOtherComponents = !hasSameComponents(namesake->model, model);
    return model.name + " (" + (hasOtherComponents ? listOf(model.components) : model.id.text) + ")";
}

ModelPairs pairsOfSameContent(const BenchmarkReport& before, const BenchmarkReport& after)
{
    Partners partners;
    for (const ModelBenchmark& model : after.models) {
        const auto found =
            std::ranges::find_if(before.models, [&](const auto& one) { return isSameModel(one.model, model.model); });
        partners.push_back(found == before.models.end() ? nullptr : &*found);
    }
    return pairsOf(before, after, partners);
}

ModelPairs pairsOfOtherContents(const BenchmarkReport& before, const BenchmarkReport& after)
{
    Partners partners(after.models.size(), nullptr);
    addPartners(before, after, hasSameComponents, partners);
    addPartners(before, after, isAny, partners);
    return pairsOf(before, after, partners);
}

} // namespace weightroom::engine
