// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

class QPainter;
class QPointF;
class QRectF;

namespace weightroom::ui {

struct Theme;

inline constexpr int kMarkSize = 8;

/// The dot that stands for a model's state: filled for what is in memory or broken, a ring for what is not: told apart
/// without colours too.
void paintConditionMark(QPainter& painter, const QPointF& centre, ModelCondition condition, const Theme& theme);

/// A thin bar, filled up to `percent`.
void paintProgressBar(QPainter& painter, const QRectF& bar, int percent, const Theme& theme);

} // namespace weightroom::ui
