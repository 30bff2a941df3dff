// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/standard_output.h"

#include "app/weightroomctl/session.h"

#include <cerrno>
#include <cstring>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weightroom::ctl {
namespace {

/// What the system says to one more attempt; a stream does not keep why an earlier one has failed.
int errorOfOutput()
{
    std::cout.clear();
    errno = 0;
    std::cout << std::endl; // NOLINT(performance-avoid-endl): it must reach the system
    return errno;
}

} // namespace

std::optional<std::size_t> terminalWidth()
{
    winsize size{};
    const bool isKnown = ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return isKnown && size.ws_col > 0 ? std::optional<std::size_t>{size.ws_col} : std::nullopt;
}

ExitStatus checkOutput(ExitStatus status)
{
    errno = 0;
    std::cout.flush();
    if (std::cout || status != ExitStatus::Success)
        return status;
    const int errorNumber = errno != 0 ? errno : errorOfOutput();
    if (errorNumber == EPIPE)
        return ExitStatus::OutputClosed;
    auto error = engine::systemError(errorNumber, "write", {});
    error.detail = std::string{"could not write all of the answer to standard output: "} + std::strerror(errorNumber);
    return printError(error);
}

} // namespace weightroom::ctl
