// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/ui/main_window/window_fixture.h"
#include "ui/pages/benchmark/benchmark_page.h"
#include "ui/pages/benchmark/benchmark_setup.h"
#include "ui/widgets/banner.h"

#include <QAction>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTest>

#include <filesystem>

namespace weightroom::test {

inline constexpr int kSoon = 20'000;
inline const QString kModel = QStringLiteral("small");
inline const QString kOther = QStringLiteral("other");

/// A window with two models, the first of which is selected, on the page of benchmarks.
class BenchmarkPageRig : public WindowFixture {
public:
    explicit BenchmarkPageRig(const TemporaryFolder& folder)
        : WindowFixture({.dataFolder = folder / "data"})
    {
    }

    [[nodiscard]] bool open()
    {
        addModel("small", engine::kMiB * 3);
        addModel("other", engine::kMiB * 2);
        if (!scan())
            return false;
        select(kModel);
        press(Qt::Key_4, Qt::AltModifier);
        // Files on a disk in memory cannot be made cold.
        auto* temperature = find<QComboBox>("benchmarkTemperature");
        temperature->setCurrentIndex(temperature->findData(static_cast<int>(ui::BenchmarkTemperature::PageCache)));
        return page().isVisible();
    }
    [[nodiscard]] bool runOnce(int count)
    {
        find<QPushButton>("startBenchmark")->click();
        return QTest::qWaitFor(
            [this, count] { return runs().model()->rowCount() == count && report() != nullptr; }, kSoon);
    }
    /// Of these models alone.
    [[nodiscard]] bool runOnce(int count, const QStringList& models)
    {
        QStringList ids;
        for (const QString& model : models)
            ids.append(idOf(model));
        page().setup()->setChecked(ids);
        return runOnce(count);
    }
    void compareAll()
    {
        runs().selectAll();
        find<QPushButton>("compareBenchmarks")->click();
    }
    [[nodiscard]] QString verdicts() { return find<QLabel>("benchmarkVerdicts")->text(); }
    /// What the banner says; empty: it is not there.
    [[nodiscard]] QString told()
    {
        QStringList texts;
        const auto* banner = window().findChild<ui::Banner*>();
        for (const QLabel* label : banner->findChildren<QLabel*>())
            texts.append(label->text());
        return banner->isVisible() ? texts.join(QLatin1Char('\n')) : QString();
    }
    [[nodiscard]] ui::BenchmarkPage& page() { return *find<ui::BenchmarkPage>("benchmarkPage"); }
    [[nodiscard]] QTableView& runs() { return *find<QTableView>("benchmarkRuns"); }
    /// The one that is shown; nullptr: none.
    [[nodiscard]] const ui::BenchmarkReportView* report()
    {
        return page().report() && !page().setup()->isRunning() ? &*page().report() : nullptr;
    }
    /// Asks for it by the menu, into this file.
    void exportAs(const char* action, const std::filesystem::path& file)
    {
        prompts().answerNext(QByteArray::fromStdString(file.native()));
        page().findChild<QAction*>(QLatin1String(action))->trigger();
    }
};

inline QByteArray contentOf(const std::filesystem::path& path)
{
    QFile file(QString::fromStdString(path.native()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace weightroom::test
