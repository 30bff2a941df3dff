// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/server_methods.h"
#include "tests/app/every_door/comparison.h"
#include "tests/app/every_door/engine_doors.h"
#include "tests/app/every_door/open_door.h"
#include "tests/app/every_door/program_doors.h"
#include "tests/app/every_door/rest_door.h"
#include "tests/model_engine/server/rest/http_client.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// What is wrong, with the step that it is wrong with.
std::string about(const std::string& operation, const Json& fields, const std::string& wrong)
{
    return wrong.empty() ? std::string{} : operation + " " + writeJson(fields) + ": " + wrong;
}

const OperationSpec* specOf(Scene& scene, const std::string& operation)
{
    const OperationSpec* spec = scene.engine().operations().find(operation);
    return spec ? spec : serverMethods().find(operation);
}

/// Fields that an operation has not got, with what its route needs.
Json wrongFields(const OperationSpec& spec)
{
    Json fields{{"no_such_field", 1}};
    const std::string item = std::string{spec.family.text()} + "_id";
    for (const FieldSpec& field : spec.fields) {
        if (field.name.text() == item)
            fields[item] = field.type == FieldType::Integer ? Json(1) : Json("none");
    }
    return fields;
}

} // namespace

/// Every operation through every door: the engine itself, the local socket, REST, and weightroomctl. A script is
/// carried out from its begin to its end through each of them, each time on a new engine with the same library at the
/// same place, and the answers are compared one by one.
class TestEveryDoor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void hasAStepForEveryFieldOfEveryOperation();
    void takesEveryValueInAQuery();
    void answersAsTheScriptSays();
    void answersAlike_data();
    void answersAlike();
    void lendsToConnectedProgramsAlike();
    void lendsToNobodyElse();
    void refusesUnknownFieldsAlike_data();
    void refusesUnknownFieldsAlike();
    void readsOnlyThroughTheDoorsForThat();
    void refusesUnknownOperationsAlike();

private:
    using Answers = std::vector<Answer>;
    /// Carries out a script through a door.
    Answers answersOf(const std::vector<Step>& steps, DoorKind kind);
    /// What the engine itself answers to the script; asked once.
    const Answers& reference();
    /// Differences between what doors have answered to a script; empty: there are none.
    std::string compared(
        const std::vector<Step>& steps, const Answers& expected, const Answers& found, RestNaming naming);

    const QByteArray m_dataHome = qgetenv("XDG_DATA_HOME");
    Scene m_scene;
    Answers m_reference;
    ResourceUse m_before;
};

void TestEveryDoor::init() { m_before = currentResources(); }

void TestEveryDoor::cleanup()
{
    m_scene.end();
    qputenv("XDG_DATA_HOME", m_dataHome);
    VERIFY_NOTHING_LEFT(m_before);
}

TestEveryDoor::Answers TestEveryDoor::answersOf(const std::vector<Step>& steps, DoorKind kind)
{
    Answers answers;
    if (const auto begun = m_scene.begin(); !begun)
        return {{.wrong = describe(begun.error())}};
    const std::unique_ptr<AnyDoor> door = openDoor(kind, m_scene);
    for (const Step& step : steps) {
        m_scene.prepare(step.around);
        answers.push_back(door->ask(step.operation, m_scene.resolved(step.fields)));
        m_scene.tidy(step.around);
    }
    return answers;
}

const TestEveryDoor::Answers& TestEveryDoor::reference()
{
    if (m_reference.empty())
        m_reference = answersOf(script(), DoorKind::Direct);
    return m_reference;
}

std::string TestEveryDoor::compared(
    const std::vector<Step>& steps, const Answers& expected, const Answers& found, RestNaming naming)
{
    if (expected.size() != steps.size() || found.size() != steps.size())
        return "the script was not carried out";
    std::string wrong;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const OperationSpec* spec = specOf(m_scene, steps[i].operation);
        const std::string one =
            about(steps[i].operation, steps[i].fields, comparedWith(expected[i], found[i], naming, spec));
        wrong += one.empty() ? one : "\n" + one;
    }
    return wrong;
}

