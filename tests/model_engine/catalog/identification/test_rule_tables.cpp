// SPDX-License-Identifier: GPL-3.0-or-later
//
// Walks the tables: no row without a file that provokes it.
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/identification/conditions.h"
#include "model_engine/catalog/identification/lora/lora_identification.h"
#include "model_engine/catalog/identification/lora/lora_rules.h"
#include "model_engine/catalog/identification/parts.h"
#include "model_engine/catalog/identification/token_embedding.h"
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/tables.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Names = std::set<std::string>;

Names without(Names all, const Names& taken)
{
    std::erase_if(all, [&taken](const std::string& name) { return taken.contains(name); });
    return all;
}

std::string listed(const Names& names)
{
    std::string list;
    for (const std::string& name : names)
        list += (list.empty() ? "" : ", ") + name;
    return list;
}

#define VERIFY_EMPTY(names) QVERIFY2((names).empty(), listed(names).c_str())

std::vector<const PartRule*> allRules()
{
    std::vector<const PartRule*> rules;
    for (const RuleTable table : ruleTables()) {
        for (const PartRule& rule : table)
            rules.push_back(&rule);
    }
    return rules;
}

/// Rows of variants that no file has provoked yet, by a name for the message. Rules share lists of variants.
using Rows = std::map<const VariantRule*, std::string>;

void addRows(Rows& rows, const PartRule& rule, std::span<const VariantRule> variants)
{
    for (const VariantRule& variant : variants)
        rows.emplace(&variant, std::string{rule.name} + " '" + std::string{variant.variant} + "'");
}

/// Takes out the row that a part chooses.
void takeChosen(Rows& rows, const HeaderView& header, const Part& part, std::span<const VariantRule> variants)
{
    const auto chosen = std::ranges::find_if(
        variants, [&](const VariantRule& variant) { return allHold(header, part.place->keys, variant.conditions); });
    if (chosen != variants.end())
        rows.erase(&*chosen);
}

} // namespace

class TestRuleTables final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyRuleHasAFile();
    void everyVariantHasAFile();
    void everyLoraRuleHasAFile();
    void everySizeOfALoraRuleHasAFile();
    void everyTokenWidthHasAFile();
    void everyArchitectureHasAFile();
    void namesAreUnique();
    void rulesAreWhole();
    void knownTensorsHaveNoShapesOfTheirOwn();
};

void TestRuleTables::everyRuleHasAFile()
{
    Names rules;
    for (const PartRule* rule : allRules())
        rules.insert(std::string{rule->name});
    Names provoked;
    for (const IdentificationCase& file : knownFiles())
        provoked.insert(file.rule);
    VERIFY_EMPTY(without(rules, provoked));
}

void TestRuleTables::everyVariantHasAFile()
{
    Rows rows;
    for (const PartRule* rule : allRules()) {
        addRows(rows, *rule, rule->variants);
        addRows(rows, *rule, rule->flavours);
    }
    for (const IdentificationCase& file : knownFiles()) {
        const TensorIndex index = indexOf(file.blueprint);
        const HeaderView header{index};
        const PlaceTable places{header};
        const std::vector<Part> parts = findParts(header, places);
        if (parts.empty())
            continue;
        takeChosen(rows, header, parts.front(), parts.front().rule->variants);
        takeChosen(rows, header, parts.front(), parts.front().rule->flavours);
    }
    Names left;
    for (const auto& [row, name] : rows)
        left.insert(name);
    VERIFY_EMPTY(left);
}

void TestRuleTables::everyLoraRuleHasAFile()
{
    Names rules{std::string{kUnknownLoraBase}};
    for (const LoraRule& rule : loraRules())
        rules.insert(std::string{rule.name});
    Names provoked;
    for (const IdentificationCase& file : knownFiles())
        provoked.insert(file.rule);
    VERIFY_EMPTY(without(rules, provoked));
}

