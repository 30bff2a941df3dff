// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/deletion_plan.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"
#include "model_engine/catalog/layouts/ollama_library.h"
#include "model_engine/catalog/metadata/sidecars/companions.h"
#include "model_engine/catalog/trash/hub_cache.h"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;
using fs::path;

bool isThere(const path& file)
{
    struct stat status { };
    return ::lstat(file.c_str(), &status) == 0;
}

bool isFolder(const path& file)
{
    std::error_code ignored;
    return fs::symlink_status(file, ignored).type() == fs::file_type::directory;
}

bool isBelow(const path& inner, const path& outer)
{
    return inner != outer && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// Of a file its size, of a folder that of all files in it; a link has none.
Bytes sizeOf(const path& file)
{
    std::error_code ignored;
    if (!isFolder(file))
        return Bytes{fs::is_symlink(file, ignored) ? 0 : fs::file_size(file, ignored)};
    Bytes sum;
    for (const auto& entry : fs::recursive_directory_iterator{file, ignored}) {
        if (entry.symlink_status(ignored).type() == fs::file_type::regular)
            sum += Bytes{entry.file_size(ignored)};
    }
    return sum;
}

/// Puts one plan together.
class Planner {
public:
    Planner(const ModelRecord& model, std::span<const ModelRecordPtr> library)
        : m_model(model)
        , m_library(library)
    {
    }

    [[nodiscard]] Result<DeletionPlan> plan()
    {
        if (!isThere(m_model.path))
            return fail(ErrorCode::NotFound, "'" + m_model.path.string() + "' is not there any more",
                {.modelId = m_model.id, .path = m_model.path.string()});
        if (ollamaModelsOfBlob(m_model.path))
            return fail(ErrorCode::Unsupported,
                "'" + m_model.name + "' belongs to Ollama, which alone knows what else uses its blob; `ollama rm "
                    + m_model.name + "` deletes it",
                {.modelId = m_model.id, .path = m_model.path.string()});
        if (isFolder(m_model.path))
            addFolder();
        else if (auto added = addFiles(); !added)
            return fail(std::move(added).error());
        const auto revision = hubRevisionOf(m_model.path);
        if (auto done = revision ? addBlobs(*revision) : keepTargets(); !done)
            return fail(std::move(done).error());
        for (const path& file : m_plan.files)
            m_plan.size += sizeOf(file);
        return std::move(m_plan);
    }

private:
    void add(const path& file)
    {
        if (std::ranges::find(m_plan.files, file) == m_plan.files.end())
            m_plan.files.push_back(file);
    }

    [[nodiscard]] bool hasNeighboursInside() const
    {
        return std::ranges::any_of(m_library,
            [&](const ModelRecordPtr& other) { return other->id != m_model.id && isBelow(other->path, m_model.path); });
    }

    void addFolder()
    {
        if (!hasNeighboursInside())
            return add(m_model.path);
        // Never a whole folder with somebody else's models in it.
        add(m_model.path / kPipelineIndexName);
        for (const ModelFile& file : m_model.files)
            add(file.path);
        m_plan.kept.push_back({m_model.path, KeptReason::OtherContent});
    }

    [[nodiscard]] Result<> addFiles()
    {
        for (const ModelFile& file : m_model.files)
            add(file.path);
        path named = m_model.path;
        if (const auto shard = parseShardName(m_model.path.filename().string())) {
            named.replace_filename(shard->set);
            const path index = named.string() + ".index.json";
            if (isThere(index))
                add(index);
        }
        return addCompanions(named);
    }

    /// The other model that has these sidecars too: x.ckpt beside x.safetensors.
    [[nodiscard]] bool isShared(const path& named) const
    {
        return std::ranges::any_of(m_library, [&](const ModelRecordPtr& other) {
            return other->id != m_model.id && other->path.parent_path() == named.parent_path()
                && other->path.stem() == named.stem();
        });
    }

    [[nodiscard]] Result<> addCompanions(const path& named)
    {
        const auto companions = companionsOf(named);
        if (!companions)
            return fail(companions.error());
        const bool shared = isShared(named);
        const auto addOrKeep = [&](const path& file) {
            if (shared)
                m_plan.kept.push_back({file, KeptReason::OtherModel});
            else
                add(file);
        };
        for (const SidecarFile& sidecar : companions->sidecars)
            addOrKeep(sidecar.path);
        for (const PreviewFile& preview : companions->previews)
            addOrKeep(preview.path);
        for (const path& vae : companions->pairedVaes)
            m_plan.kept.push_back({vae, KeptReason::OwnModel});
        return {};
    }

    /// A trashed link frees nothing: the blobs go with it.
    [[nodiscard]] Result<> addBlobs(const HubRevision& revision)
    {
        const auto blobs = blobsOf(revision, m_plan.files);
        if (!blobs)
            return fail(blobs.error());
        for (const path& blob : blobs->shared)
            m_plan.kept.push_back({blob, KeptReason::OtherModel});
        if (m_plan.files.front() == revision.snapshot) {
            for (const path& ref : refsOf(revision))
                add(ref);
        }
        for (const path& blob : blobs->unused) {
            if (isThere(blob))
                add(blob);
        }
        return {};
    }

    [[nodiscard]] Result<> keepTargets()
    {
        std::error_code ignored;
        for (const path& file : m_plan.files) {
            const path target = fs::is_symlink(file, ignored) ? fs::read_symlink(file, ignored) : path{};
            if (!target.empty())
                m_plan.kept.push_back({(file.parent_path() / target).lexically_normal(), KeptReason::LinkTarget});
        }
        return {};
    }

    const ModelRecord& m_model;
    std::span<const ModelRecordPtr> m_library;
    DeletionPlan m_plan;
};

} // namespace

std::string_view toText(KeptReason reason)
{
    static constexpr std::array<std::string_view, 5> kTexts{
        "none", "other_model", "own_model", "link_target", "other_content"};
    return kTexts.at(static_cast<std::size_t>(reason));
}

Result<DeletionPlan> planDeletion(const ModelRecord& model, std::span<const ModelRecordPtr> library)
{
    return Planner{model, library}.plan();
}

} // namespace weightroom::engine
