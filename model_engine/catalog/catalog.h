// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What a scan could have found: everything that is known there and was not found is gone.
struct ScanCoverage {
    std::vector<std::filesystem::path> directories;
    std::uint32_t maximumDepth = std::numeric_limits<std::uint32_t>::max(); ///< folders below a directory
    std::vector<std::string> extensions{}; ///< lower case, with the dot; empty: all
};

/// Whether a scan could have found a file at this path. The directories are spelled as normalFolder() does.
[[nodiscard]] bool isCovered(const std::filesystem::path& path, const ScanCoverage& coverage);

/// A model that is not listed, and still known: its file may come back, or be found under another path.
struct RememberedModel {
    ModelRecordPtr record;
    bool isGone = false; ///< a scan did not find it again; false: it lies outside the folders of this run
    bool isStale = false; ///< read by other rules than those of this build: only its files and its id are of use
};

/// A copy in every folder is told of; a library of copies is not told of a thousand times for each.
inline constexpr std::size_t kMostLookAlikes = 16;

/// The models in use: what the last scan of each folder found, and those of before. A plain value: it lives on the
/// engine thread, no locks. Each id stands once, whatever path its model was found under last.
class Catalog {
public:
    using IsInUse = std::function<bool(const ModelId&)>;

    /// The result of a scan takes the place of what was known in its coverage; models elsewhere stay. A model that was
    /// not found again but is in use (cached or loaded) stays with a problem that says so, because what is in memory
    /// must be seen and given back.
    void replace(const ScanCoverage& coverage, const std::vector<ModelRecordPtr>& models, const IsInUse& isInUse = {});

    /// A model that came by itself, not by a scan: one that was brought back. Takes the place of what has its path.
    void insert(ModelRecordPtr model);
    void remove(const ModelId& id); ///< remembers it as gone
    /// Remembers a model no longer that was gone for too long; one that is listed stays.
    void forget(const ModelId& id);
    /// What was kept between runs: models to list, and others. What a scan has listed before stays as it is.
    void restore(const std::vector<ModelRecordPtr>& listed, const std::vector<RememberedModel>& others);

    /// nullptr when no model has this id.
    [[nodiscard]] ModelRecordPtr find(const ModelId& id) const;
    [[nodiscard]] std::vector<ModelRecordPtr> models() const; ///< sorted by path
    [[nodiscard]] std::vector<RememberedModel> remembered() const; ///< in the order of their ids
    /// Other usable models with the same content key, in the order of their paths: they may be the same. The first
    /// kMostLookAlikes of them.
    [[nodiscard]] const std::vector<ModelId>& lookAlikes(const ModelId& id) const;
    /// Grows with every change of what is listed.
    [[nodiscard]] std::uint64_t changes() const { return m_changes; }

private:
    void index();
    void indexById();
    void findLookAlikes();

    std::map<std::filesystem::path, ModelRecordPtr> m_byPath;
    std::map<ModelId, ModelRecordPtr> m_byId;
    std::map<ModelId, RememberedModel> m_remembered;
    std::map<ModelId, std::vector<ModelId>> m_lookAlikes; ///< of models that have any
    std::uint64_t m_changes = 0;
};

} // namespace weightroom::engine
