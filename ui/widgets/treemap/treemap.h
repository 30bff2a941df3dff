// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/memory/owner_colors.h"
#include "ui/widgets/treemap/treemap_search.h"
#include "ui/widgets/treemap/treemap_tree.h"

#include <QWidget>

#include <optional>

namespace weightroom::ui {

/// Shows what a memory is made of as tiles, each as large as its share, and lets one go into them: device, owner,
/// component, tensor; and into those that are too small to be seen beside others. A click or Enter goes in; Backspace,
/// Escape, Alt+Left or the mouse's button for "back" goes out; the arrow keys go from tile to tile. Paths are ids from
/// below the root on; path() may have steps into what is too small (stepToSmaller()), childrenWanted() never has.
class Treemap final : public QWidget {
    Q_OBJECT
public:
    explicit Treemap(QWidget* parent = nullptr);

    /// Stays where it is, as far as the path still leads somewhere. Children that were given stay with nodes that still
    /// have more; where such a node has another size by now, the new ones are asked for once one is in it. A root with
    /// another id is another memory, of which nothing is known yet.
    void setRoot(const TreemapNode& root);
    /// The answer to childrenWanted(), at any time after it; an empty list is an answer, too.
    void setChildren(const QStringList& path, const QList<TreemapNode>& children);
    void setColors(const OwnerColors& colors);
    /// The sentence that stands there when the root has nothing in it.
    void setEmptyText(const QString& text);

    [[nodiscard]] const QStringList& path() const { return m_tree.path(); }
    [[nodiscard]] QStringList steps() const { return m_tree.labels(); } ///< labels: of the root, then along the path
    [[nodiscard]] const QList<TreemapTile>& tiles() const; ///< of the current node, the largest first
    /// The one that the keyboard is on; nullptr where there are none.
    [[nodiscard]] const TreemapTile* currentTile() const;
    [[nodiscard]] QString sentence() const; ///< what stands there instead of tiles
    /// Of a tile of that id; kNoTile: there is none.
    [[nodiscard]] qsizetype placeOf(const QString& id) const;
    /// What screen readers say of a tile.
    [[nodiscard]] QString spokenText(qsizetype place) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

public Q_SLOTS:
    void setPath(const QStringList& path); ///< as far as it leads
    void goUpTo(int depth); ///< 0: the root; deeper than the path: nothing
    void makeCurrent(const QString& id); ///< the tile of this id, if there is one
    void enter(const QString& id); ///< if there is a tile of this id, and it can be entered

Q_SIGNALS:
    void pathChanged(const QStringList& ids);
    void stepsChanged(const QStringList& labels); ///< for Breadcrumb::setSteps()
    void childrenWanted(const QStringList& path); ///< to be answered with setChildren()
    void tilesChanged(); ///< there may be others, or in other places
    void currentChanged(const QString& id); ///< the keyboard has come to another tile

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void treeChanged(const QStringList& pathBefore);
    void layoutChanged();
    void describe();
    void tellCurrent();

    [[nodiscard]] qsizetype currentPlace() const;
    /// The innermost tile that is drawn at a position.
    [[nodiscard]] const TreemapTile* innermostAt(QPointF position) const;
    void setCurrent(qsizetype place);
    void setHovered(qsizetype place);
    void moveCurrent(Qt::Edge side);
    void enterTile(qsizetype place, const std::optional<QString>& innerId);
    /// False: one is at the root.
    bool goOut();
    void updateTile(qsizetype place);

    TreemapTree m_tree;
    OwnerColors m_colors;
    QString m_emptyText;
    QStringList m_steps; ///< that were told last
    QStringList m_told; ///< the path of the tile that currentChanged() has told of last
    std::optional<QString> m_currentId; ///< of the current tile; the first one where there is none of that id

    mutable QList<TreemapTile> m_tiles;
    mutable double m_ratio = 0; ///< of device pixels when the tiles were laid; 0: they must be laid anew
    std::optional<QPointF> m_pointer;
    qsizetype m_hovered = kNoTile;
    std::optional<QString> m_pressedId; ///< an update may come before the button is released
};

} // namespace weightroom::ui
