// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/sidecar.h"

#include "model_engine/catalog/metadata/claim_reader.h"
#include "model_engine/catalog/metadata/header_claims.h"
#include "model_engine/catalog/metadata/sidecars/ldm_config.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <iterator>

namespace weightroom::engine {
namespace {

using Field = MetadataField;
using Rules = std::vector<MetadataRule>;

constexpr auto kUser = Authority::User;
constexpr auto kWebsite = Authority::Website;

/// A text for which "Unknown" is the word of programs that do not know.
std::optional<Json> readKnownText(const Json& value)
{
    auto text = readText(value);
    if (text && text->is_string() && lowerCase(text->get<std::string>()) == "unknown")
        return Json(nullptr);
    return text;
}

/// Lora-Manager's usage tips: a JSON text with the strength in it.
std::optional<Json> readStrength(const Json& value)
{
    auto tips = readObject(value);
    if (!tips || tips->is_null())
        return tips;
    return tips->contains("strength") ? readWeight(tips->at("strength")) : Json(nullptr);
}

/// As readInteger(); 0 is how programs write that there is none.
std::optional<Json> readCount(const Json& value)
{
    auto number = readInteger(value);
    if (number && number->is_number() && *number == 0)
        return Json(nullptr);
    return number;
}

Rules hashRules(const std::string& prefix)
{
    return {
        {prefix + "SHA256", Field::Sha256, readHash<64>, kWebsite},
        {prefix + "AutoV1", Field::AutoV1, readHash<8>, kWebsite},
        {prefix + "AutoV2", Field::AutoV2, readHash<10>, kWebsite},
        {prefix + "AutoV3", Field::AutoV3, readHashBeginning<12>, kWebsite},
        {prefix + "BLAKE3", Field::Blake3, readHash<64>, kWebsite},
        {prefix + "CRC32", Field::Crc32, readHash<8>, kWebsite},
    };
}

/// Civitai's description of a version of a model, as its API gives it.
Rules civitaiRules(const std::string& prefix)
{
    return {
        {prefix + "model/name", Field::Title, readText, kWebsite},
        {prefix + "name", Field::Version, readText, kWebsite},
        {prefix + "creator/username", Field::Author, readText, kWebsite},
        {prefix + "model/description", Field::Description, readText, kWebsite},
        {prefix + "description", Field::VersionDescription, readText, kWebsite},
        {prefix + "model/allowNoCredit", Field::AllowNoCredit, readBoolean, kWebsite},
        {prefix + "model/allowCommercialUse", Field::AllowCommercialUse, readTexts, kWebsite},
        {prefix + "model/allowDerivatives", Field::AllowDerivatives, readBoolean, kWebsite},
        {prefix + "model/allowDifferentLicense", Field::AllowDifferentLicense, readBoolean, kWebsite},
        {prefix + "baseModel", Field::BaseModel, readKnownText, kWebsite},
        {prefix + "model/type", Field::ModelType, readText, kWebsite},
        {prefix + "trainedWords", Field::TriggerWords, readTexts, kWebsite},
        {prefix + "model/tags", Field::Tags, readTexts, kWebsite},
        {prefix + "model/nsfw", Field::Nsfw, readBoolean, kWebsite},
        {prefix + "publishedAt", Field::Date, readText, kWebsite},
        {prefix + "downloadUrl", Field::DownloadUrl, readWebAddress, kWebsite},
        {prefix + "modelId", Field::CivitaiModelId, readCount, kWebsite},
        {prefix + "id", Field::CivitaiVersionId, readCount, kWebsite}, {prefix + "air", Field::Air, readText, kWebsite},
        {prefix + "files", Field::None, readNothing, kWebsite}, // see addHashesOfFile()
    };
}

Rules a1111Rules()
{
    return {
        {"description", Field::Description, readText, kUser},
        {"notes", Field::Notes, readText, kUser},
        {"activation text", Field::TriggerWords, readTexts, kUser},
        {"preferred weight", Field::PreferredWeight, readWeight, kUser},
        {"negative text", Field::NegativeText, readText, kUser},
        {"sd version", Field::BaseModel, readKnownText, kUser},
        {"vae", Field::Vae, readText, kUser},
    };
}

Rules loraManagerRules()
{
    Rules rules{
        {"notes", Field::Notes, readText, kUser},
        {"tags", Field::Tags, readTexts, kUser},
        {"favorite", Field::Favorite, readBoolean, kUser},
        {"usage_tips", Field::PreferredWeight, readStrength, kUser},
        {"model_name", Field::Title, readText, kWebsite},
        {"modelDescription", Field::Description, readText, kWebsite},
        {"base_model", Field::BaseModel, readKnownText, kWebsite},
        {"model_type", Field::ModelType, readText, kWebsite},
        {"preview_nsfw_level", Field::PreviewNsfwLevel, readCount, kWebsite},
        {"sha256", Field::Sha256, readHash<64>, kWebsite},
        {"autov3", Field::AutoV3, readHashBeginning<12>, kWebsite},
    };
    std::ranges::move(civitaiRules("civitai/"), std::back_inserter(rules));
    return rules;
}

Rules stabilityMatrixRules()
{
    Rules rules{
        {"UserTitle", Field::Title, readText, kUser},
        {"ModelName", Field::Title, readText, kWebsite},
        {"VersionName", Field::Version, readText, kWebsite},
        {"AuthorUsername", Field::Author, readText, kWebsite},
        {"ModelDescription", Field::Description, readText, kWebsite},
        {"VersionDescription", Field::VersionDescription, readText, kWebsite},
        {"BaseModel", Field::BaseModel, readKnownText, kWebsite},
        {"ModelType", Field::ModelType, readKnownText, kWebsite},
        {"TrainedWords", Field::TriggerWords, readTexts, kWebsite},
        {"Tags", Field::Tags, readTexts, kWebsite},
        {"Nsfw", Field::Nsfw, readBoolean, kWebsite},
        {"ModelId", Field::CivitaiModelId, readCount, kWebsite},
        {"VersionId", Field::CivitaiVersionId, readCount, kWebsite},
    };
    std::ranges::move(hashRules("Hashes/"), std::back_inserter(rules));
    return rules;
}

Rules swarmUiRules()
{
    Rules rules = modelspecRules("modelspec.", kUser);
    std::ranges::move(modelspecRules("", kUser), std::back_inserter(rules)); // older files
    rules.push_back({"modelspec.preview_image", Field::None, readNothing, kUser});
    return rules;
}

const Rules& rulesOf(SidecarDialect dialect)
{
    static const Rules a1111 = a1111Rules();
    static const Rules loraManager = loraManagerRules();
    static const Rules stabilityMatrix = stabilityMatrixRules();
    static const Rules civitai = civitaiRules("");
    static const Rules swarmUi = swarmUiRules();
    static const Rules none;
    switch (dialect) {
    case SidecarDialect::A1111:
        return a1111;
    case SidecarDialect::LoraManager:
        return loraManager;
    case SidecarDialect::StabilityMatrix:
        return stabilityMatrix;
    case SidecarDialect::CivitaiInfo:
        return civitai;
    case SidecarDialect::SwarmUi:
        return swarmUi;
    default:
        return none;
    }
}

bool isNamed(const Json& file, const std::string& name)
{
    const Json* claimed = findValue(file, "name");
    return claimed != nullptr && claimed->is_string() && claimed->get_ref<const std::string&>() == name;
}

/// A version has one file or several, of other precisions: without the name nobody can say which one this is.
const Json* fileOfModel(const Json& files, const std::string& modelName)
{
    if (!files.is_array())
        return nullptr;
    const auto named = std::ranges::find_if(files, [&](const Json& file) { return isNamed(file, modelName); });
    if (named != files.end())
        return &*named;
    return files.size() == 1 ? &files.front() : nullptr;
}

/// Where Civitai's list of files stands; empty: nowhere.
std::string_view filesPathOf(SidecarDialect dialect)
{
    if (dialect == SidecarDialect::CivitaiInfo)
        return "files";
    return dialect == SidecarDialect::LoraManager ? "civitai/files" : "";
}

void addHashesOfFile(
    SourceClaims& claims, const Sidecar& sidecar, const std::string& modelName, const std::string& source)
{
    static const Rules rules = hashRules("hashes/");
    const std::string_view path = filesPathOf(sidecar.file.dialect);
    const Json* files = path.empty() ? nullptr : findValue(sidecar.document, path);
    const Json* file = files == nullptr ? nullptr : fileOfModel(*files, modelName);
    if (file == nullptr)
        return;
    for (const MetadataRule& rule : rules) {
        const Json* value = findValue(*file, rule.path);
        if (value != nullptr && !takeClaim(claims, rule, *value, source))
            addUnknown(claims, "files/" + rule.path, source, *value);
    }
}

/// The page of the model, which the ids stand for.
void addPage(SourceClaims& claims, const std::string& source)
{
    const auto valueOf = [&](Field field) -> std::string {
        const auto claim = std::ranges::find(claims.claims, field, &MetadataClaim::field);
        return claim == claims.claims.end() ? std::string{} : writeJson(claim->value);
    };
    const std::string model = valueOf(Field::CivitaiModelId);
    const std::string version = valueOf(Field::CivitaiVersionId);
    if (model.empty())
        return;
    const std::string query = version.empty() ? std::string{} : "?modelVersionId=" + version;
    claims.claims.push_back({Field::SourceUrl, "https://civitai.com/models/" + model + query, source, kWebsite});
}

SourceClaims claimsFromDescription(const Sidecar& sidecar, const std::string& source)
{
    const MetadataRule rule{"text", Field::Description, readText, kUser};
    const Json text = toValidUtf8(sidecar.text);
    SourceClaims claims;
    if (!takeClaim(claims, rule, text, source))
        addUnknown(claims, rule.path, source, text);
    return claims;
}

SourceClaims claimsFromLdmConfig(const Sidecar& sidecar, const std::string& source)
{
    const LdmConfig config = readLdmConfig(toValidUtf8(sidecar.text));
    SourceClaims claims;
    if (!config.parameterization.empty())
        claims.claims.push_back({Field::PredictionType, config.parameterization, source, kUser});
    if (config.inChannels)
        claims.claims.push_back({Field::InChannels, *config.inChannels, source, kUser});
    return claims;
}

} // namespace

SourceClaims claimsFromSidecar(const Sidecar& sidecar, const std::string& modelName)
{
    if (sidecar.problem)
        return {};
    const std::string source = toValidUtf8(sidecar.file.path.filename().string());
    if (sidecar.file.dialect == SidecarDialect::Description)
        return claimsFromDescription(sidecar, source);
    if (sidecar.file.dialect == SidecarDialect::LdmConfig)
        return claimsFromLdmConfig(sidecar, source);
    SourceClaims claims = claimsFromDocument(sidecar.document, rulesOf(sidecar.file.dialect), source);
    addHashesOfFile(claims, sidecar, modelName, source);
    addPage(claims, source);
    return claims;
}

} // namespace weightroom::engine
