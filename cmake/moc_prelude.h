// SPDX-License-Identifier: GPL-3.0-or-later
//
// What moc reads before every file: moc 6.4 stops at libstdc++'s <compare> ("Parse error at std") unless another standard
// header came first. A file of ours, because moc notes what it read by the name it was given: a bare "cstddef" is found
// nowhere, and then everything is made anew in every build.
#pragma once

#include <cstddef>