void TestRuleTables::everySizeOfALoraRuleHasAFile()
{
    Names sizes;
    for (const LoraRule& rule : loraRules()) {
        for (const LoraSize& size : rule.sizes)
            sizes.insert(std::string{rule.name} + " " + std::string{size.baseVariant});
    }
    Names provoked;
    for (const IdentificationCase& file : knownFiles())
        provoked.insert(file.rule + " " + file.baseVariant);
    VERIFY_EMPTY(without(sizes, provoked));
}

void TestRuleTables::everyTokenWidthHasAFile()
{
    Names rules;
    for (const TokenWidth& width : tokenWidths())
        rules.insert(std::string{width.rule});
    Names provoked;
    for (const IdentificationCase& file : knownFiles())
        provoked.insert(file.rule);
    VERIFY_EMPTY(without(rules, provoked));
}

void TestRuleTables::everyArchitectureHasAFile()
{
    Names architectures;
    for (int value = 0; value <= static_cast<int>(kLastArchitecture); ++value)
        architectures.insert(std::string{toText(static_cast<Architecture>(value))});
    Names provoked;
    for (const IdentificationCase& file : knownFiles())
        provoked.insert(std::string{toText(file.architecture)});
    VERIFY_EMPTY(without(architectures, provoked));
}

/// The evidence is a rule's name: two rules of one name would say the same of different things.
void TestRuleTables::namesAreUnique()
{
    std::vector<std::string_view> names{kUnknownLoraBase};
    for (const PartRule* rule : allRules())
        names.push_back(rule->name);
    for (const LoraRule& rule : loraRules())
        names.push_back(rule.name);
    for (const TokenWidth& width : tokenWidths())
        names.push_back(width.rule);
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    QVERIFY2(twice == names.end(), twice == names.end() ? "" : std::string{*twice}.c_str());
}

void TestRuleTables::rulesAreWhole()
{
    for (const PartRule* rule : allRules()) {
        const std::string name{rule->name};
        QVERIFY2(rule->conditions.front().look != Look::None, name.c_str());
        QVERIFY2(rule->confidence > 0 && rule->confidence <= 1, name.c_str());
        QVERIFY2(rule->variant.empty() || rule->variants.empty(), name.c_str());
        QVERIFY2(rule->candidates.empty() || rule->architecture == Architecture::Unknown, name.c_str());
        // Without an architecture: known candidates, or less than certain, or no model of ours.
        const bool isOpen = rule->architecture == Architecture::Unknown;
        QVERIFY2(!isOpen || !rule->candidates.empty() || rule->confidence < 1 || rule->alone == ModelKind::Unknown,
            name.c_str());
    }
}

/// The first layer of a checkpoint in half precision and of one in 4 bits has the same name.
void TestRuleTables::knownTensorsHaveNoShapesOfTheirOwn()
{
    using enum KnownTensors::Membership;
    QCOMPARE(sdUnetTensors().required().size(), std::size_t{686});
    QCOMPARE(sdxlUnetTensors().required().size(), std::size_t{1680});
    QCOMPARE(sdUnetTensors().membershipOf("input_blocks.0.0.weight"), Required);
    QCOMPARE(sdUnetTensors().membershipOf("label_emb.0.0.weight"), Optional);
    QCOMPARE(sdUnetTensors().membershipOf("input_blocks.0.0.weights"), KnownTensors::Membership::Unknown);
    for (const KnownTensors* known :
        {&sdUnetTensors(), &sdxlUnetTensors(), &sdxlRefinerUnetTensors(), &sdControlnetTensors(),
            &sdxlControlnetTensors(), &fluxTensors(), &klF8VaeTensors(), &fluxVaeTensors(), &clipLTensors(),
            &clipHTensors(), &clipGTensors(), &openClipHTensors(), &openClipGTensors(), &t5XxlTensors()}) {
        for (const std::string& name : known->required())
            QVERIFY2(known->membershipOf(name) == Required, name.c_str());
    }
}

QTEST_APPLESS_MAIN(TestRuleTables)
#include "test_rule_tables.moc"
