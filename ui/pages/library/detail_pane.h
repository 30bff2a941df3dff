// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/load_preview_view.h"
#include "ui/bridge/views/load_record_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"

#include <QFrame>
#include <QTimer>

#include <utility>

class QLabel;
class QScrollArea;
class QStackedLayout;
class QTableView;
class QTabWidget;

namespace weightroom::ui {

class AboutTab;
class ComponentTableModel;
class DataLabel;
class DetailTitle;
class LoadsTab;
class NotesTab;
class Picture;
class PreviewLoader;
class WorksWithTab;

/// Everything known about the selected model: what it is and why we think so, where it lies, its picture, its
/// components and where each of them is, whether it fits on the chosen device, what is wrong with it, what others say
/// about it, what the user notes, and how its last loads went.
class DetailPane final : public QFrame {
    Q_OBJECT
public:
    /// `previews` is borrowed.
    explicit DetailPane(PreviewLoader& previews, QWidget* parent = nullptr);

    /// nullptr: no model, or several; `selected` is how many.
    void setModel(const ModelRow* row, int selected);
    /// What headers and sidecars say; left aside when it is about another model than the shown one.
    void setDetails(const ModelDetails& details);
    /// Likewise: what it works with.
    void setCompatibility(const CompatibilityView& compatibility);
    /// Likewise: what loading it to the target would take.
    void setLoadPreview(const LoadPreviewView& preview);
    /// Likewise: how its last loads went.
    void setLoadRecords(const LoadRecordsView& records);
    /// Likewise: a change that the engine has refused.
    void takeBackNotes(const QString& modelId, const NotesChange& change);
    /// Of this model; empty: of several that are not named. What is shown of its loads is asked for again.
    void loadHasEnded(const QString& modelId);
    /// The device that a load would go to; none when there is no device.
    void setTarget(const std::optional<MemoryView>& target);

Q_SIGNALS:
    /// The tab that shows them is looked at, and they are not known.
    void detailsRequested(const QString& modelId);
    void compatibilityRequested(const QString& modelId); ///< likewise
    void loadRecordsRequested(const QString& modelId); ///< likewise
    /// What is shown of the fit may be out of date.
    void loadPreviewRequested(const QString& modelId, const QString& deviceId);
    void modelChosen(const QString& modelId); ///< another one, to be shown
    void notesChanged(const QString& modelId, const weightroom::ui::NotesChange& change);
    void sidecarEditRequested(const weightroom::ui::ModelDetails& details);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] QWidget* buildContent();
    void buildTabs();
    void showTexts();
    void showFit();
    void showFit(const QString& text, bool fits);
    void requestPreview();
    void showProblem(const ModelFacts& facts);
    void showPicture();
    void requestDetails();

    PreviewLoader& m_previews;
    std::optional<ModelRow> m_row;
    std::optional<MemoryView> m_target;
    QTimer m_previewTimer;
    std::pair<QString, QString> m_previewOf; ///< model and device that the shown fit is about; empty: nobody was asked
    QString m_detailsOf; ///< the model whose details were asked for last
    QString m_compatibilityOf; ///< likewise
    QString m_recordsOf; ///< likewise; empty when another load may have ended since
    ComponentTableModel* m_components;
    QStackedLayout* m_stack = nullptr;
    QLabel* m_hint = nullptr;
    Picture* m_picture = nullptr;
    DetailTitle* m_title = nullptr;
    DataLabel* m_path = nullptr;
    DataLabel* m_summary = nullptr;
    QLabel* m_fit = nullptr;
    QLabel* m_remarks = nullptr;
    QLabel* m_problem = nullptr;
    QTabWidget* m_tabs;
    QTableView* m_table;
    QScrollArea* m_why; ///< around m_evidence
    QLabel* m_evidence;
    AboutTab* m_about;
    NotesTab* m_notes;
    WorksWithTab* m_worksWith;
    LoadsTab* m_loads;
};

} // namespace weightroom::ui
