// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/preview_loader.h"

#include "model_engine/catalog/metadata/sidecars/companions.h"

#include <QFile>
#include <QImageReader>

#include <algorithm>
#include <array>
#include <filesystem>

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

QImage findPreview(const std::filesystem::path& model)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(model, ignored)) {
        for (const char* name : kNamesInFolder) {
            if (QImage image = readScaled(model / name); !image.isNull())
                return image;
        }
        return {};
    }
    const auto companions = engine::companionsOf(model);
    if (!companions)
        return {};
    for (const engine::PreviewFile& file : companions->previews) {
        if (file.kind != engine::PreviewKind::Image)
            continue;
        if (QImage image = readScaled(file.path); !image.isNull())
            return image;
    }
    return {};
}

} // namespace

PreviewLoader::PreviewLoader(QObject* parent)
    : QObject(parent)
    , m_images(kCacheBytes)
{
    m_pool.setMaxThreadCount(1);
    m_pool.setThreadPriority(QThread::LowPriority);
}

PreviewLoader::~PreviewLoader() { m_pool.waitForDone(); }

QImage PreviewLoader::preview(const QString& modelId, const QByteArray& path)
{
    if (const QImage* image = m_images.object(modelId))
        return *image;
    if (m_missing.contains(modelId) || m_reading == modelId || path.isEmpty())
        return {};
    m_waiting.removeOne(modelId);
    m_waiting.prepend(modelId);
    m_paths.insert(modelId, path);
    while (m_waiting.size() > kMostWaiting)
        m_paths.remove(m_waiting.takeLast());
    startNext();
    return {};
}

void PreviewLoader::startNext()
{
    if (!m_reading.isEmpty() || m_waiting.isEmpty())
        return;
    m_reading = m_waiting.takeFirst();
    const std::filesystem::path path = m_paths.take(m_reading).toStdString();
    m_pool.start([this, modelId = m_reading, path] {
        const QImage image = findPreview(path);
        QMetaObject::invokeMethod(
            this, [this, modelId, image] { take(modelId, image); }, Qt::QueuedConnection);
    });
}

void PreviewLoader::take(const QString& modelId, const QImage& image)
{
    m_reading.clear();
    if (image.isNull()) {
        m_missing.insert(modelId);
    } else {
        m_images.insert(modelId, new QImage(image), static_cast<int>(image.sizeInBytes()));
        Q_EMIT changed(modelId);
    }
    startNext();
}

} // namespace weightroom::ui
