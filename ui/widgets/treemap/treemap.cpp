// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"
#include "ui/widgets/treemap/treemap_keys.h"
#include "ui/widgets/treemap/treemap_painter.h"
#include "ui/widgets/treemap/treemap_text.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <utility>

namespace weightroom::ui {

Treemap::Treemap(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void Treemap::setRoot(const TreemapNode& root)
{
    const QStringList before = path();
    m_tree.setRoot(root);
    treeChanged(before);
}

void Treemap::setChildren(const QStringList& path, const QList<TreemapNode>& children)
{
    const QStringList before = this->path();
    m_tree.setChildren(path, children);
    treeChanged(before);
}

void Treemap::setColors(const OwnerColors& colors)
{
    m_colors = colors;
    update();
}

void Treemap::setEmptyText(const QString& text)
{
    m_emptyText = text;
    describe();
    update();
}

void Treemap::setPath(const QStringList& path)
{
    const QStringList before = this->path();
    m_tree.setPath(path);
    treeChanged(before);
}

void Treemap::goUpTo(int depth)
{
    if (depth < 0 || depth >= path().size())
        return;
    m_currentId = path()[depth];
    setPath(path().first(depth));
}

const QList<TreemapTile>& Treemap::tiles() const
{
    const double ratio = devicePixelRatioF();
    if (m_ratio == ratio)
        return m_tiles;
    m_ratio = ratio;
    const bool isEmpty = !(m_tree.root().size > 0);
    m_tiles = isEmpty
        ? QList<TreemapTile>()
        : layTiles(m_tree.current(), m_tree.tint(), {.area = rect(), .font = font(), .devicePixelRatio = ratio});
    return m_tiles;
}

const TreemapTile* Treemap::currentTile() const
{
    const qsizetype place = currentPlace();
    return place == kNoTile ? nullptr : &m_tiles[place];
}

QString Treemap::sentence() const
{
    if (m_tree.isWaiting())
        return tr("Looking up what is in it …", "where tiles of a memory will stand");
    if (path().isEmpty())
        return m_emptyText;
    return tr("Nothing in it has a size.", "where tiles of a memory would stand");
}

QSize Treemap::sizeHint() const { return {480, 280}; }

QSize Treemap::minimumSizeHint() const { return {160, 96}; }

bool Treemap::event(QEvent* event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const TreemapTile* tile = innermostAt(help->pos()))
        QToolTip::showText(help->globalPos(), plainToolTip(tileTip(*tile, m_tree.root())), this);
    else
        QToolTip::hideText();
    return true;
}

void Treemap::paintEvent(QPaintEvent* event)
{
    QPainter painter(this);
    TreemapPainter tilePainter(painter, m_colors, themeOf(palette()), font());
    const TreemapTile* current = currentTile();
    if (current == nullptr)
        tilePainter.drawSentence(sentence(), rect());
    tilePainter.drawTiles(tiles(), event->rect());
    if (m_hovered != kNoTile && m_hovered < m_tiles.size())
        tilePainter.drawHover(m_tiles[m_hovered].rect);
    if (hasFocus())
        tilePainter.drawFocus(current == nullptr ? QRectF(rect()) : current->rect);
}

void Treemap::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    layoutChanged();
}

void Treemap::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    describe();
}

void Treemap::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        layoutChanged();
}

void Treemap::keyPressEvent(QKeyEvent* event)
{
    const TreemapKey key = treemapKeyOf(*event);
    if (const std::optional<Qt::Edge> side = sideOf(key))
        moveCurrent(*side);
    else if (key == TreemapKey::In)
        enterTile(currentPlace(), std::nullopt);
    else if (key != TreemapKey::Out || !goOut())
        QWidget::keyPressEvent(event); // whoever the widget lies in may want it
}

void Treemap::mouseMoveEvent(QMouseEvent* event)
{
    m_pointer = event->position();
    setHovered(tileAt(tiles(), event->position()));
}

