// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/preview_loader.h"

#include "model_engine/catalog/metadata/sidecars/companions.h"

#include <QFile>
#include <QImageReader>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace weightroom::ui {
namespace {

/// Some two hundred pictures on a screen with two pixels per point.
constexpr int kCacheBytes = 96 * 1024 * 1024;
/// More requests than a screen shows have been scrolled past.
constexpr qsizetype kMostWaiting = 128;
/// A hostile picture may claim any size.
constexpr int kLargestDecodedMiB = 256;

/// What a folder that is a model calls its picture, when it does.
constexpr std::array kNamesInFolder{"preview.png", "preview.jpg", "preview.webp", "thumbnail.jpg", "thumbnail.png"};

QImage readScaled(const std::filesystem::path& file)
{
    QImageReader reader(QFile::decodeName(file.c_str()));
    reader.setAllocationLimit(kLargestDecodedMiB);
    reader.setAutoTransform(true);
    const QSize full = reader.size();
    const QSize wanted = full.scaled(2 * PreviewLoader::kSide, 2 * PreviewLoader::kSide, Qt::KeepAspectRatio);
    if (full.isValid() && wanted.width() < full.width())
        reader.setScaledSize(wanted);
    const QImage image = reader.read();
    // Formats that do not tell their size beforehand.
    return image.width() > wanted.width() && wanted.isValid() ? image.scaled(wanted, Qt::KeepAspectRatio) : image;
}

std::vector<std::filesystem::path> candidatesFor(const std::filesystem::path& model)
{
    std::vector<std::filesystem::path> files;
    std::error_code ignored;
    if (std::filesystem::is_directory(model, ignored)) {
        for (const char* name : kNamesInFolder)
            files.push_back(model / name);
        return files;
    }
    if (const auto companions = engine::companionsOf(model)) {
        for (const engine::PreviewFile& file : companions->previews) {
            if (file.kind == engine::PreviewKind::Image)
                files.push_back(file.path);
        }
    }
    return files;
}

/// What differs when a file was replaced. Empty when it cannot be told.
QByteArray stampOf(const std::filesystem::path& file)
{
    struct stat status { };
    if (::stat(file.c_str(), &status) != 0)
        return {};
    return QByteArray::fromStdString(file.native()) + '|' + QByteArray::number(qint64{status.st_size}) + '|'
        + QByteArray::number(qint64{status.st_mtim.tv_sec}) + '|' + QByteArray::number(qint64{status.st_mtim.tv_nsec})
        + '|' + QByteArray::number(quint64{status.st_ino});
}

struct Found {
    QImage image;
    QByteArray stamp;
};

/// `known`: of the picture that the caller has; where it still is the model's, it is not read again and `image` is
/// null.
Found findPreview(const std::filesystem::path& model, const QByteArray& known)
{
    for (const std::filesystem::path& file : candidatesFor(model)) {
        const QByteArray stamp = stampOf(file);
        if (!stamp.isEmpty() && stamp == known)
            return {{}, stamp};
        if (QImage image = readScaled(file); !image.isNull())
            return {std::move(image), stamp};
    }
    return {};
}

} // namespace

PreviewLoader::PreviewLoader(QObject* parent)
    : QObject(parent)
    , m_pictures(kCacheBytes)
{
    m_pool.setMaxThreadCount(1);
    m_pool.setThreadPriority(QThread::LowPriority);
}

PreviewLoader::~PreviewLoader() { m_pool.waitForDone(); }

void PreviewLoader::lookAgain()
{
    m_missing.clear();
    ++m_generation;
}

QImage PreviewLoader::preview(const QString& modelId, const QByteArray& path)
{
    const Picture* known = m_pictures.object(modelId);
    const QImage image = known == nullptr ? QImage() : known->image;
    const bool isNew = known != nullptr && known->generation == m_generation;
    if (isNew || m_missing.contains(modelId) || m_reading == modelId || path.isEmpty())
        return image;
    m_waiting.removeOne(modelId);
    m_waiting.prepend(modelId);
    m_paths.insert(modelId, path);
    while (m_waiting.size() > kMostWaiting)
        m_paths.remove(m_waiting.takeLast());
    startNext();
    return image;
}

void PreviewLoader::startNext()
{
    if (!m_reading.isEmpty() || m_waiting.isEmpty())
        return;
    m_reading = m_waiting.takeFirst();
    const std::filesystem::path path = m_paths.take(m_reading).toStdString();
    const Picture* picture = m_pictures.object(m_reading);
    const QByteArray known = picture == nullptr ? QByteArray() : picture->stamp;
    m_pool.start([this, modelId = m_reading, path, known, generation = m_generation] {
        Found found = findPreview(path, known);
        QMetaObject::invokeMethod(
            this,
            [this, modelId, picture = Picture{std::move(found.image), found.stamp, generation}] {
                take(modelId, picture);
            },
            Qt::QueuedConnection);
    });
}

void PreviewLoader::take(const QString& modelId, const Picture& picture)
{
    m_reading.clear();
    Picture* known = m_pictures.object(modelId);
    if (known != nullptr && !picture.stamp.isEmpty() && known->stamp == picture.stamp) {
        known->generation = picture.generation;
    } else if (!picture.image.isNull()) {
        m_pictures.insert(modelId, new Picture(picture), static_cast<int>(picture.image.sizeInBytes()));
        Q_EMIT changed(modelId);
    } else {
        m_missing.insert(modelId);
        if (m_pictures.remove(modelId))
            Q_EMIT changed(modelId);
    }
    startNext();
}

} // namespace weightroom::ui
