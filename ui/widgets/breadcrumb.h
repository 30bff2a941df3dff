// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QStringList>
#include <QWidget>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace weightroom::ui {

/// Where one is in a tree, as a row of names to go back to: "GPU_0 › sd_xl_base › unet". Names that do not fit are cut
/// in the middle, the longest first, and stand whole in their tooltips. They may come from files: they are plain text.
class Breadcrumb final : public QWidget {
    Q_OBJECT
public:
    explicit Breadcrumb(QWidget* parent = nullptr);

    [[nodiscard]] const QStringList& steps() const { return m_steps; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setSteps(const QStringList& labels); ///< from the outermost to where one is

Q_SIGNALS:
    void stepChosen(int depth); ///< 0: the outermost

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void addButton();
    void removeButton();
    void cutNames();
    /// The names whole; returns how wide each is.
    QList<int> showWholeNames();

    QStringList m_steps; ///< safe to show
    QHBoxLayout* m_row;
    QList<QToolButton*> m_buttons;
    QList<QLabel*> m_separators; ///< behind each button but the last
    int m_wholeWidth = 0; ///< of the row with whole names
};

} // namespace weightroom::ui
