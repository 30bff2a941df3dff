// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QStyledItemDelegate>

#include <functional>

namespace weightroom::ui {

struct Theme;

/// A model as a card: its picture, or its kind where there is none; its name, what it is, and its state.
class CardDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    struct Roles {
        int kindText; ///< QString: "LoRA"
        int caption; ///< QString: "LoRA · SDXL"
        int condition; ///< int, a ModelCondition
        int percent; ///< int, of the running job; -1 without one
        int isFavorite; ///< bool
        int isPinned; ///< bool
    };
    /// The picture of an entry; null: there is none.
    using Picture = std::function<QImage(const QModelIndex&)>;

    CardDelegate(Roles roles, Picture picture, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintPicture(
        QPainter& painter, const QStyleOptionViewItem& option, const QRect& area, const QModelIndex& index) const;
    void paintMarks(QPainter& painter, const Theme& theme, const QRect& picture, const QModelIndex& index) const;
    void paintTexts(
        QPainter& painter, const QStyleOptionViewItem& option, const QRect& area, const QModelIndex& index) const;

    Roles m_roles;
    Picture m_picture;
};

} // namespace weightroom::ui
