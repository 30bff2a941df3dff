// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace weightroom::fake_nvml {

/// The strings by which tests move the fake NVML. One instance per process, in the library; see fakeNvml().
/// Thread-safe. A question is named as in a recording: "nvmlDeviceGetTemperatureThreshold/1" is the function and its
/// arguments, by numbers.
class Control {
public:
    /// Answers as a recording says (record_nvml.py), until this is called again; everything set before is forgotten.
    /// False when it cannot be read.
    virtual bool play(const std::string& file) = 0;
    /// The question is answered with this result (NVML's number) and nothing is filled in. That for the GPU itself,
    /// "nvmlDeviceGetHandleByUUID", too, by whatever it is searched.
    virtual void refuse(const std::string& question, int result) = 0;
    /// The driver has no such function.
    virtual void remove(const std::string& question) = 0;
    /// One number of an answer, by its name in the recording ("value", "used").
    virtual void set(const std::string& question, const std::string& name, std::uint64_t value) = 0;
    /// One more process that a function lists.
    virtual void addProcess(const std::string& question, unsigned id, std::uint64_t memory) = 0;
    /// Every question about the GPU is answered with this result from the n-th from now on (1 is the next).
    virtual void loseAt(std::uint64_t n, int result) = 0;
    /// The GPU is found as an instance of itself (MIG), which answers only for what is its own.
    virtual void cutUp() = 0;
    /// The machine has one more GPU, a lost one, at which a search by UUID ends.
    virtual void addLostGpu() = 0;
    /// nvmlInit returns this.
    virtual void refuseToStart(int result) = 0;

    [[nodiscard]] virtual std::uint64_t questions() const = 0; ///< about the GPU, since play()
    [[nodiscard]] virtual std::uint64_t questionsAfterLoss() const = 0;
    [[nodiscard]] virtual int users() const = 0; ///< nvmlInit without nvmlShutdown

protected:
    ~Control() = default;
};

/// Path of the library, for NvmlLibrary::open().
[[nodiscard]] const char* libraryPath();
/// The library's control; opens the library and keeps it open.
[[nodiscard]] Control& fakeNvml();

} // namespace weightroom::fake_nvml
