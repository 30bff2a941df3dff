// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_matching.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace weightroom::engine {
namespace {

/// An id is shown in logs and typed in a shell: long enough to recognise, short enough to read.
constexpr std::size_t kStemLength = 48;
/// FAT keeps times to two seconds.
constexpr std::int64_t kTimeToleranceNs = 2'000'000'000;

bool isPlain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
        || c == '.';
}

/// The file's name as plain ASCII: an id is no path, no option and no escape sequence.
std::string readableStem(const std::filesystem::path& path)
{
    std::string stem = path.stem().string().substr(0, kStemLength);
    std::ranges::replace_if(
        stem, [](char c) { return !isPlain(c); }, '_');
    const std::size_t begin = stem.find_first_not_of("-.");
    return begin == std::string::npos ? "model" : stem.substr(begin);
}

std::string hexText(std::uint64_t number)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text.push_back(kDigits[(number >> static_cast<unsigned>(shift)) & 0xFU]);
    return text;
}

bool isSameFile(const ModelFile& known, const FoundPart& found)
{
    return known.path.native() == found.path && known.namePrefix == found.namePrefix
        && withoutDevice(known.identity) == withoutDevice(found.identity);
}

bool hasSameIndex(const ModelRecord& known, const FoundModel& found)
{
    return known.index && found.index ? withoutDevice(known.index->identity) == withoutDevice(found.index->identity)
                                      : !known.index && !found.index;
}

/// Which files these are, wherever they are; empty when one could not be looked at.
template <class File>
std::vector<FileIdentity> nodesOf(const std::vector<File>& files)
{
    std::vector<FileIdentity> nodes;
    for (const File& file : files) {
        if (file.identity.inode == 0)
            return {};
        nodes.push_back(file.identity);
        nodes.back().changedNs = 0;
    }
    return nodes;
}

bool isThere(const std::filesystem::path& path)
{
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

bool haveSameTimes(const ModelRecord& a, const ModelRecord& b)
{
    return std::ranges::equal(a.files, b.files, [](const ModelFile& one, const ModelFile& other) {
        const std::int64_t difference = one.identity.modifiedNs - other.identity.modifiedNs;
        return one.identity.size == other.identity.size && std::abs(difference) <= kTimeToleranceNs;
    });
}

/// The same model in the state and under the paths in which it was found.
ModelRecordPtr asFound(const ModelRecord& known, const FoundModel& found)
{
    ModelRecord record = known;
    placeAsFound(record, found);
    for (std::size_t i = 0; i < record.files.size(); ++i) {
        ModelFile& file = record.files[i];
        const std::int64_t readAt = file.readChangedNs.value_or(file.identity.changedNs);
        file = modelFileOf(found.files[i]);
        if (readAt != file.identity.changedNs)
            file.readChangedNs = readAt;
    }
    return std::make_shared<const ModelRecord>(std::move(record));
}

bool hasSamePlacement(const ModelRecord& known, const FoundModel& found)
{
    return found.placement ? known.placement == *found.placement : known.placement == Placement{};
}

bool isExactlyAsFound(const ModelRecord& known, const FoundModel& found)
{
    const bool sameFiles = std::ranges::equal(known.files, found.files,
        [](const ModelFile& a, const FoundPart& b) { return a.path.native() == b.path && a.identity == b.identity; });
    const bool sameIndex = !found.index || (known.index && known.index->identity == found.index->identity);
    const bool sameName = found.name.empty() || known.name == found.name;
    return known.path.native() == found.path && sameFiles && sameIndex && hasSamePlacement(known, found) && sameName
        && known.variants == found.variants;
}

ModelRecordPtr withId(const ModelRecordPtr& record, ModelId id)
{
    if (record->id == id)
        return record;
    ModelRecord copy = *record;
    copy.id = std::move(id);
    return std::make_shared<const ModelRecord>(std::move(copy));
}

} // namespace

ModelId modelIdFor(const std::filesystem::path& path, std::uint64_t salt)
{
    const std::string& bytes = path.native();
    return {readableStem(path) + "-" + hexText(::XXH3_64bits_withSeed(bytes.data(), bytes.size(), salt))};
}

ModelMatcher::ModelMatcher(
    std::span<const ModelRecordPtr> known, std::span<const ModelRecordPtr> stale, std::span<const FoundModel> found)
    : m_found(found)
    , m_matches(found.size())
    , m_knownIds(known.size() + stale.size())
{
    m_known.reserve(known.size() + stale.size()); // pointers to them are kept
    add(known, false);
    add(stale, true);
    match(MatchKind::Unchanged, &ModelMatcher::unchanged);
    lookAtNodes();
    match(MatchKind::Renamed, &ModelMatcher::renamed);
    match(MatchKind::Replaced, &ModelMatcher::replaced);
}

