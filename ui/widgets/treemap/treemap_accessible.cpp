// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_accessible.h"

#include "ui/widgets/treemap/treemap.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>

#include <utility>

namespace weightroom::ui {
namespace {

QStringList idsOf(const QList<TreemapTile>& tiles)
{
    QStringList ids;
    for (const TreemapTile& tile : tiles)
        ids.append(tile.id);
    return ids;
}

/// One tile. It knows its id alone: tiles are laid anew with each update.
class PartAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    PartAccessible(Treemap* map, QString id)
        : m_map(map)
        , m_id(std::move(id))
    {
    }

    [[nodiscard]] const QString& id() const { return m_id; }

    [[nodiscard]] bool isValid() const override { return tile() != nullptr; }
    [[nodiscard]] QObject* object() const override { return nullptr; }
    [[nodiscard]] QWindow* window() const override { return parent() == nullptr ? nullptr : parent()->window(); }
    [[nodiscard]] QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_map); }
    [[nodiscard]] QAccessibleInterface* child(int) const override { return nullptr; }
    [[nodiscard]] QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    [[nodiscard]] int childCount() const override { return 0; }
    [[nodiscard]] int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    [[nodiscard]] QAccessible::Role role() const override { return QAccessible::ListItem; }
    [[nodiscard]] QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Name && isValid() ? m_map->spokenText(place()) : QString();
    }
    void setText(QAccessible::Text, const QString&) override { }
    [[nodiscard]] QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect inside = tile()->rect.toAlignedRect();
        return {m_map->mapToGlobal(inside.topLeft()), inside.size()};
    }
    [[nodiscard]] QAccessible::State state() const override
    {
        QAccessible::State state;
        state.invalid = !isValid();
        if (!isValid())
            return state;
        const bool isCurrent = m_map->currentTile() == tile();
        state.focusable = state.selectable = true;
        state.selected = isCurrent;
        state.focused = isCurrent && m_map->hasFocus();
        state.invisible = !m_map->isVisible();
        return state;
    }
    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
    }

    [[nodiscard]] QStringList actionNames() const override
    {
        if (!isValid())
            return {};
        return tile()->canBeEntered ? QStringList{pressAction(), setFocusAction()} : QStringList{setFocusAction()};
    }
    /// Going in ends this object: it is done when whoever asks for it has his answer.
    void doAction(const QString& action) override
    {
        if (!actionNames().contains(action))
            return;
        if (action == setFocusAction())
            m_map->setFocus();
        const bool goesIn = action == pressAction();
        const auto carryOut = [map = m_map.data(), id = m_id, goesIn] {
            goesIn ? map->enter(id) : map->makeCurrent(id);
        };
        QMetaObject::invokeMethod(m_map, carryOut, Qt::QueuedConnection);
    }
    [[nodiscard]] QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    [[nodiscard]] qsizetype place() const { return m_map.isNull() ? kNoTile : m_map->placeOf(m_id); }
    [[nodiscard]] const TreemapTile* tile() const
    {
        const qsizetype found = place();
        return found == kNoTile ? nullptr : &m_map->tiles()[found];
    }

    QPointer<Treemap> m_map;
    QString m_id;
};

class TreemapAccessible final : public QAccessibleWidget {
public:
    explicit TreemapAccessible(Treemap* map)
        : QAccessibleWidget(map, QAccessible::List)
        , m_map(*map)
        , m_path(map->path())
        , m_ids(idsOf(map->tiles()))
        , m_following(QObject::connect(map, &Treemap::tilesChanged, map, [this] { follow(); }))
    {
    }

    [[nodiscard]] int childCount() const override { return static_cast<int>(m_map.tiles().size()); }
    [[nodiscard]] QAccessibleInterface* child(int index) const override
    {
        return index < 0 || index >= childCount() ? nullptr : partOf(m_map.tiles()[index].id);
    }
    [[nodiscard]] int indexOfChild(const QAccessibleInterface* child) const override
    {
        const auto* part = dynamic_cast<const PartAccessible*>(child);
        return part == nullptr ? -1 : static_cast<int>(m_map.placeOf(part->id()));
    }
    [[nodiscard]] QAccessibleInterface* childAt(int x, int y) const override
    {
        return child(static_cast<int>(tileAt(m_map.tiles(), m_map.mapFromGlobal(QPointF(x, y)))));
    }
    [[nodiscard]] QAccessibleInterface* focusChild() const override
    {
        const TreemapTile* current = m_map.hasFocus() ? m_map.currentTile() : nullptr;
        return current == nullptr ? nullptr : partOf(current->id);
    }

protected:
    ~TreemapAccessible() override
    {
        QObject::disconnect(m_following);
        forgetAll();
    }

private:
    [[nodiscard]] QAccessibleInterface* partOf(const QString& id) const
    {
        if (const auto known = m_parts.constFind(id); known != m_parts.constEnd())
            return QAccessible::accessibleInterface(*known);
        auto* part = new PartAccessible(&m_map, id); // Qt's cache owns it
        m_parts.insert(id, QAccessible::registerAccessibleInterface(part));
        return part;
    }
    void forgetAll()
    {
        for (const QAccessible::Id part : std::exchange(m_parts, {}))
            QAccessible::deleteAccessibleInterface(part);
    }
    /// What has no tile any more goes; in another node everything is another thing, whatever its id.
    void follow()
    {
        const QStringList ids = idsOf(m_map.tiles());
        const bool isElsewhere = std::exchange(m_path, m_map.path()) != m_path;
        if (isElsewhere)
            forgetAll();
        m_parts.removeIf([&ids](const QHash<QString, QAccessible::Id>::iterator part) {
            const bool isGone = !ids.contains(part.key());
            if (isGone)
                QAccessible::deleteAccessibleInterface(part.value());
            return isGone;
        });
        if (std::exchange(m_ids, ids) == ids && !isElsewhere)
            return;
        QAccessibleEvent event(&m_map, QAccessible::ObjectReorder);
        QAccessible::updateAccessibility(&event);
    }

    Treemap& m_map; ///< outlives this: Qt's cache ends it with the widget
    QStringList m_path; ///< of the node that is shown
    QStringList m_ids; ///< of its tiles
    mutable QHash<QString, QAccessible::Id> m_parts; ///< that were asked for, by the ids of their tiles
    QMetaObject::Connection m_following;
};

} // namespace

QAccessibleInterface* treemapAccessible(const QString&, QObject* object)
{
    auto* map = qobject_cast<Treemap*>(object);
    return map == nullptr ? nullptr : new TreemapAccessible(map);
}

} // namespace weightroom::ui
