// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/contents/compactor.h"
#include "tests/support/recording_log.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace weightroom::test {

/// A tensor and what its bytes are: those of equal seed and size are equal.
struct SeededTensor {
    std::uint32_t seed = 0;
    std::uint64_t size = 0;
};

/// Loads and unloads models on one device without files, and compacts it. What it loads it knows byte for byte.
class CompactionRig {
public:
    explicit CompactionRig(engine::Device& device)
        : m_device(device)
    {
    }
    ~CompactionRig() { unloadAll(); }
    CompactionRig(const CompactionRig&) = delete;
    CompactionRig& operator=(const CompactionRig&) = delete;

    enum class Sharing : std::uint8_t { None = 0, EqualContents };

    /// False when it does not fit.
    bool load(const std::string& model, const std::vector<SeededTensor>& tensors, Sharing sharing = Sharing::None)
    {
        std::vector<engine::Bytes> sizes;
        for (const SeededTensor& tensor : tensors)
            sizes.push_back({tensor.size});
        auto places = m_device.arena().allocate(sizes);
        if (!places)
            return false;
        engine::LoadedComponent component{.key = {{model}, {"unet"}}, .kind = {}, .identity = {}, .weights = {}};
        engine::Transfer transfer{m_lane, {}, {}};
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const std::vector<std::byte>& bytes = bytesOf(tensors[i]);
            transfer.push(engine::CopyStep{bytes, (*places)[i].address()});
            component.weights.tensors.emplace_back(
                nameOf(tensors[i]), engine::Dtype::U8, engine::Shape{}, std::move((*places)[i]));
            component.weights.size += engine::Bytes{tensors[i].size};
        }
        if (!transfer.finish())
            return false;
        if (sharing == Sharing::EqualContents)
            share(component.weights);
        auto loaded = std::make_shared<const engine::LoadedComponent>(std::move(component));
        m_executor.invoke([&] { m_table.add(m_device.description().id, {loaded}).clear(); });
        return true;
    }
    void unload(const std::string& model)
    {
        auto gone = m_executor.invoke([&] { return m_table.remove(m_device.description().id, {model}); });
        gone.clear();
    }
    void unloadAll()
    {
        for (const engine::LoadedComponentPtr& component : components())
            unload(component->key.model.text);
    }
    /// Slabs of six tensors each, of which one is left: those of the models "0", "1" and so on, which shared them with
    /// models that are gone.
    void makeSparse(std::uint64_t tensorSize, std::uint32_t slabs = kSparseSlabs)
    {
        for (std::uint32_t slab = 0; slab < slabs; ++slab) {
            std::vector<SeededTensor> tensors;
            for (std::uint32_t i = 0; i < 6; ++i)
                tensors.push_back({100 * slab + i, tensorSize});
            load("gone " + std::to_string(slab), tensors, Sharing::EqualContents);
            load(std::to_string(slab), {tensors[slab % 6]}, Sharing::EqualContents);
        }
        for (std::uint32_t slab = 0; slab < slabs; ++slab)
            unload("gone " + std::to_string(slab));
    }
    static constexpr std::uint32_t kSparseSlabs = 4;

    [[nodiscard]] std::vector<engine::LoadedComponentPtr> components()
    {
        return m_executor.invoke([&] { return m_table.onDevice(m_device.description().id); });
    }
    [[nodiscard]] engine::LoadedComponentPtr component(const std::string& model)
    {
        return m_executor.invoke([&] { return m_table.find(m_device.description().id, {model})->begin()->second; });
    }

    [[nodiscard]] engine::Result<engine::CompactionOutcome> compact(engine::CompactionControl control = {})
    {
        engine::TableContents<engine::LoadedComponentPtr> contents{
            m_executor, m_device.contents(), tableOf(m_table, m_device.description().id), [this] { ++exchanges; }};
        engine::DeviceContentMover mover{m_lane, control.stop};
        control.planned = control.planned ? control.planned : [](engine::Bytes) {};
        control.moved = control.moved ? control.moved : [](engine::Bytes) {};
        return engine::Compactor{m_device.arena(), contents, mover, control}.compact();
    }
    int exchanges = 0; ///< that changed the table; on the engine thread

    /// What is wrong: bytes of a tensor, or what the memory says about itself. Empty when nothing is. `read` reads the
    /// device's bytes.
    using Read = std::function<bool(std::uint64_t address, std::span<std::byte> bytes)>;
    [[nodiscard]] std::string violation(const Read& read)
    {
        std::map<const engine::PlacedContent*, std::uint64_t> places;
        for (const engine::LoadedComponentPtr& component : components()) {
            for (const engine::StoredTensor& tensor : component->weights.tensors) {
                places[tensor.content.get()] = engine::alignUp(tensor.size().value, engine::kTensorAlignment);
                if (!isRight(tensor, read))
                    return component->key.model.text + "/" + tensor.name + " has wrong bytes";
                const engine::ContentLabel* label = tensor.content->label();
                if (label && m_device.contents().find(label->id) != tensor.content)
                    return tensor.name + " is not found by its id";
            }
        }
        std::uint64_t allocated = 0;
        for (const auto& [content, size] : places)
            allocated += size;
        const engine::ArenaStatistics statistics = m_device.arena().statistics();
        if (statistics.allocated.value != allocated + leasedApart || statistics.held < statistics.allocated)
            return "what is allocated does not add up";
        return {};
    }
    [[nodiscard]] std::string violation()
    {
        return violation([this](std::uint64_t address, std::span<std::byte> bytes) {
            return m_device.download(address, bytes).has_value();
        });
    }
    [[nodiscard]] engine::ArenaStatistics statistics() { return m_device.arena().statistics(); }

    std::uint64_t leasedApart = 0; ///< bytes of places that no component has any more, but a lease

