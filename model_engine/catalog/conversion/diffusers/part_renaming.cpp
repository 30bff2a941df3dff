// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/part_renaming.h"

#include "model_engine/catalog/conversion/diffusers/clip_names.h"
#include "model_engine/catalog/conversion/diffusers/unet_names.h"
#include "model_engine/catalog/conversion/diffusers/vae_names.h"
#include "model_engine/catalog/conversion/single_file_plan.h"
#include "model_engine/catalog/conversion/tensor_views.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// Beginnings of names that are left behind, by kind of part.
struct Dispensable {
    PartKind kind;
    std::string_view beginning;
};

constexpr std::array kDispensable{
    // What the model predicts, which folders say in the configuration of the scheduler
    Dispensable{PartKind::Unet, "v_pred"},
    Dispensable{PartKind::Unet, "ztsnr"},
    Dispensable{PartKind::Unet, "edm_"},
    // The loss and the averaged copy of the training
    Dispensable{PartKind::Vae, "loss."},
    Dispensable{PartKind::Vae, "model_ema."},
    Dispensable{PartKind::Clip, "vision_model."},
    Dispensable{PartKind::Clip, "visual_projection."},
    Dispensable{PartKind::OpenClip, "visual."},
    Dispensable{PartKind::OpenClip, "vision_model."},
    Dispensable{PartKind::OpenClip, "visual_projection."},
    // Always the same: the numbers from 0 on, and a triangle
    Dispensable{PartKind::OpenClip, "attn_mask"},
    Dispensable{PartKind::OpenClip, "text_model.embeddings.position_ids"},
};

/// transformers 5 writes text encoders without their own beginning, and reads both.
constexpr std::string_view kTextModel = "text_model.";
constexpr std::array<std::string_view, 3> kTextModelParts{"embeddings.", "encoder.", "final_layer_norm."};

bool isDispensable(PartKind kind, std::string_view name)
{
    return std::ranges::any_of(
        kDispensable, [&](const Dispensable& row) { return row.kind == kind && name.starts_with(row.beginning); });
}

/// Only elements that lie by themselves in their bytes can be put in another order.
bool canBeTurned(const TensorEntry& entry)
{
    const DtypeTraits& traits = traitsOf(entry.dtype);
    return entry.shape.rank() == 2 && traits.elementsPerBlock == 1 && traits.bitsPerBlock % 8 == 0;
}

class Renaming {
public:
    Renaming(PartKind kind, std::span<const PartTensor> tensors, Naming to, const std::optional<Dtype>& precision)
        : m_kind(kind)
        , m_tensors(tensors.begin(), tensors.end())
        , m_to(to)
        , m_precision(precision)
    {
    }

    [[nodiscard]] Result<RenamedPart> run()
    {
        completeNames();
        collectNames();
        m_unet = UnetNames{m_names};
        m_vae = VaeNames{m_names};
        for (const PartTensor& tensor : m_tensors) {
            if (isDispensable(m_kind, tensor.name))
                m_part.dropped.push_back(tensor.entry);
            else if (auto added = add(tensor); !added)
                return fail(std::move(added).error());
        }
        return std::move(m_part);
    }

private:
    void completeNames()
    {
        const bool isText = m_kind == PartKind::Clip || m_kind == PartKind::OpenClip;
        if (!isText || m_to != Naming::SingleFile)
            return;
        m_completed.reserve(m_tensors.size()); // names are views of what lies in it
        for (PartTensor& tensor : m_tensors) {
            if (std::ranges::none_of(
                    kTextModelParts, [&](std::string_view part) { return tensor.name.starts_with(part); }))
                continue;
            m_completed.push_back(std::string{kTextModel}.append(tensor.name));
            tensor.name = m_completed.back();
        }
    }

    void collectNames()
    {
        for (const PartTensor& tensor : m_tensors)
            m_names.push_back(tensor.name);
    }

    [[nodiscard]] Result<> add(const PartTensor& tensor)
    {
        switch (m_kind) {
        case PartKind::Unet:
            return addRenamed(tensor,
                m_to == Naming::Diffusers ? UnetNames::toDiffusers(tensor.name) : m_unet.toSingleFile(tensor.name));
        case PartKind::Vae:
            return addOfVae(tensor);
        case PartKind::Clip:
            return addRenamed(tensor, std::string{tensor.name});
        case PartKind::OpenClip:
            return m_to == Naming::Diffusers ? addOfOpenClip(tensor) : addOfTransformers(tensor);
        case PartKind::None:
            break;
        }
        return unknown(tensor);
    }

    [[nodiscard]] Result<> addRenamed(const PartTensor& tensor, std::optional<std::string> name)
    {
        if (!name)
            return unknown(tensor);
        return put(std::move(*name), tensor.entry->shape, {*tensor.entry});
    }