void TestEveryDoor::hasAStepForEveryFieldOfEveryOperation()
{
    VERIFY_RESULT(m_scene.begin());
    std::set<std::string> declared;
    for (const OperationRegistry* registry : {&m_scene.engine().operations(), &serverMethods()}) {
        for (const OperationSpec& spec : registry->all()) {
            declared.insert(spec.fullName());
            for (const FieldSpec& field : spec.fields)
                declared.insert(spec.fullName() + " " + std::string{field.name.text()});
        }
    }
    std::set<std::string> asked;
    for (const auto* steps : {&script(), &connectedScript()}) {
        for (const Step& step : *steps) {
            // What only fails says nothing of an answer; but without a window none can be shown.
            if (!step.code.empty() && step.operation != "server.post_show_window")
                continue;
            asked.insert(step.operation);
            for (const auto& [name, value] : step.fields.items())
                asked.insert(step.operation + " " + name);
        }
    }
    for (const std::string& one : declared)
        QVERIFY2(asked.contains(one), ("no step has " + one).c_str());
    for (const std::string& one : asked)
        QVERIFY2(declared.contains(one), ("a step has " + one + ", which is not declared").c_str());
}

/// What a GET or DELETE may be asked with is text in a path or query, which has neither null nor an empty list.
void TestEveryDoor::takesEveryValueInAQuery()
{
    VERIFY_RESULT(m_scene.begin());
    const RestRoutes routes{m_scene.engine().operations()};
    for (const RestRoute& route : routes.all()) {
        if (route.method == "POST")
            continue;
        for (const FieldSpec& field : route.operation->fields) {
            const bool isList = field.type == FieldType::TextList || field.type == FieldType::PathList
                || field.type == FieldType::IntegerList;
            const bool isText = field.clearing == Clearing::No && (!isList || field.minimum > 0);
            QVERIFY2(isText, (route.path() + " " + std::string{field.name.text()}).c_str());
        }
    }
}

void TestEveryDoor::answersAsTheScriptSays()
{
    const Answers& answers = reference();
    QCOMPARE(answers.size(), script().size());
    VERIFY_RESULT(m_scene.begin());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Step& step = script()[i];
        const std::string found = writeJson(answers[i].document).substr(0, 1000);
        QVERIFY2(answers[i].code() == step.code, about(step.operation, step.fields, found).c_str());
        if (answers[i].isError)
            continue;
        // In PascalCase every key is converted but those that are declared as data.
        const std::set<std::string> odd = oddKeys(answers[i].document, specOf(m_scene, step.operation)->dataKeys);
        QVERIFY2(odd.empty(), odd.empty() ? "" : (step.operation + ": " + *odd.begin()).c_str());
    }
}

void TestEveryDoor::answersAlike_data()
{
    QTest::addColumn<int>("door");
    QTest::newRow("the engine itself, again") << static_cast<int>(DoorKind::Direct);
    QTest::newRow("socket") << static_cast<int>(DoorKind::Socket);
    QTest::newRow("socket, and the one for reading") << static_cast<int>(DoorKind::ReadSocket);
    QTest::newRow("REST") << static_cast<int>(DoorKind::Rest);
    QTest::newRow("REST, and the token for reading") << static_cast<int>(DoorKind::RestForReading);
    QTest::newRow("REST in PascalCase") << static_cast<int>(DoorKind::RestInPascal);
    QTest::newRow("weightroomctl call") << static_cast<int>(DoorKind::Call);
}

