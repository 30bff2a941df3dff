// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/generated_traces.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

namespace weightroom::benchmarks {

using engine::Bytes;
using engine::Clock;
using engine::kMiB;

namespace {

/// Numbers that are the same everywhere: the distributions of the standard library differ between its makers.
class Dice {
public:
    explicit Dice(std::uint64_t seed)
        : m_bits(seed)
    {
    }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(m_bits() % count); }
    std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
    bool happens(double probability) { return unit() < probability; }
    double unit() { return static_cast<double>(m_bits() >> 11U) / 9007199254740992.0; } // 2^53
    /// A place in a list of which the first are taken more often, as 1/place.
    std::size_t favourOf(std::size_t count)
    {
        const double reach = std::log(static_cast<double>(count) + 1);
        return std::min(count - 1, static_cast<std::size_t>(std::exp(unit() * reach)) - 1);
    }

private:
    std::mt19937_64 m_bits;
};

struct Model {
    engine::ModelId id;
    std::vector<TraceComponent> components;
};

// Bytes per second, cold: what docs/performance.md measured on a virtual disk, and a disk with platters.
constexpr double kFastDisk = 1.5e9;
constexpr double kSlowDisk = 0.18e9;
/// To open the file and read its header.
constexpr double kOpenSeconds = 0.03;

class ModelMaker {
public:
    Model make(const std::string& name, std::vector<std::pair<const char*, Bytes>> components, double bytesPerSecond)
    {
        Model model{{name}, {}};
        for (const auto& [component, size] : components) {
            const double seconds = kOpenSeconds + static_cast<double>(size.value) / bytesPerSecond;
            model.components.push_back({{model.id, {component}}, size, std::chrono::duration<double>{seconds}});
        }
        return model;
    }
    Model sdxl(std::size_t number, double disk = kFastDisk)
    {
        return make("sdxl-" + std::to_string(number),
            {{"unet", kMiB * 4897}, {"encoder_clip_g", kMiB * 1325}, {"encoder_clip_l", kMiB * 235},
                {"vae", kMiB * 160}},
            disk);
    }
    Model sd15(std::size_t number, double disk = kFastDisk)
    {
        return make("sd15-" + std::to_string(number),
            {{"unet", kMiB * 1640}, {"encoder_clip_l", kMiB * 235}, {"vae", kMiB * 160}}, disk);
    }
    Model flux(std::size_t number, double disk = kFastDisk)
    {
        return make("flux-" + std::to_string(number), {{"transformer", kMiB * 11350}}, disk);
    }
    Model lora(std::size_t number, Bytes size)
    {
        return make("lora-" + std::to_string(number), {{"lora", size}}, kFastDisk);
    }
};

/// Writes loads, with the time going by.
class Writer {
public:
    explicit Writer(std::string name)
        : m_trace{std::move(name), {}}
    {
    }
    void beginRun()
    {
        m_now += std::chrono::hours{10};
        m_run = m_now;
    }
    void load(const Model& model, std::chrono::seconds after)
    {
        m_now += after;
        TraceLoad load{{model.id, {}, m_now, m_run}, model.components};
        for (const TraceComponent& component : model.components)
            load.use.components.push_back(component.key.component);
        m_trace.loads.push_back(std::move(load));
    }
    [[nodiscard]] Trace take() { return std::move(m_trace); }

private:
    Trace m_trace;
    Clock::Wall m_now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    Clock::Wall m_run{};
};

constexpr std::size_t kArtistRuns = 20;

/// Six checkpoints with LoRAs of their own.
struct Studio {
    std::vector<Model> checkpoints;
    std::vector<Model> loras; ///< of checkpoint i those from i * lorasEach
    std::size_t lorasEach = 4;
};

Studio artistsModels(Dice& dice)
{
    ModelMaker maker;
    Studio studio;
    for (std::size_t i = 0; i < 4; ++i)
        studio.checkpoints.push_back(maker.sdxl(i));
    studio.checkpoints.push_back(maker.sd15(0));
    studio.checkpoints.push_back(maker.flux(0));
    for (std::size_t i = 0; i < studio.checkpoints.size() * studio.lorasEach; ++i)
        studio.loras.push_back(maker.lora(i, kMiB * dice.between(36, 440)));
    return studio;
}

std::chrono::seconds pause(Dice& dice) { return std::chrono::seconds{dice.between(20, 600)}; }

/// One sitting: a checkpoint, some of its LoRAs, another checkpoint.
void artistRun(Writer& writer, Dice& dice, const Studio& studio, const std::vector<std::size_t>& favourites)
{
    writer.beginRun();
    std::size_t at = 0;
    const std::size_t turns = dice.between(4, 12);
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t checkpoint = favourites[at];
        writer.load(studio.checkpoints[checkpoint], pause(dice));
        const std::size_t loras = dice.between(0, 3);
        for (std::size_t i = 0; i < loras; ++i)
            writer.load(studio.loras[checkpoint * studio.lorasEach + dice.favourOf(studio.lorasEach)], pause(dice));
        // Mostly on to the next of the favourites, at times to any.
        at = dice.happens(0.7) ? (at + 1) % favourites.size() : dice.below(favourites.size());
    }
}