private:
    static std::string nameOf(const SeededTensor& tensor)
    {
        return std::to_string(tensor.seed) + "-" + std::to_string(tensor.size);
    }
    [[nodiscard]] static bool areEqual(std::span<const std::byte> a, std::span<const std::byte> b)
    {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0; // == is slow unoptimised
    }
    [[nodiscard]] bool isRight(const engine::StoredTensor& tensor, const Read& read)
    {
        m_readBack.resize(tensor.size().value);
        return read(tensor.address(), m_readBack) && areEqual(m_readBack, m_bytes.at(tensor.name));
    }
    const std::vector<std::byte>& bytesOf(const SeededTensor& tensor)
    {
        std::vector<std::byte>& bytes = m_bytes[nameOf(tensor)];
        if (bytes.size() == tensor.size)
            return bytes;
        bytes.resize(tensor.size);
        std::uint64_t state = tensor.seed * 0x9e3779b97f4a7c15ULL + tensor.size;
        for (std::size_t i = 0; i < bytes.size(); i += sizeof state) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            std::memcpy(&bytes[i], &state, std::min(sizeof state, bytes.size() - i));
        }
        return bytes;
    }
    void share(engine::ComponentWeights& weights)
    {
        for (engine::StoredTensor& tensor : weights.tensors) {
            const std::vector<std::byte>& bytes = m_bytes.at(tensor.name);
            tensor.content = m_device.contents()
                                 .share(tensor.content, {engine::digestOf(bytes), {}},
                                     [&](const engine::PlacedContent& there) -> engine::Result<bool> {
                                         std::vector<std::byte> other(there.size().value);
                                         return m_device.download(there.address(), other) && areEqual(other, bytes);
                                     })
                                 .value();
        }
    }

    engine::Device& m_device;
    RecordingLog m_log;
    std::map<std::string, std::vector<std::byte>> m_bytes; ///< by tensor
    std::vector<std::byte> m_readBack;
    engine::ResidencyTable m_table; ///< on the executor
    engine::TransferLane m_lane{m_device, m_log};
    engine::SerialExecutor m_executor{m_log};
};

} // namespace weightroom::test
