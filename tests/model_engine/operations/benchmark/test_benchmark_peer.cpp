// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_peer.h"

#include "tests/support/resource_check.h"
#include "tests/support/scripted_python.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kSize = 100;
const PeerTiming kPatient{.toStart = 30s, .toLoad = 30s};

/// The first seconds of a model of the page cache, to a host device.
struct Rig {
    explicit Rig(const std::string& body)
        : python(body)
    {
        record.path = folder.write("a model.safetensors", std::string(kSize, '\0'));
        record.files = {{record.path, {}}};
        record.format = FileFormat::Safetensors;
        record.identified.components.emplace_back().size = Bytes{kSize};
    }
    [[nodiscard]] BenchmarkPeer peer(PeerTiming timing = kPatient) const
    {
        return BenchmarkPeer{{.record = std::make_shared<const ModelRecord>(record),
                                 .device = device,
                                 .temperature = BenchmarkTemperature::PageCache},
            timing};
    }

    TemporaryFolder folder;
    ScriptedPython python;
    ModelRecord record;
    DeviceDescription device;
};

} // namespace

/// The other loader of a benchmark, through a double of Python.
class TestBenchmarkPeer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void loadsWheneverItIsAsked();
    void seesOneGpu();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void saysWhoseMemoryIsFull();
    void isAskedNoMoreAfterAProblem();
    void saysThatThereIsNoPython();
    void refusesOtherFormats();
    void needsFilesAtTheirTemperature();
    void isWaitedForLongerThanWeTake();
    void endsAtACancel();

private:
    ResourceUse m_before;
};

void TestBenchmarkPeer::loadsWheneverItIsAsked()
{
    const Rig rig{ScriptedPython::loading(kSize)};
    BenchmarkPeer peer = rig.peer();
    QVERIFY(!peer.result());
    VERIFY_RESULT(peer.load(0, {}));
    VERIFY_RESULT(peer.load(0.1, {}));
    QVERIFY(!peer.problem());
    QVERIFY((peer.result() == PeerResult{"safetensors", "9.9.9", {0.25, 0.25}}));
    QVERIFY(rig.python.starts().ends_with("|-I -c|cpu " + rig.record.path.string() + "\n"));
}

void TestBenchmarkPeer::seesOneGpu()
{
    Rig rig{ScriptedPython::loading(kSize)};
    rig.device = {
        .id = {"GPU_1"}, .kind = DeviceKind::Cuda, .name = {}, .uuid = "GPU-12ab", .driver = {}, .capacity = {}};
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QVERIFY(!peer.problem());
    QVERIFY(rig.python.starts().starts_with("GPU-12ab|-I -c|cuda:0 "));
}

void TestBenchmarkPeer::saysWhatIsWrong_data()
{
    QTest::addColumn<std::string>("body");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<std::string>("words");
    const auto row = [](const char* name, const char* body, ErrorCode code, const char* words) {
        QTest::newRow(name) << std::string{body} << code << std::string{words};
    };
    row("no safetensors", R"(echo '{"problem": "ModuleNotFoundError: none", "kind": "import"}')",
        ErrorCode::Unsupported,
        "cannot import safetensors: ModuleNotFoundError: none; WEIGHTROOM_PYTHON names a Python");
    row("no memory", R"(ready; read -r line; echo '{"problem": "Cannot allocate memory", "kind": "memory"}')",
        ErrorCode::OutOfHostMemory, "Cannot allocate memory");
    row("anything else", R"(echo '{"problem": "RuntimeError: no driver", "kind": "other"}')", ErrorCode::IoError,
        "RuntimeError: no driver");
    row("ends at once", "echo 'bad interpreter' >&2; exit 2", ErrorCode::IoError, "(exit status 2): bad interpreter");
    row("ends in the middle", "ready; read -r line; kill -KILL $$", ErrorCode::IoError, "(signal 9)");
    row("no JSON", "echo 'Hello!'", ErrorCode::InvalidFormat, "Hello!");
    row("no object", "echo 5", ErrorCode::InvalidFormat, "answers 5");
    row("not ready", R"(echo '{"torch": "9.0"}')", ErrorCode::InvalidFormat, "torch");
    row("no time", R"(ready; read -r line; echo '{"bytes": 100}')", ErrorCode::InvalidFormat, "bytes");
    row("a time below zero", R"(ready; read -r line; echo '{"seconds": -1, "bytes": 100}')", ErrorCode::InvalidFormat,
        "-1");
    row("no bytes", R"(ready; read -r line; echo '{"seconds": 1}')", ErrorCode::InvalidFormat, "seconds");
    row("other bytes", "ready; read -r line; loaded 99", ErrorCode::InvalidFormat, "99 bytes, the model has 100");
}