/// Three are in favour; now and then one is replaced.
void driftFavourites(Dice& dice, const Studio& studio, std::vector<std::size_t>& favourites)
{
    if (!dice.happens(0.25))
        return;
    const std::size_t other = dice.below(studio.checkpoints.size());
    if (std::ranges::find(favourites, other) == favourites.end())
        favourites[dice.below(favourites.size())] = other;
}

Trace artist(std::uint64_t seed)
{
    Dice dice{seed};
    const Studio studio = artistsModels(dice);
    Writer writer{"artist"};
    std::vector<std::size_t> favourites{0, 1, 4};
    for (std::size_t run = 0; run < kArtistRuns; ++run) {
        artistRun(writer, dice, studio, favourites);
        driftFavourites(dice, studio, favourites);
    }
    return writer.take();
}

/// A queue: projects of a few checkpoints in a fixed order, each for some rounds; every fourth model on a slow disk.
Trace queue(std::uint64_t seed)
{
    Dice dice{seed};
    ModelMaker maker;
    std::vector<Model> models;
    for (std::size_t i = 0; i < 40; ++i) {
        const double disk = i % 4 == 3 ? kSlowDisk : kFastDisk;
        models.push_back(i % 5 == 4 ? maker.flux(i, disk) : i % 2 == 0 ? maker.sdxl(i, disk) : maker.sd15(i, disk));
    }
    std::vector<std::vector<std::size_t>> projects(12);
    for (auto& project : projects) {
        for (std::size_t i = dice.between(2, 5); i > 0; --i)
            project.push_back(dice.favourOf(models.size()));
    }
    Writer writer{"studio queue"};
    writer.beginRun();
    for (int series = 0; series < 60; ++series) {
        const auto& project = projects[dice.favourOf(projects.size())];
        for (std::size_t round = dice.between(2, 8); round > 0; --round) {
            for (const std::size_t model : project)
                writer.load(models[model], std::chrono::seconds{dice.between(5, 90)});
        }
    }
    return writer.take();
}

Trace comparison()
{
    ModelMaker maker;
    std::vector<Model> models;
    for (std::size_t i = 0; i < 10; ++i)
        models.push_back(maker.sdxl(i));
    Writer writer{"comparison"};
    writer.beginRun();
    for (int round = 0; round < 20; ++round) {
        for (const Model& model : models)
            writer.load(model, std::chrono::seconds{40});
    }
    return writer.take();
}

Trace oneOffPass(std::uint64_t seed)
{
    Dice dice{seed};
    const Studio studio = artistsModels(dice);
    ModelMaker maker;
    Writer writer{"one-off pass"};
    const std::vector<std::size_t> favourites{0, 1, 4};
    for (std::size_t run = 0; run < kArtistRuns; ++run) {
        artistRun(writer, dice, studio, favourites);
        for (std::size_t i = 0; i < 12 && run % 4 == 1; ++i)
            writer.load(maker.sd15(100 + run * 12 + i), std::chrono::seconds{10});
        // The pass is over: the same sitting goes on.
        for (const std::size_t checkpoint : favourites)
            writer.load(studio.checkpoints[checkpoint], pause(dice));
    }
    return writer.take();
}

/// No habit at all: the worst case of the prediction.
Trace noHabit(std::uint64_t seed)
{
    Dice dice{seed};
    ModelMaker maker;
    std::vector<Model> models;
    for (std::size_t i = 0; i < 12; ++i)
        models.push_back(i % 2 == 0 ? maker.sdxl(i) : maker.sd15(i));
    Writer writer{"no habit"};
    for (std::size_t run = 0; run < kArtistRuns; ++run) {
        writer.beginRun();
        for (int load = 0; load < 20; ++load)
            writer.load(models[dice.below(models.size())], pause(dice));
    }
    return writer.take();
}

} // namespace

std::vector<Trace> generateTraces(std::uint64_t seed)
{
    return {artist(seed), queue(seed), comparison(), oneOffPass(seed), noHabit(seed)};
}

} // namespace weightroom::benchmarks
