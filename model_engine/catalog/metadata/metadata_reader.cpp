// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/metadata_reader.h"

#include "model_engine/catalog/metadata/invokeai_claims.h"
#include "model_engine/core/utf8.h"
#include "model_engine/formats/format_reader.h"

namespace weightroom::engine {
namespace {

Result<HeaderMetadata> readHeader(const std::filesystem::path& path)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    auto index = readTensorIndex(FileSource{*file});
    // A file that changes meanwhile may fail to parse because of it: "changed" is the truth then.
    if (auto unchanged = file->checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    if (!index)
        return fail(std::move(index).error());
    return std::move(index->metadata);
}

/// What is known without opening anything.
SourceClaims claimsFromNames(const std::filesystem::path& model, const Companions& companions)
{
    SourceClaims claims;
    claims.claims.push_back(
        {MetadataField::Title, toValidUtf8(model.stem().string()), "file name", Authority::FileName});
    for (const std::filesystem::path& vae : companions.pairedVaes) {
        const std::string name = toValidUtf8(vae.filename().string());
        claims.claims.push_back({MetadataField::Vae, name, name, Authority::User});
    }
    return claims;
}

} // namespace

Result<MetadataReport> readModelMetadata(const MetadataRequest& request, const std::stop_token& stop)
{
    MetadataReport report;
    auto header = readHeader(request.headerFile);
    if (!header && header.error().code == ErrorCode::NotFound)
        return fail(std::move(header).error());
    if (header)
        report.header = std::move(*header);
    else
        report.headerProblem = std::move(header).error();

    auto companions = companionsOf(request.model);
    if (!companions) {
        report.folderProblem = std::move(companions).error();
        companions = Companions{};
    }
    const auto folders = sidecarFolders(request.model);
    std::vector<SourceClaims> sources;
    for (const SidecarFile& sidecar : companions->sidecars) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "reading the metadata was cancelled");
        report.sidecars.push_back(readSidecar(sidecar, folders));
        sources.push_back(claimsFromSidecar(report.sidecars.back(), request.model.filename().string()));
        report.sidecars.back().document = {}; // has 30 times the size of its text
    }
    if (auto ofInvoke = claimsFromInvokeDatabase(request.model))
        sources.push_back(std::move(*ofInvoke));
    else
        report.databaseProblem = std::move(ofInvoke).error();
    sources.push_back(claimsFromHeader(report.header));
    sources.push_back(claimsFromNames(request.model, *companions));
    report.metadata = mergeClaims(std::move(sources));
    report.preview = choosePreview(*companions, report.header);
    return report;
}

} // namespace weightroom::engine
