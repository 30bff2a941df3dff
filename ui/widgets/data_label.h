// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace weightroom::ui {

/// One line of text that may come from a file: shown as plain text whatever it looks like, cut in the middle where it
/// does not fit (the end of a path matters), whole in the tooltip and for screen readers.
class DataLabel final : public QLabel {
    Q_OBJECT
public:
    explicit DataLabel(QWidget* parent = nullptr);

    void setData(const QString& text);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
};

/// A label for sentences: plain text, wrapped, can be selected with the mouse.
[[nodiscard]] QLabel* makeSentenceLabel(QWidget* parent);

/// A label for headings of the window itself.
[[nodiscard]] QLabel* makeHeading(const QString& text, double scale, QWidget* parent);

} // namespace weightroom::ui
