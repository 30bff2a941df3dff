// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QHash>
#include <QImage>
#include <QObject>
#include <QSet>
#include <QStringList>
#include <QThreadPool>

namespace weightroom::ui {

/// Pictures for models: what lies beside a file as its preview, read and scaled on a thread of its own. Only what is
/// asked for is read, so a library of thousands costs nothing until it is scrolled. Used on the GUI thread; the
/// destructor waits for the picture that is being read.
class PreviewLoader final : public QObject {
    Q_OBJECT
public:
    explicit PreviewLoader(QObject* parent = nullptr);
    ~PreviewLoader() override;

    /// The picture of a model, or a null one while there is none: then it is looked for, and changed() tells when it
    /// has come. `path`: of the model, as the system knows it. Pictures fit kSide device-independent pixels, twice.
    [[nodiscard]] QImage preview(const QString& modelId, const QByteArray& path);
    /// Files may have come, gone or been replaced: each is looked at again when it is asked for the next time. Until
    /// then its picture is the one that is known.
    void lookAgain();

    static constexpr int kSide = 256;

Q_SIGNALS:
    void changed(const QString& modelId);

private:
    struct Picture {
        QImage image;
        QByteArray stamp; ///< of its file: another one is another picture
        int generation = 0; ///< m_generation when it was looked at
    };

    void take(const QString& modelId, const Picture& picture);
    void startNext();

    int m_generation = 0;
    QCache<QString, Picture> m_pictures; ///< cost: bytes
    QSet<QString> m_missing; ///< looked for and not found
    /// Wait to be read; the newest first, because it is what the user looks at now.
    QStringList m_waiting;
    QHash<QString, QByteArray> m_paths; ///< of what waits
    QString m_reading; ///< empty: nothing
    QThreadPool m_pool; ///< one thread; last: its work ends before the rest goes
};

} // namespace weightroom::ui
