// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/job_view.h"
#include "ui/bridge/views/operation_view.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace weightroom::ui {

class AnswerView;
class Banner;
class JobStrip;
class OperationForm;

/// One operation: what it does, its fields, and what came of its last call.
class OperationPanel final : public QWidget {
    Q_OBJECT
public:
    explicit OperationPanel(const OperationView& operation, QWidget* parent = nullptr);

    /// Its call has begun. `job`: 0, when it is none.
    void begin(quint64 call, quint64 job);
    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    /// News of any job; of others it takes no notice.
    void setJob(const JobView& job);
    /// The end of any call; likewise.
    void end(const OperationOutcome& outcome);
    /// For the field of the model, where one must be named and the user has named none.
    void suggestModel(const QString& modelId);
    void focusForm();

Q_SIGNALS:
    void runRequested(const weightroom::ui::OperationView& operation, const QByteArray& json);
    void cancelRequested(quint64 job);
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

private:
    void build();
    [[nodiscard]] QWidget* buildAsking();
    [[nodiscard]] QWidget* buildOutcome();
    void addSentence(QVBoxLayout& layout, const QString& text, const char* role);
    /// What the form says, as JSON; nothing when it cannot be read, which the form then says.
    [[nodiscard]] std::optional<QByteArray> request();
    void run();
    void copyCommand();
    void showError(const OperationOutcome& outcome);
    void showProblem(const QString& field, const QString& sentence);
    void forgetOutcome();

    const OperationView m_operation;
    OperationForm* m_form;
    QScrollArea* m_scroll;
    QPushButton* m_run;
    QPushButton* m_copy;
    QVBoxLayout* m_jobPlace;
    QPointer<JobStrip> m_strip; ///< while a job runs
    Banner* m_error;
    QLabel* m_detail; ///< code and cause, in the engine's words
    AnswerView* m_answer;
    QElapsedTimer m_sinceBegin;
    QPointer<QWidget> m_focusWhileRunning; ///< whom the button has left it to
    quint64 m_call = 0; ///< the last one
    quint64 m_job = 0; ///< of that
    bool m_isRunning = false;
};

} // namespace weightroom::ui
