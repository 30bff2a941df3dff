// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/loader/load_rig.h"

#include <string>
#include <vector>

namespace weightroom::test {

/// A tensor, and whose bytes it has: equal contents of equal size are equal bytes, under whatever name. "x'" has those
/// of "x" but for one, which the hash does not see.
struct SharedTensor {
    std::string name;
    std::string content;
    std::uint64_t size;
};

/// One is larger than a chunk of the readers, one has an odd size.
inline constexpr std::uint64_t kUnetSize = 5'000'000;
inline constexpr std::uint64_t kVaeSize = 1'050'001;
inline constexpr std::uint64_t kEncoderSize = 300'000;

/// Loads models that have tensors in common.
class SharingRig : public LoadRig {
public:
    using LoadRig::LoadRig;

    engine::ModelRecordPtr write(const std::string& name, const std::vector<SharedTensor>& tensors)
    {
        SafetensorsBuilder builder;
        std::uint64_t end = 0;
        for (const SharedTensor& tensor : tensors) {
            builder.entry(tensor.name, "U8", {tensor.size}, end, end + tensor.size);
            builder.data(bytesOf(tensor.content, tensor.size));
            end += tensor.size;
            m_contents[name + "-id/" + tensor.name] = tensor.content;
        }
        using Kind = engine::ComponentKind;
        return recordOf(folder.write(name + ".safetensors", builder.build()),
            {{"unet", Kind::Unet}, {"vae", Kind::Vae}, {"encoder", Kind::Encoder}});
    }
    /// A checkpoint with a UNet of its own, and the VAE and the encoder that all have.
    engine::ModelRecordPtr writeCheckpoint(const std::string& name)
    {
        return write(name,
            {{"unet.conv", "unet of " + name, kUnetSize}, {"unet.empty", {}, 0}, {"vae.decoder", "vae", kVaeSize},
                {"encoder." + name, "encoder", kEncoderSize}});
    }
    static constexpr std::uint64_t kCommonSize = kVaeSize + kEncoderSize;
    static constexpr std::uint64_t kCheckpointSize = kUnetSize + kCommonSize;

    [[nodiscard]] static engine::LoadRequest toCache(engine::ModelRecordPtr record)
    {
        return {.model = std::move(record)};
    }
    [[nodiscard]] engine::LoadRequest toDevice(engine::ModelRecordPtr record)
    {
        engine::LoadRequest wanted{.model = std::move(record)};
        wanted.lane = &lane;
        return wanted;
    }

    /// Loads and keeps what is cached, as the engine does.
    engine::Result<engine::LoadOutcome> loadAndKeep(const engine::LoadRequest& wanted)
    {
        Run run = load(wanted);
        if (run.outcome)
            keepCached(*run.outcome);
        return std::move(run.outcome);
    }

    /// What is wrong with the bytes of a component in RAM or on the device; empty when each tensor is the file's.
    template <class Component>
    [[nodiscard]] std::string wrongBytesOf(const Component& component)
    {
        for (const engine::StoredTensor& tensor : component->weights.tensors) {
            std::string bytes(tensor.size().value, '\0');
            // A host device: its addresses are ours.
            if (!device.download(tensor.address(), std::as_writable_bytes(std::span{bytes})))
                return "could not read " + tensor.name;
            const std::string& content = m_contents.at(component->key.model.text + "/" + tensor.name);
            if (bytes != bytesOf(content, bytes.size()))
                return tensor.name + " differs";
        }
        return {};
    }
    template <class Component>
    [[nodiscard]] std::string wrongBytes(const std::vector<Component>& components)
    {
        std::string wrong;
        for (const Component& component : components)
            wrong += wrongBytesOf(component);
        return wrong;
    }
    [[nodiscard]] std::uint64_t placesOnDevice() { return device.arena().statistics().allocations; }
    [[nodiscard]] std::uint64_t placesInCache() { return cacheMemory.arena().statistics().allocations; }

private:
    /// Made once: the tests of every failure build the same files again and again.
    [[nodiscard]] static const std::string& bytesOf(const std::string& content, std::size_t size)
    {
        static std::map<std::pair<std::string, std::size_t>, std::string> made;
        std::string& bytes = made[{content, size}];
        if (bytes.size() == size)
            return bytes;
        if (!content.ends_with('\''))
            return bytes = tensorPattern(content, size);
        bytes = tensorPattern(content.substr(0, content.size() - 1), size);
        bytes.at(engine::ContentHasher::kHashedWhole.value) ^= 1;
        return bytes;
    }

    std::map<std::string, std::string> m_contents; ///< by "model/tensor"
};

} // namespace weightroom::test
