// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/modelscope_cache.h"

#include <array>
#include <string_view>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

constexpr std::array<std::string_view, 2> kMarks{".msc", ".mdl"};
/// Where the folders of organisations may lie below a root.
constexpr std::array<std::string_view, 4> kBases{"hub/models", "models", "hub", ""};
/// So many folders without a mark, or without a folder that could have one: it is something else, and each look may
/// cost a turn of a network.
constexpr std::size_t kMostUnmarked = 200;
constexpr std::string_view kMaskedDot = "___";

/// "Qwen2___5" is "Qwen2.5".
std::string unmasked(std::string name)
{
    for (std::size_t at = name.find(kMaskedDot); at != std::string::npos; at = name.find(kMaskedDot, at + 1))
        name.replace(at, kMaskedDot.size(), ".");
    return name;
}

/// The name of its mark; empty when the folder is no repository.
std::string_view markOf(const path& folder)
{
    for (const std::string_view mark : kMarks) {
        std::error_code unknown;
        if (std::filesystem::is_regular_file(folder / mark, unknown))
            return mark;
    }
    return {};
}

class CacheReader {
public:
    CacheReader(const path& root, FolderFinder& finder)
        : m_root(root)
        , m_finder(finder)
    {
    }

    [[nodiscard]] ModelScopeCache read()
    {
        for (const std::string_view base : kBases)
            readOrganisations(base.empty() ? m_root : m_root / base);
        if (!m_cache.repositories.empty())
            skipDataSets();
        return std::move(m_cache);
    }

private:
    void readOrganisations(const path& base)
    {
        for (const std::string& organisation : m_finder.namesIn(base)) {
            if (!isLikely())
                return;
            const std::vector<std::string>& names = m_finder.namesIn(base / organisation);
            m_unmarked += names.empty() ? 1 : 0;
            for (const std::string& name : names) {
                if (!isLikely())
                    return;
                readRepository(base / organisation / name, organisation + "/" + unmasked(name));
            }
        }
    }

    [[nodiscard]] bool isLikely() const { return !m_cache.repositories.empty() || m_unmarked <= kMostUnmarked; }

    void readRepository(const path& folder, std::string name)
    {
        const std::string_view mark = markOf(folder);
        if (mark.empty()) {
            ++m_unmarked;
            return;
        }
        if (m_cache.repositories.empty())
            m_cache.evidence = (folder / mark).lexically_relative(m_root).string();
        m_cache.repositories.emplace(folder, std::move(name));
    }

    void skipDataSets()
    {
        for (const path& folder : {m_root / "hub" / "datasets", m_root / "datasets"}) {
            std::error_code unknown;
            if (std::filesystem::is_directory(folder, unknown))
                m_cache.skipped.push_back(folder);
        }
    }

    const path& m_root;
    FolderFinder& m_finder;
    std::size_t m_unmarked = 0;
    ModelScopeCache m_cache;
};

} // namespace

ModelScopeCache readModelScopeCache(const path& root, FolderFinder& finder) { return CacheReader{root, finder}.read(); }

} // namespace weightroom::engine
