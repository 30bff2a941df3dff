// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"
#include "ui/bridge/views/load_preview_view.h"
#include "ui/bridge/views/load_record_view.h"
#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/model_row.h"
#include "ui/pages/library/model_views.h"

#include <QWidget>

class QStackedWidget;
class QTreeView;

namespace weightroom::ui {

class ChipRow;
class DetailPane;
class EmptyState;
class LibraryHeader;
class LibraryTreeModel;
class ModelFilterProxy;
class ModelTableModel;
class PreviewLoader;

enum class ScanState : quint8 { Idle = 0, Running };

/// The models: the parts of the library as a tree, search and filters, a table or cards, and details of the selected
/// one.
class LibraryPage final : public QWidget {
    Q_OBJECT
public:
    explicit LibraryPage(QWidget* parent = nullptr);

    void setLibrary(const LibraryView& library);
    /// In percent; negative: no job runs on the model.
    void setProgress(const QString& modelId, int percent);
    void setScanState(ScanState state);
    /// The device that a load would go to, for what the details say about room.
    void setTarget(const std::optional<MemoryView>& target);
    /// What headers and sidecars say; kept when it is about the selected model.
    void setDetails(const ModelDetails& details);
    /// Likewise: what the selected model works with.
    void setCompatibility(const CompatibilityView& compatibility);
    void setLoadPreview(const LoadPreviewView& preview);
    void setLoadRecords(const LoadRecordsView& records);
    /// The engine has refused a change of the user's words about a model: what it has is shown again.
    void takeBackNotes(const QString& modelId, const NotesChange& change);
    /// A load of this model; empty: of several that are not named.
    void loadHasEnded(const QString& modelId);

    [[nodiscard]] QList<ModelRow> selectedModels() const;
    /// Whether a job runs on the model.
    [[nodiscard]] bool isBusy(const QString& modelId) const;
    /// Selects a model and scrolls to it; filters that hide it are cleared.
    void showModel(const QString& modelId);
    /// Offers these actions by the right mouse button.
    void setContextActions(const QList<QAction*>& actions);

    void setViewMode(ViewMode mode);
    [[nodiscard]] ViewMode viewMode() const { return m_views->mode(); }

    void focusSearch();
    /// Clears search and filters; returns to the models.
    void clearSearch();

Q_SIGNALS:
    void selectionChanged();
    void activated(); ///< double click or Return on the selection
    void addFolderRequested();
    void sampleLibraryRequested();
    void foldersRequested();
    /// One model is selected of which no details are known yet.
    void detailsRequested(const QString& modelId);
    void compatibilityRequested(const QString& modelId);
    void loadPreviewRequested(const QString& modelId, const QString& deviceId);
    void loadRecordsRequested(const QString& modelId);
    void notesChanged(const QString& modelId, const weightroom::ui::NotesChange& change);
    void sidecarEditRequested(const weightroom::ui::ModelDetails& details);
    void viewModeChanged();

private:
    void buildTree();
    void connectFilters();
    void connectSelection();
    [[nodiscard]] EmptyState* buildEmptyLibrary();
    [[nodiscard]] EmptyState* buildNoMatch();
    void fillTree();
    void fillChips();
    void showPart(const QModelIndex& index);
    void showDetails();
    void updateState();

    ModelTableModel* m_model;
    ModelFilterProxy* m_proxy;
    LibraryTreeModel* m_treeModel;
    PreviewLoader* m_previews;
    LibraryHeader* m_header;
    QTreeView* m_tree;
    ChipRow* m_chips;
    ModelViews* m_views;
    QStackedWidget* m_stack;
    DetailPane* m_details;
    QList<ModelRow> m_shown; ///< what the tree was filled from
    QStringList m_folders; ///< likewise
    QStringList m_selectedBeforeReset;
    bool m_isScanning = false;
    bool m_isFillingTree = false;
};

} // namespace weightroom::ui
