// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace weightroom::test {

// A sample of each dialect, in the shape in which its program writes it. Not in the test itself: Qt's moc does not read
// such texts.

extern const std::string kSha; ///< the SHA-256 in all of them
extern const std::string kA1111;
extern const std::string kCivitai;
extern const std::string kMatrix;
extern const std::string kLoraManager;
extern const std::string kSwarm;
extern const std::string kOldSwarm;

} // namespace weightroom::test