void TestBenchmarkPeer::saysWhatIsWrong()
{
    QFETCH(const std::string, body);
    QFETCH(const ErrorCode, code);
    QFETCH(const std::string, words);
    const Rig rig{body};
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QVERIFY(peer.problem().has_value());
    const std::string problem = describe(*peer.problem());
    QVERIFY2(peer.problem()->code == code && problem.find(words) != std::string::npos, problem.c_str());
    QVERIFY(!peer.result() || peer.result()->seconds.empty());
}

void TestBenchmarkPeer::saysWhoseMemoryIsFull()
{
    Rig rig{R"(ready; read -r line; echo '{"problem": "CUDA out of memory", "kind": "device_memory"}')"};
    rig.device = {
        .id = {"GPU_1"}, .kind = DeviceKind::Cuda, .name = {}, .uuid = "GPU-12ab", .driver = {}, .capacity = {}};
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(peer.problem()->context.deviceId.text, std::string{"GPU_1"});
}

void TestBenchmarkPeer::isAskedNoMoreAfterAProblem()
{
    const Rig rig{"ready; read -r line; loaded 100"};
    BenchmarkPeer peer = rig.peer();
    for (int i = 0; i < 3; ++i)
        VERIFY_RESULT(peer.load(0, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::IoError);
    QCOMPARE(peer.result()->seconds, std::vector{0.25}); // what it has done counts
    const std::string starts = rig.python.starts();
    QCOMPARE(std::ranges::count(starts, '\n'), 1);
}

void TestBenchmarkPeer::saysThatThereIsNoPython()
{
    const Rig rig{{}};
    qputenv(ScriptedPython::kVariable, "/nonexistent/python3");
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::NotFound);
    QVERIFY(peer.problem()->detail.find("'/nonexistent/python3'") != std::string::npos);
    QVERIFY(peer.problem()->detail.find("WEIGHTROOM_PYTHON") != std::string::npos);
}

void TestBenchmarkPeer::refusesOtherFormats()
{
    Rig rig{ScriptedPython::loading(kSize)};
    rig.record.format = FileFormat::Gguf;
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::Unsupported);
    QCOMPARE(peer.problem()->detail, std::string{"'a model.safetensors' is no safetensors file: the format is gguf"});
    rig.record.format = FileFormat::Diffusers;
    BenchmarkPeer folder = rig.peer();
    VERIFY_RESULT(folder.load(0, {}));
    QVERIFY(!folder.problem());
    rig.record.files.push_back({rig.folder / "pytorch_model.bin", {}});
    BenchmarkPeer mixed = rig.peer();
    VERIFY_RESULT(mixed.load(0, {}));
    QVERIFY(mixed.problem()->detail.starts_with("'pytorch_model.bin' is no"));
}

void TestBenchmarkPeer::needsFilesAtTheirTemperature()
{
    const Rig rig{ScriptedPython::loading(kSize)};
    std::filesystem::remove(rig.record.path);
    BenchmarkPeer peer = rig.peer();
    VERIFY_RESULT(peer.load(0, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::NotFound);
}

void TestBenchmarkPeer::isWaitedForLongerThanWeTake()
{
    const Rig silent{"read -r line"};
    BenchmarkPeer starting = silent.peer({.toStart = 0ms});
    VERIFY_RESULT(starting.load(0, {}));
    QCOMPARE(starting.problem()->code, ErrorCode::NotAnswering);
    const Rig rig{ScriptedPython::loading(kSize)};
    const PeerTiming hasty{.toStart = 30s, .toLoad = 0ms, .slowestLoads = 0, .slowestRate = 1};
    BenchmarkPeer peer = rig.peer(hasty);
    VERIFY_RESULT(peer.load(0, {})); // as many seconds as it has bytes
    QVERIFY(!peer.problem());
    VERIFY_RESULT(peer.load(1, {}));
    QCOMPARE(peer.problem()->code, ErrorCode::NotAnswering);
}

void TestBenchmarkPeer::endsAtACancel()
{
    const Rig rig{"ready; read -r line; read -r never"};
    BenchmarkPeer peer = rig.peer({.toStart = 1h, .toLoad = 1h});
    std::stop_source stop;
    const std::jthread canceller{[&stop] { stop.request_stop(); }};
    VERIFY_ERROR(peer.load(0, stop.get_token()), ErrorCode::Cancelled);
    QVERIFY(!peer.problem());
    VERIFY_NOTHING_LEFT(m_before); // while the peer lives
}

QTEST_APPLESS_MAIN(TestBenchmarkPeer)
#include "test_benchmark_peer.moc"
