// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/samples/sample_library.h"

#include "model_engine/catalog/samples/sample_content.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/files/new_file.h"
#include "model_engine/formats/safetensors/safetensors_writer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::chrono::milliseconds kProgressPeriod{50};

struct SampleFile {
    ModelKind kind;
    std::string_view path; ///< below the library's directory
    std::string_view title;
    std::string_view architecture; ///< as "modelspec.architecture" spells it
    Blueprint (*blueprint)(ModelSize);
};

constexpr std::array kSampleFiles{
    SampleFile{ModelKind::Checkpoint, "base-models/sample-sd15.safetensors", "Stable Diffusion 1.5 checkpoint",
        "stable-diffusion-v1", sd1Checkpoint},
    SampleFile{ModelKind::Checkpoint, "base-models/sample-sdxl.safetensors", "Stable Diffusion XL checkpoint",
        "stable-diffusion-xl-v1-base", sdxlCheckpoint},
    SampleFile{ModelKind::DiffusionModel, "base-models/sample-flux-schnell.safetensors",
        "Flux.1 schnell diffusion model", "flux-1-schnell", fluxSchnellModel},
    SampleFile{ModelKind::Lora, "loras/sample-sdxl-lora.safetensors", "Stable Diffusion XL LoRA",
        "stable-diffusion-xl-v1-base/lora", sdxlLora},
    SampleFile{ModelKind::Controlnet, "controlnet/sample-sd15-controlnet.safetensors",
        "Stable Diffusion 1.5 ControlNet", "stable-diffusion-v1/controlnet", sd1Controlnet},
    SampleFile{ModelKind::Vae, "vaes/sample-sdxl-vae.safetensors", "Stable Diffusion XL VAE",
        "stable-diffusion-xl-v1-base/vae", sdxlVae},
    SampleFile{ModelKind::TextEncoder, "text-encoders/sample-clip-l.safetensors", "CLIP-L text encoder",
        "clip-l/text-encoder", clipLEncoder},
};

std::vector<SampleFile> chosenFiles(const SampleOptions& options)
{
    std::vector<SampleFile> files{kSampleFiles.begin(), kSampleFiles.end()};
    std::erase_if(files, [&](const SampleFile& file) {
        return !options.kinds.empty() && std::ranges::find(options.kinds, file.kind) == options.kinds.end();
    });
    return files;
}

/// The order in which the reference library writes: wide types first, so that every element lies aligned; then by name.
Blueprint inFileOrder(Blueprint blueprint)
{
    std::ranges::sort(blueprint, [](const TensorBlueprint& a, const TensorBlueprint& b) {
        const auto widthOf = [](const TensorBlueprint& tensor) { return traitsOf(tensor.dtype).bitsPerBlock; };
        return widthOf(a) != widthOf(b) ? widthOf(a) > widthOf(b) : a.name < b.name;
    });
    return blueprint;
}

SafetensorsPlan planOf(const SampleFile& file, const Blueprint& blueprint)
{
    SafetensorsPlan plan;
    for (const TensorBlueprint& tensor : blueprint)
        plan.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    plan.metadata = {
        {"modelspec.sai_model_spec", "1.0.0"},
        {"modelspec.architecture", std::string{file.architecture}},
        {"modelspec.title", "Weightroom sample: " + std::string{file.title}},
        {"modelspec.description", "Weightroom sample, random weights, cannot make images"},
    };
    return plan;
}

/// What was made so far; removes it again unless it is kept. A folder in which somebody else has put something stays.
class MadePaths {
public:
    MadePaths() = default;
    MadePaths(const MadePaths&) = delete;
    MadePaths& operator=(const MadePaths&) = delete;
    ~MadePaths()
    {
        std::error_code ignored;
        for (auto path = m_paths.rbegin(); path != m_paths.rend(); ++path)
            std::filesystem::remove(*path, ignored);
    }

    /// Makes a folder and those above it.
    Result<> makeFolder(const std::filesystem::path& folder)
    {
        std::error_code failed;
        if (folder.empty() || std::filesystem::is_directory(folder, failed))
            return {};
        if (auto above = makeFolder(folder.parent_path()); !above)
            return above;
        if (std::filesystem::create_directory(folder, failed))
            m_paths.push_back(folder);
        if (failed)
            return fail(systemError(failed.value(), "create the folder", folder));
        return {};
    }
    void add(const std::filesystem::path& file) { m_paths.push_back(file); }
    void keep() { m_paths.clear(); }

private:
    std::vector<std::filesystem::path> m_paths; ///< in the order of their making
};

class LibraryWriter {
public:
    LibraryWriter(std::filesystem::path directory, const SampleOptions& options, std::stop_token stop,
        const std::function<void(SampleProgress)>& observer)
        : m_directory(std::move(directory))
        , m_size(options.size)
        , m_stop(std::move(stop))
        , m_observer(observer)
        , m_progress{{}, sampleLibrarySize(options)}
        , m_files(chosenFiles(options))
    {
    }

    Result<SampleReport> run()
    {
        for (const SampleFile& file : m_files) {
            if (auto isFree = expectNothingAt(m_directory / file.path); !isFree)
                return fail(std::move(isFree).error());
        }
        for (const SampleFile& file : m_files) {
            if (auto written = write(file); !written)
                return fail(std::move(written).error());
        }
        tell();
        m_made.keep();
        return std::move(m_report);
    }

private:
    Result<> write(const SampleFile& file)
    {
        const std::filesystem::path path = m_directory / file.path;
        if (auto made = m_made.makeFolder(path.parent_path()); !made)
            return made;
        const Blueprint blueprint = inFileOrder(file.blueprint(m_size));
        const auto written = writeSafetensors(
            path, planOf(file, blueprint),
            [&](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) {
                return fill(blueprint[tensor], offset, block);
            },
            m_stop);
        if (!written)
            return fail(written.error());
        m_made.add(path);
        m_report.files.push_back(path);
        m_report.bytes += *written;
        return {};
    }

    Result<> fill(const TensorBlueprint& tensor, std::uint64_t offset, std::span<std::byte> block)
    {
        if (auto filled = fillSample(tensor, offset, block); !filled)
            return filled;
        m_progress.done += Bytes{block.size()};
        if (const Clock::Steady now = SystemClock{}.now(); now - m_told >= kProgressPeriod) {
            m_told = now;
            tell();
        }
        return {};
    }

    void tell() const
    {
        if (m_observer)
            m_observer(m_progress);
    }

    std::filesystem::path m_directory;
    ModelSize m_size;
    std::stop_token m_stop;
    const std::function<void(SampleProgress)>& m_observer;
    SampleProgress m_progress;
    std::vector<SampleFile> m_files;
    Clock::Steady m_told{};
    SampleReport m_report;
    MadePaths m_made;
};

} // namespace

Bytes sampleLibrarySize(const SampleOptions& options)
{
    Bytes total;
    for (const SampleFile& file : chosenFiles(options))
        total += bytesOf(file.blueprint(options.size));
    return total;
}

Result<SampleReport> writeSampleLibrary(const std::filesystem::path& directory, const SampleOptions& options,
    std::stop_token stop, const std::function<void(SampleProgress)>& progress)
{
    return LibraryWriter{directory, options, std::move(stop), progress}.run();
}

} // namespace weightroom::engine
