// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/model_row.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;

namespace weightroom::ui {

class Prompts;

/// Asks into what a model is to be converted, and where to. The model itself is never changed.
class ConvertDialog final : public QDialog {
    Q_OBJECT
public:
    /// `prompts` is borrowed.
    ConvertDialog(const ModelRow& row, Prompts& prompts, QWidget* parent);

Q_SIGNALS:
    void requested(const weightroom::ui::ConversionRequest& request);

private:
    void build(const QString& modelName);
    void suggestPath();
    void askForPath();
    void request();

    Prompts& m_prompts;
    QString m_modelId;
    QByteArray m_source; ///< as the system knows it
    QByteArray m_path;
    bool m_isPathChosen = false; ///< by the user: no suggestion takes its place
    QComboBox* m_format;
    QComboBox* m_precision;
    QCheckBox* m_dropEma;
    QLineEdit* m_pathText;
};

} // namespace weightroom::ui
