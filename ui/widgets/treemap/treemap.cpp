// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"
#include "ui/widgets/treemap/treemap_accessible.h"
#include "ui/widgets/treemap/treemap_keys.h"
#include "ui/widgets/treemap/treemap_painter.h"
#include "ui/widgets/treemap/treemap_text.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <utility>

namespace weightroom::ui {

Treemap::Treemap(QWidget* parent)
    : QWidget(parent)
{
    QAccessible::installFactory(treemapAccessible); // once, however often it is asked for
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

void Treemap::makeCurrent(const QString& id)
{
    if (const qsizetype place = placeOf(id); place != kNoTile)
        setCurrent(place);
}

void Treemap::enter(const QString& id) { enterTile(placeOf(id), std::nullopt); }

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

qsizetype Treemap::placeOf(const QString& id) const
{
    const auto found = std::ranges::find(tiles(), id, &TreemapTile::id);
    return found == m_tiles.end() ? kNoTile : found - m_tiles.begin();
}

QString Treemap::spokenText(qsizetype place) const
{
    return tileSpoken(tiles()[place], m_tree.root(), place + 1, m_tiles.size());
}

QSize Treemap::sizeHint() const { return {480, 280}; }

QSize Treemap::minimumSizeHint() const { return {160, 96}; }

bool Treemap::event(QEvent* event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    if (event->type() == QEvent::FocusIn) { // Qt tells of the widget first
        m_told.clear();
        QMetaObject::invokeMethod(this, &Treemap::tellCurrent, Qt::QueuedConnection);
    }
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
    Q_EMIT tilesChanged();
    tellCurrent();
}

/// Of the whole. What the tiles are screen readers ask these themselves: treemapAccessible().
void Treemap::describe()
{
    if (!isVisible())
        return; // and need not be laid for that
    setAccessibleName(tr("What is in %1", "accessible name: device, model or component").arg(steps().last()));
    if (tiles().isEmpty())
        return setAccessibleDescription(sentence());
    setAccessibleDescription(
        tr("%n parts. The arrow keys go from one to another, Enter goes into one, Backspace goes out.",
            "accessible text: of a treemap", static_cast<int>(m_tiles.size())));
}

/// As lists do it: the focus of a screen reader is on the current tile.
void Treemap::tellCurrent()
{
    const TreemapTile* tile = hasFocus() ? currentTile() : nullptr;
    if (tile == nullptr)
        return;
    const QStringList current = path() + QStringList(tile->id);
    if (std::exchange(m_told, current) == current)
        return;
    Q_EMIT currentChanged(current.last());
    if (!QAccessible::isActive())
        return; // nobody hears it
    const QAccessibleInterface* all = QAccessible::queryAccessibleInterface(this);
    if (QAccessibleInterface* one = all == nullptr ? nullptr : all->focusChild()) {
        QAccessibleEvent event(one, QAccessible::Focus);
        QAccessible::updateAccessibility(&event);
    }
}

qsizetype Treemap::currentPlace() const
{
    if (tiles().isEmpty())
        return kNoTile;
    const qsizetype found = m_currentId ? placeOf(*m_currentId) : kNoTile;
    return found == kNoTile ? 0 : found;
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
    tellCurrent();
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
