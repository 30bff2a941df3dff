// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/invokeai_claims.h"

#include "model_engine/catalog/metadata/value_readers.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

using Field = MetadataField;

constexpr auto kUser = Authority::User;
constexpr auto kProgram = Authority::Website;

/// "blake3:" and the digits; other algorithms are of no interest here.
std::optional<Json> readBlake3(const Json& value)
{
    constexpr std::string_view kPrefix = "blake3:";
    const auto text = readText(value);
    if (!text || !text->is_string() || !text->get_ref<const std::string&>().starts_with(kPrefix))
        return Json(nullptr);
    return readHash<64>(text->get<std::string>().substr(kPrefix.size()));
}

/// An address, or a path or the name of a repository, which says nothing here.
std::optional<Json> readSource(const Json& value)
{
    const auto address = readWebAddress(value);
    return address ? address : readNothing(value);
}

const std::vector<MetadataRule>& invokeRules()
{
    static const std::vector<MetadataRule> kRules = [] {
        std::vector<MetadataRule> rules{
            {"name", Field::Title, readText, kUser},
            {"description", Field::Description, readText, kUser},
            {"trigger_phrases", Field::TriggerWords, readTexts, kUser},
            {"base", Field::BaseModel, readText, kProgram},
            {"type", Field::ModelType, readText, kProgram},
            {"prediction_type", Field::PredictionType, readText, kProgram},
            {"hash", Field::Blake3, readBlake3, kProgram},
            {"source", Field::SourceUrl, readSource, kProgram},
        };
        for (const char* known :
            {"key", "path", "format", "file_size", "source_type", "source_api_response", "cover_image",
                "default_settings", "variant", "repo_variant", "submodels", "config_path", "upcast_attention"})
            rules.push_back({known, Field::None, readNothing, kProgram});
        return rules;
    }();
    return kRules;
}

} // namespace

SourceClaims claimsFromInvoke(const InvokeModel& model)
{
    return claimsFromDocument(model.config, invokeRules(), std::string{kInvokeSource});
}

Result<SourceClaims> claimsFromInvokeDatabase(const std::filesystem::path& model)
{
    const auto root = invokeRootOf(model);
    if (!root || invokeDatabaseOf(*root).empty())
        return SourceClaims{};
    const auto library = readInvokeLibrary(*root);
    if (!library)
        return fail(library.error());
    const auto known = std::ranges::find(library->models, model, &InvokeModel::path);
    return known == library->models.end() ? SourceClaims{} : claimsFromInvoke(*known);
}

} // namespace weightroom::engine