void Treemap::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::BackButton) {
        goOut();
        return;
    }
    m_pressedId.reset();
    const qsizetype place = tileAt(tiles(), event->position());
    if (event->button() != Qt::LeftButton || place == kNoTile)
        return;
    m_pressedId = m_tiles[place].id;
    setCurrent(place);
}

void Treemap::mouseReleaseEvent(QMouseEvent* event)
{
    const std::optional<QString> pressed = std::exchange(m_pressedId, std::nullopt);
    const qsizetype place = tileAt(tiles(), event->position());
    if (event->button() != Qt::LeftButton || place == kNoTile || m_tiles[place].id != pressed)
        return;
    const TreemapTile* inner = innermostAt(event->position());
    enterTile(place, inner == &m_tiles[place] ? std::nullopt : std::optional(inner->id));
}

void Treemap::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    m_pointer.reset();
    setHovered(kNoTile);
}

void Treemap::treeChanged(const QStringList& pathBefore)
{
    const std::optional<QStringList> wanted = m_tree.takeWanted(); // whether it waits is a part of what is shown
    layoutChanged();
    if (path() != pathBefore)
        Q_EMIT pathChanged(path());
    if (std::exchange(m_steps, steps()) != m_steps)
        Q_EMIT stepsChanged(m_steps);
    if (wanted)
        Q_EMIT childrenWanted(*wanted);
}

/// Tiles are laid when they are next asked for.
void Treemap::layoutChanged()
{
    m_ratio = 0;
    m_hovered = kNoTile;
    if (m_pointer)
        setHovered(tileAt(tiles(), *m_pointer));
    describe();
    update();
}

void Treemap::describe()
{
    if (!isVisible())
        return; // and need not be laid for that
    setAccessibleName(tr("What is in %1", "accessible name: device, model or component").arg(steps().last()));
    const TreemapTile* tile = currentTile();
    setAccessibleDescription(
        tile == nullptr ? sentence() : tileSpoken(*tile, m_tree.root(), currentPlace() + 1, m_tiles.size()));
}

qsizetype Treemap::currentPlace() const
{
    if (tiles().isEmpty())
        return kNoTile;
    const auto found = std::ranges::find(m_tiles, m_currentId, &TreemapTile::id);
    return found != m_tiles.end() ? found - m_tiles.begin() : 0;
}

const TreemapTile* Treemap::innermostAt(QPointF position) const
{
    const qsizetype place = tileAt(tiles(), position);
    if (place == kNoTile)
        return nullptr;
    const TreemapTile& tile = m_tiles[place];
    const qsizetype inner = tileAt(tile.inner, position);
    return inner == kNoTile ? &tile : &tile.inner[inner];
}

void Treemap::setCurrent(qsizetype place)
{
    updateTile(currentPlace());
    m_currentId = m_tiles[place].id;
    updateTile(place);
    describe();
}

void Treemap::setHovered(qsizetype place)
{
    if (place != m_hovered) {
        updateTile(std::exchange(m_hovered, place));
        updateTile(place);
    }
    const bool canBeEntered = place != kNoTile && m_tiles[place].canBeEntered;
    setCursor(canBeEntered ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void Treemap::moveCurrent(Qt::Edge side)
{
    const qsizetype next = neighbourOf(tiles(), currentPlace(), side);
    if (next != kNoTile)
        setCurrent(next);
}

void Treemap::enterTile(qsizetype place, const std::optional<QString>& innerId)
{
    if (place == kNoTile || !m_tiles[place].canBeEntered)
        return;
    const QStringList inner = path() + QStringList(m_tiles[place].id);
    m_currentId = innerId;
    setPath(inner);
}

bool Treemap::goOut()
{
    if (path().isEmpty())
        return false;
    goUpTo(static_cast<int>(path().size()) - 1);
    return true;
}

void Treemap::updateTile(qsizetype place)
{
    if (place != kNoTile && place < m_tiles.size())
        update(m_tiles[place].cell.toAlignedRect().adjusted(-1, -1, 1, 1));
}

} // namespace weightroom::ui