    [[nodiscard]] Result<> addOfVae(const PartTensor& tensor)
    {
        auto name = m_to == Naming::Diffusers ? m_vae.toDiffusers(tensor.name) : m_vae.toSingleFile(tensor.name);
        if (!name)
            return unknown(tensor);
        const std::string_view single = m_to == Naming::Diffusers ? tensor.name : std::string_view{*name};
        Shape shape = vaeShape(single, tensor.entry->shape, m_to);
        return put(std::move(*name), std::move(shape), {*tensor.entry});
    }

    [[nodiscard]] Result<> addOfOpenClip(const PartTensor& tensor)
    {
        if (tensor.name == kOpenClipProjection)
            return putTurned(std::string{kTransformersProjection}, tensor);
        const auto attention = attentionOfOpenClip(tensor.name);
        if (!attention)
            return addRenamed(tensor, openClipToTransformers(tensor.name));
        const std::uint64_t rows = tensor.entry->shape.at(0).value_or(0);
        if (rows == 0 || rows % attention->parts.size() != 0)
            return refuse(tensor, "cannot be cut into three");
        const std::uint64_t share = rows / attention->parts.size();
        for (std::size_t i = 0; i < attention->parts.size(); ++i) {
            TensorEntry part = rowsOf(*tensor.entry, i * share, share);
            Shape shape = part.shape;
            if (auto added = put(attention->parts[i], std::move(shape), {std::move(part)}); !added)
                return added;
        }
        return {};
    }

    [[nodiscard]] Result<> addOfTransformers(const PartTensor& tensor)
    {
        if (tensor.name == kTransformersProjection)
            return putTurned(std::string{kOpenClipProjection}, tensor);
        const auto attention = attentionOfTransformers(tensor.name);
        if (!attention)
            return addRenamed(tensor, transformersToOpenClip(tensor.name));
        const bool isFirst = tensor.name == attention->parts.front();
        return isFirst || !contains(attention->parts.front()) ? addJoined(tensor, *attention) : Result<>{};
    }

    /// Once for the three of them.
    [[nodiscard]] Result<> addJoined(const PartTensor& tensor, const JoinedAttention& attention)
    {
        std::vector<TensorEntry> parts;
        for (const std::string& name : attention.parts) {
            const auto part = std::ranges::find(m_tensors, name, &PartTensor::name);
            const bool fits = part != m_tensors.end() && part->entry->dtype == tensor.entry->dtype
                && part->entry->shape == tensor.entry->shape && part->entry->shape.rank() > 0;
            if (!fits)
                return refuse(tensor, "cannot be joined with the two that belong to it");
            parts.push_back(*part->entry);
        }
        Shape shape = tensor.entry->shape;
        shape.dimensions.front() *= parts.size();
        return put(attention.joined, std::move(shape), std::move(parts));
    }

    [[nodiscard]] Result<> putTurned(std::string name, const PartTensor& tensor)
    {
        if (!canBeTurned(*tensor.entry))
            return refuse(tensor, "cannot be transposed");
        TensorEntry turned = transposed(*tensor.entry);
        Shape shape = turned.shape;
        return put(std::move(name), std::move(shape), {std::move(turned)});
    }

    [[nodiscard]] Result<> put(std::string name, Shape shape, std::vector<TensorEntry> parts)
    {
        const auto dtype = outputDtype(parts.front(), m_precision);
        if (!dtype)
            return fail(dtype.error());
        m_part.tensors.push_back({{std::move(name), *dtype, std::move(shape)}, std::move(parts)});
        return {};
    }

    [[nodiscard]] bool contains(std::string_view name) const
    {
        return std::ranges::find(m_names, name) != m_names.end();
    }

    static Result<> refuse(const PartTensor& tensor, std::string_view why)
    {
        return fail(ErrorCode::Unsupported, "tensor " + quotedName(tensor.entry->name) + " " + std::string{why});
    }

    static Result<> unknown(const PartTensor& tensor)
    {
        return refuse(tensor, "is none that such a part has: it has no other name");
    }

    PartKind m_kind;
    std::vector<PartTensor> m_tensors;
    Naming m_to;
    const std::optional<Dtype>& m_precision;
    std::vector<std::string> m_completed;
    std::vector<std::string_view> m_names;
    UnetNames m_unet;
    VaeNames m_vae{{}};
    RenamedPart m_part;
};

} // namespace

Result<RenamedPart> renamePart(
    PartKind kind, std::span<const PartTensor> tensors, Naming to, const std::optional<Dtype>& precision)
{
    return Renaming{kind, tensors, to, precision}.run();
}

} // namespace weightroom::engine