void TestEveryDoor::answersAlike()
{
    QFETCH(int, door);
    const auto kind = static_cast<DoorKind>(door);
    const auto naming = kind == DoorKind::RestInPascal ? RestNaming::Pascal : RestNaming::Snake;
    const Answers& expected = reference();
    const std::string wrong = compared(script(), expected, answersOf(script(), kind), naming);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

void TestEveryDoor::lendsToConnectedProgramsAlike()
{
    const Answers bySocket = answersOf(connectedScript(), DoorKind::Socket);
    for (std::size_t i = 0; i < bySocket.size(); ++i) {
        const Step& step = connectedScript().at(i);
        QVERIFY2(bySocket[i].code() == step.code && bySocket[i].wrong.empty(),
            about(step.operation, step.fields, writeJson(bySocket[i].document) + bySocket[i].wrong).c_str());
    }
    const Answers byProgram = answersOf(connectedScript(), DoorKind::Session);
    const std::string wrong = compared(connectedScript(), bySocket, byProgram, RestNaming::Snake);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

/// Of whom nobody would notice the end: who calls the engine in its own process, who asks by HTTP, and a program with
/// an engine of its own.
void TestEveryDoor::lendsToNobodyElse()
{
    VERIFY_RESULT(m_scene.begin());
    const auto direct = openDoor(DoorKind::Direct, m_scene);
    const auto rest = openDoor(DoorKind::Rest, m_scene);
    CallDoor program;
    int refused = 0;
    for (const Step& step : connectedScript()) {
        const OperationSpec* spec = m_scene.engine().operations().find(step.operation);
        if ((spec && spec->caller == Caller::Anybody) || !step.code.empty())
            continue;
        const Answer expected = direct->ask(step.operation, step.fields);
        QVERIFY2(expected.code() == (spec ? "unsupported" : "unknown_operation"), step.operation.c_str());
        const std::string byRest = rest->ask(step.operation, step.fields).code();
        QVERIFY2(byRest == "unknown_operation", (step.operation + ": " + byRest).c_str());
        const std::string wrong =
            comparedWith(expected, program.ask(step.operation, step.fields), RestNaming::Snake, nullptr);
        QVERIFY2(wrong.empty(), about(step.operation, step.fields, wrong).c_str());
        ++refused;
    }
    QVERIFY(refused >= 9);
}

void TestEveryDoor::refusesUnknownFieldsAlike_data() { answersAlike_data(); }

void TestEveryDoor::refusesUnknownFieldsAlike()
{
    QFETCH(int, door);
    const auto kind = static_cast<DoorKind>(door);
    VERIFY_RESULT(m_scene.begin());
    const auto direct = openDoor(DoorKind::Direct, m_scene);
    const auto other = openDoor(kind, m_scene);
    const bool isByHttp = kind == DoorKind::Rest || kind == DoorKind::RestForReading || kind == DoorKind::RestInPascal;
    for (const OperationSpec& spec : m_scene.engine().operations().all()) {
        if (isByHttp && spec.caller == Caller::Connected)
            continue; // there is no such route
        const Json fields = wrongFields(spec);
        const Answer expected = direct->ask(spec.fullName(), fields);
        QCOMPARE(expected.code(), std::string{"unknown_field"});
        const Answer found = other->ask(spec.fullName(), fields);
        const std::string wrong = comparedWith(expected, found, other->naming(), &spec);
        QVERIFY2(wrong.empty(), about(spec.fullName(), fields, wrong).c_str());
    }
}

/// What changes something is refused there, whatever else is wrong with it.
void TestEveryDoor::readsOnlyThroughTheDoorsForThat()
{
    VERIFY_RESULT(m_scene.begin());
    LineClient socket{m_scene.place().readSocket()};
    RestDoor rest{m_scene.engine().operations(), m_scene.port(),
        {.full = m_scene.tokens().readOnly, .readOnly = m_scene.tokens().readOnly}, Reading::AsFull, RestNaming::Snake};
    for (const OperationSpec& spec : m_scene.engine().operations().all()) {
        if (isGet(spec.fullName()))
            continue;
        const std::string name = spec.fullName();
        QVERIFY(socket.ask(name, name.c_str(), wrongFields(spec)));
        const auto refused = socket.next();
        QVERIFY2(refused && refused->at("error").at("data").at("code") == "not_allowed", name.c_str());
        if (spec.caller == Caller::Connected)
            continue;
        const Answer byRest = rest.ask(name, wrongFields(spec));
        QVERIFY2(byRest.code() == "not_allowed" && byRest.wrong.empty(), name.c_str());
    }
}

void TestEveryDoor::refusesUnknownOperationsAlike()
{
    VERIFY_RESULT(m_scene.begin());
    const auto direct = openDoor(DoorKind::Direct, m_scene);
    for (const char* name : {"model.get_no_such_thing", "nothing", "model."}) {
        const Answer expected = direct->ask(name, Json::object());
        QCOMPARE(expected.code(), std::string{"unknown_operation"});
        for (const DoorKind kind : {DoorKind::Socket, DoorKind::ReadSocket, DoorKind::Call, DoorKind::Session}) {
            const std::string wrong =
                comparedWith(expected, openDoor(kind, m_scene)->ask(name, Json::object()), RestNaming::Snake, nullptr);
            QVERIFY2(wrong.empty(), about(name, Json::object(), wrong).c_str());
        }
    }
    // By HTTP there are no names of operations, but places where nothing is.
    for (const std::string& token : {m_scene.tokens().full, m_scene.tokens().readOnly}) {
        HttpClient client{m_scene.port(), token};
        QVERIFY(client.get("/api/model/no_such_thing"));
        const auto answer = client.next();
        QVERIFY(answer && answer->status == 404 && answer->code() == "unknown_operation");
    }
}

QTEST_GUILESS_MAIN(TestEveryDoor)
#include "test_every_door.moc"
