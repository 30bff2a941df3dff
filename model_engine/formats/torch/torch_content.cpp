// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/torch_content.h"

#include "model_engine/core/utf8.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace weightroom::engine {
namespace {

constexpr std::size_t kMostDepth = 256;
/// Values that are looked at: a pickle that refers to a list of its lists a thousand times is short and has no end.
constexpr std::uint64_t kMostVisits = 4'000'000;
/// Descriptions of tensors may take eight times the pickle's size (three times is usual), a small pickle's one MiB.
constexpr std::uint64_t kDescriptionTimesSize = 8;
constexpr Bytes kDescriptionFloor = kMiB;
constexpr Bytes kDescriptionCeiling = kMiB * 64;

/// Several times what any framework names its layers.
constexpr std::size_t kLongestName = 65'535;

constexpr std::size_t kMostMetadata = 64;
constexpr std::size_t kLongestMetadata = 256;

/// Keys at the top that wrap the weights; an earlier one goes before a later one.
constexpr std::array<std::string_view, 4> kWrappers{"state_dict", "params_ema", "params", "model"};
constexpr std::string_view kBareTensor = "tensor";

std::string realText(double number)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

/// A number, text or truth value as text.
std::optional<std::string> scalarText(const PickleTree& values, PickleRef value)
{
    if (const auto text = values.text(value))
        return std::string{*text};
    if (const auto number = values.integer(value))
        return std::to_string(*number);
    if (const auto number = values.real(value))
        return realText(*number);
    if (const auto truth = values.boolean(value))
        return *truth ? "true" : "false";
    return std::nullopt;
}

/// Walks from the root to all tensors.
class ContentReader {
public:
    ContentReader(const Pickle& pickle, StorageClaims storages)
        : m_values(pickle.values)
        , m_storages(std::move(storages))
        , m_room(std::min(std::max(Bytes{pickle.size} * kDescriptionTimesSize, kDescriptionFloor), kDescriptionCeiling))
    {
    }

    Result<TorchContent> run(PickleRef root)
    {
        auto done = m_values.is(root, PickleKind::Dict) ? visitTop(root) : visit(root);
        if (!done)
            return fail(std::move(done).error());
        m_content.storages = std::move(m_storages.storages);
        return std::move(m_content);
    }

private:
    /// The first of the wrappers that is a dict.
    [[nodiscard]] std::optional<std::string_view> wrapperOf(PickleRef root) const
    {
        std::size_t best = kWrappers.size();
        auto items = m_values.items(root);
        while (const auto key = items.next()) {
            const auto value = items.next();
            const auto known = std::ranges::find(kWrappers, m_values.text(*key));
            if (value && known != kWrappers.end() && m_values.is(*value, PickleKind::Dict))
                best = std::min(best, static_cast<std::size_t>(known - kWrappers.begin()));
        }
        return best < kWrappers.size() ? std::optional{kWrappers[best]} : std::nullopt;
    }

    Result<> visitTop(PickleRef root)
    {
        auto wrapper = wrapperOf(root);
        auto items = m_values.items(root);
        for (std::size_t i = 0;; ++i) {
            const auto key = items.next();
            const auto value = items.next();
            if (!key || !value)
                return {};
            addMetadata(*key, *value);
            const bool isWrapper = wrapper && m_values.text(*key) == wrapper;
            auto done = isWrapper ? visitItems(*value) : visitBelow({key, i}, *value);
            if (!done)
                return done;
            if (isWrapper)
                wrapper.reset(); // a second one of the name keeps it
        }
    }

    void addMetadata(PickleRef key, PickleRef value)
    {
        const auto name = m_values.text(key);
        if (!name || name->size() > kLongestMetadata || m_content.metadata.size() == kMostMetadata)
            return;
        if (m_values.text(value).value_or("").size() > kLongestMetadata)
            return;
        const auto text = scalarText(m_values, value);
        if (text && isValidUtf8(*name) && isValidUtf8(*text))
            m_content.metadata.emplace(*name, *text);
    }

