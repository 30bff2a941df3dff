// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/ui/main_window/window_fixture.h"
#include "ui/models/library_tree_model.h"

#include <QComboBox>
#include <QTabWidget>
#include <QTest>
#include <QTreeView>

namespace weightroom::test {

// What the tests of the library do with it.

/// The number beside an entry of the tree; -1 when it is not there.
inline int countOf(WindowFixture& fixture, const ui::LibraryPart& part)
{
    const auto* model = qobject_cast<ui::LibraryTreeModel*>(fixture.find<QTreeView>("libraryTree")->model());
    const QModelIndex index = model->indexOf(part);
    return index.isValid() ? index.data(ui::LibraryTreeModel::CountRole).toInt() : -1;
}

/// Of the details.
inline void showTab(WindowFixture& fixture, int index)
{
    fixture.find<QTabWidget>("detailTabs")->setCurrentIndex(index);
}

/// As if the user had clicked the entry.
inline void choose(QComboBox& box, const QVariant& data)
{
    box.setCurrentIndex(box.findData(data));
    Q_EMIT box.activated(box.currentIndex());
}

inline void type(QWidget& field, const QString& text)
{
    field.setFocus();
    QTest::keyClicks(&field, text);
}

} // namespace weightroom::test