void ModelMatcher::add(std::span<const ModelRecordPtr> records, bool areStale)
{
    for (const ModelRecordPtr& record : records) {
        if (!m_knownIds.insert(record->id.text))
            continue; // it is known twice: the first counts
        m_known.push_back({&record, areStale});
    }
}

/// Not before it is needed, as the nodes.
void ModelMatcher::lookAtPaths()
{
    m_byPath.reserve(m_known.size());
    for (Known& known : m_known)
        m_byPath.emplace(known.record().path.native(), &known);
}

/// Not before it is needed: in most rescans every file is where it was.
void ModelMatcher::lookAtNodes()
{
    const auto isOpen = [](const Match& match) { return match.kind == MatchKind::None; };
    if (std::ranges::none_of(m_matches, isOpen))
        return;
    for (Known& known : m_known) {
        if (auto nodes = nodesOf(known.record().files); !nodes.empty())
            m_byNodes.emplace(std::move(nodes), &known);
    }
}

void ModelMatcher::match(MatchKind kind, Known* (ModelMatcher::*rule)(const FoundModel&))
{
    for (std::size_t i = 0; i < m_found.size(); ++i) {
        if (m_matches[i].kind != MatchKind::None)
            continue;
        Known* known = (this->*rule)(m_found[i]);
        if (known == nullptr || known->isTaken)
            continue;
        known->isTaken = true;
        m_matches[i] = {kind, known};
    }
}

ModelMatcher::Known* ModelMatcher::unchanged(const FoundModel& found)
{
    // Both are in the order of their paths, most of the time: where nothing has changed, the next one is it.
    const bool isNext =
        m_byPath.empty() && m_next < m_known.size() && m_known[m_next].record().path.native() == found.path;
    Known* known = isNext ? &m_known[m_next++] : replaced(found);
    if (known == nullptr || !std::ranges::equal(known->record().files, found.files, isSameFile))
        return nullptr;
    return hasSameIndex(known->record(), found) ? known : nullptr;
}

ModelMatcher::Known* ModelMatcher::renamed(const FoundModel& found)
{
    const auto known = m_byNodes.find(nodesOf(found.files));
    return known == m_byNodes.end() ? nullptr : known->second;
}

ModelMatcher::Known* ModelMatcher::replaced(const FoundModel& found)
{
    if (m_byPath.empty())
        lookAtPaths();
    const auto known = m_byPath.find(found.path);
    return known == m_byPath.end() ? nullptr : known->second;
}

ModelRecordPtr ModelMatcher::recordOf(std::size_t number) const
{
    const Match& match = m_matches[number];
    const FoundModel& found = m_found[number];
    const bool sameFiles = match.kind == MatchKind::Unchanged || match.kind == MatchKind::Renamed;
    if (!sameFiles || match.known->isStale || found.problem || !hasSameIndex(match.known->record(), found))
        return nullptr;
    const ModelRecord& known = match.known->record();
    if (isExactlyAsFound(known, found))
        return known.problem && mayPass(*known.problem) ? nullptr : *match.known->pointer;
    // A problem names paths: it is told anew under the present ones.
    return known.problem ? nullptr : asFound(known, found);
}

void ModelMatcher::giveIds(std::vector<ModelRecordPtr>& models)
{
    Candidates gone;
    for (Known& known : m_known) {
        if (!known.isTaken && !known.record().contentKey.empty())
            gone.emplace(known.record().contentKey, &known);
    }
    const auto moved = [&](const ModelRecord& model) -> Known* {
        const auto [begin, end] = gone.equal_range(model.contentKey);
        const auto known = std::find_if(begin, end, [&](const auto& row) {
            const ModelRecord& before = row.second->record();
            return !row.second->isTaken && haveSameTimes(before, model) && !isThere(before.files.front().path);
        });
        return known == end ? nullptr : known->second;
    };
    for (std::size_t i = 0; i < models.size(); ++i) {
        if (const Known* match = m_matches[i].known) {
            if (models[i] != *match->pointer)
                models[i] = withId(models[i], match->record().id);
            continue;
        }
        Known* known = moved(*models[i]);
        if (known != nullptr)
            known->isTaken = true;
        models[i] = withId(models[i], known != nullptr ? known->record().id : newId(models[i]->path));
    }
}

ModelId ModelMatcher::newId(const std::filesystem::path& path)
{
    for (std::uint64_t salt = 0;; ++salt) {
        ModelId id = modelIdFor(path, salt);
        if (!m_knownIds.contains(id.text) && m_newIds.insert(id.text).second)
            return id;
    }
}

} // namespace weightroom::engine
