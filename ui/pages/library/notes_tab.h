// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/model_row.h"

#include <QScrollArea>
#include <QTimer>

class QBoxLayout;
class QComboBox;
class QFormLayout;
class QLineEdit;
class QPlainTextEdit;

namespace weightroom::ui {

/// What the user says about a model: tags, notes, and what overrides the detection. Changes are told a moment after the
/// last key, when the field is left, and when another model comes; what is being typed is never overwritten.
class NotesTab final : public QScrollArea {
    Q_OBJECT
public:
    explicit NotesTab(QWidget* parent = nullptr);

    void setModel(const ModelRow& row);
    /// The engine has refused a change of the shown model: choices show what it has. What was typed stays, so that it
    /// is not lost, and is told again with what comes next.
    void takeBack(const ModelRow& row, const NotesChange& change);
    /// Tells what was typed and is not told yet.
    void commit();

Q_SIGNALS:
    void changed(const QString& modelId, const weightroom::ui::NotesChange& change);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void nameFields();
    void build();
    void fillChoices();
    void fillPrecisions();
    void fillKeepAlive();
    void showTyped(const ModelRow& row);
    void showChoices(const ModelRow& row);
    void showVariants(const ModelRow& row);
    void showKeepAlive(qint64 seconds);
    void connectChoices();
    void tell(const NotesChange& change);

    QString m_modelId;
    std::shared_ptr<const ModelNotes> m_shown; ///< what the fields hold but for what was typed or chosen
    bool m_isDirty = false;
    QLineEdit* m_tags;
    QPlainTextEdit* m_notes;
    QComboBox* m_kind;
    QComboBox* m_architecture;
    QComboBox* m_prediction;
    QComboBox* m_precision;
    QComboBox* m_keepAlive; ///< seconds
    QComboBox* m_variant; ///< of a pipeline whose weights have several
    QFormLayout* m_choices = nullptr;
    QBoxLayout* m_columns = nullptr; ///< what is typed, and what is chosen
    QTimer m_afterTyping;
};

} // namespace weightroom::ui