    /// A step on the way to a value: the key in a dict, the index in a list.
    struct Step {
        std::optional<PickleRef> key;
        std::size_t index = 0;
    };

    Result<> visitBelow(Step step, PickleRef value)
    {
        m_path.push_back(step);
        auto done = visit(value);
        m_path.pop_back();
        return done;
    }

    Result<> visit(PickleRef value)
    {
        if (++m_visits > kMostVisits)
            return tooMuch("leads to more values", kMostVisits);
        if (m_path.size() > kMostDepth)
            return tooMuch("has more containers in each other", kMostDepth);
        return m_values.is(value, PickleKind::Applied) ? addTensor(value) : visitItems(value);
    }

    /// The items of a container; a value of another kind has none.
    Result<> visitItems(PickleRef container)
    {
        const bool isDict = m_values.is(container, PickleKind::Dict);
        auto items = m_values.items(container);
        for (std::size_t i = 0;; ++i) {
            const auto key = isDict ? items.next() : std::nullopt;
            const auto value = items.next();
            if (!value)
                return {};
            if (auto done = visitBelow({key, i}, *value); !done)
                return done;
        }
    }

    /// Keys that are neither text nor number (a class, a tuple) name no weights; what lies below them gets a name all
    /// the same, so that no tensor is lost.
    [[nodiscard]] std::string textOf(const Step& step) const
    {
        if (!step.key)
            return std::to_string(step.index);
        if (const PickleGlobal* global = m_values.global(*step.key))
            return global->name;
        return scalarText(m_values, *step.key).value_or(std::to_string(step.index));
    }

    Result<std::string> nameHere() const
    {
        if (m_path.empty())
            return std::string{kBareTensor};
        std::string name;
        for (const Step& step : m_path) {
            const std::size_t more = step.key ? m_values.text(*step.key).value_or("").size() : 0;
            if (more > kLongestName - std::min(name.size(), kLongestName))
                return tooMuch("names a tensor with more characters", kLongestName);
            name.append(&step == &m_path.front() ? "" : ".").append(textOf(step));
        }
        if (!isValidUtf8(name))
            return fail(ErrorCode::InvalidFormat, "the name " + quotedName(name) + " is not UTF-8");
        return name;
    }

    Result<> addTensor(PickleRef value)
    {
        auto name = nameHere();
        if (!name)
            return fail(std::move(name).error());
        auto tensor = readTensor(m_values, m_storages, value);
        if (!tensor) {
            Error error = std::move(tensor).error();
            error.detail = "tensor " + quotedName(*name) + " " + error.detail;
            return fail(std::move(error));
        }
        m_described += Bytes{sizeof(TensorClaim) + name->size() + 2 * tensor->shape.rank() * sizeof(std::uint64_t)};
        if (m_described > m_room)
            return tooMuch("describes tensors with more bytes", m_room.value);
        tensor->name = std::move(*name);
        m_content.tensors.push_back(std::move(*tensor));
        return {};
    }

    static tl::unexpected<Error> tooMuch(std::string_view what, std::uint64_t limit)
    {
        return fail(ErrorCode::HeaderTooLarge,
            std::string{"the pickle "}.append(what).append(" than ").append(std::to_string(limit)));
    }

    const PickleTree& m_values;
    StorageClaims m_storages;
    TorchContent m_content;
    std::vector<Step> m_path;
    std::uint64_t m_visits = 0;
    Bytes m_described;
    Bytes m_room;
};

} // namespace

Result<TorchContent> readContent(const Pickle& pickle, FileFormat format)
{
    auto storages = readStorages(pickle.values, format);
    if (!storages)
        return fail(std::move(storages).error());
    return ContentReader{pickle, std::move(*storages)}.run(pickle.root);
}

} // namespace weightroom::engine
