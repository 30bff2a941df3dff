// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/half_shared_model.h"
#include "tests/support/file_time.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// An engine that remembers which tensors are equal, with two models that share bytes.
class ContentsRig : public EngineRig {
public:
    ContentsRig()
    {
        dataFolder = folder / "data";
        auto later = std::make_shared<ManualClock>();
        later->advance(std::chrono::years{100}); // the files have not changed for long
        clock = later;
        for (const char* name : {"a", "b"})
            writeHalfShared(*this, name);
    }
    ~ContentsRig() { close(); }

    [[nodiscard]] Result<Json> cache(const std::string& name)
    {
        return call("model.post_model_cache", {{"model_id", idOf(name)}});
    }
    /// What reading b answers, in a run that has read a.
    [[nodiscard]] Result<Json> readBAfterA()
    {
        if (auto scanned = scan(); !scanned)
            return scanned;
        if (auto cached = cache("a"); !cached)
            return cached;
        return cache("b");
    }
    /// Reads one beside the other, and ends: the next engine is a later run.
    [[nodiscard]] Result<> readBoth()
    {
        if (auto read = readBAfterA(); !read)
            return fail(std::move(read).error());
        close();
        return {};
    }
};

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

} // namespace

/// What an engine remembers of equal tensors from one run to the next.
class TestEngineContents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsEqualBytesOnceInALaterRun();
    void previewsWhatALaterRunNeedNotRead();
    void remembersInTheRunAfterNext();
    void readsAgainWhatHasChanged();
    void remembersNothingOfAFileThatHasJustChanged();
    void keepsLaterWhatItCouldNotKeep();
    void forgetsWithoutAFolder();
    void loadsWithoutAStoreThatCanBeUsed();
};

void TestEngineContents::readsEqualBytesOnceInALaterRun()
{
    ContentsRig rig;
    VERIFY_RESULT(rig.readBoth());
    VERIFY_RESULT(rig.scan());
    const auto a = rig.cache("a");
    VERIFY_RESULT(a);
    QCOMPARE(number(*a, "bytes_read"), kOwnSize + kCommonSize);
    const auto b = rig.load(rig.idOf("b"), {{"verify", true}});
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "bytes_read"), kOwnSize);
    QCOMPARE(number(*b, "cache_saved_bytes"), kCommonSize);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineContents::previewsWhatALaterRunNeedNotRead()
{
    ContentsRig rig;
    VERIFY_RESULT(rig.readBoth());
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("a"));
    const auto preview = rig.call("model.get_model_load_preview", {{"model_id", rig.idOf("b")}});
    VERIFY_RESULT(preview);
    QCOMPARE(number(*preview, "bytes_to_read"), kOwnSize);
}

void TestEngineContents::remembersInTheRunAfterNext()
{
    ContentsRig rig;
    VERIFY_RESULT(rig.readBoth());
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("b")); // from which nothing new is learned
    rig.close();
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("b"));
    const auto a = rig.cache("a");
    VERIFY_RESULT(a);
    QCOMPARE(number(*a, "bytes_read"), kOwnSize);
}

void TestEngineContents::readsAgainWhatHasChanged()
{
    ContentsRig rig;
    VERIFY_RESULT(rig.readBoth());
    passTimestampOf(rig.folder / "models/b.safetensors");
    writeHalfShared(rig, "b"); // the same bytes; nobody can know
    const auto b = rig.readBAfterA();
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "bytes_read"), kOwnSize + kCommonSize);
    QCOMPARE(number(*b, "saved_bytes"), kCommonSize);
}

/// Another change may give it the same times.
void TestEngineContents::remembersNothingOfAFileThatHasJustChanged()
{
    ContentsRig rig;
    rig.clock.reset();
    VERIFY_RESULT(rig.readBoth());
    const auto b = rig.readBAfterA();
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "bytes_read"), kOwnSize + kCommonSize);
}

void TestEngineContents::keepsLaterWhatItCouldNotKeep()
{
    ContentsRig rig;
    std::filesystem::create_directories(rig.dataFolder / "contents.sqlite3"); // a folder has the file's name
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("a"));
    std::filesystem::remove(rig.dataFolder / "contents.sqlite3");
    VERIFY_RESULT(rig.cache("b"));
    rig.close();
    const auto b = rig.readBAfterA();
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "bytes_read"), kOwnSize);
}

void TestEngineContents::forgetsWithoutAFolder()
{
    ContentsRig rig;
    rig.dataFolder.clear();
    VERIFY_RESULT(rig.readBoth());
    const auto b = rig.readBAfterA();
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "bytes_read"), kOwnSize + kCommonSize);
}

/// A folder has the file's name.
void TestEngineContents::loadsWithoutAStoreThatCanBeUsed()
{
    ContentsRig rig;
    std::filesystem::create_directories(rig.dataFolder / "contents.sqlite3");
    VERIFY_RESULT(rig.readBoth());
    const auto b = rig.readBAfterA();
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "saved_bytes"), kCommonSize);
}

QTEST_APPLESS_MAIN(TestEngineContents)
#include "test_engine_contents.moc"
