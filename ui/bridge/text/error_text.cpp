// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/error_text.h"

#include "ui/bridge/text/advice_need.h"
#include "ui/bridge/text/defect_text.h"
#include "ui/bridge/text/placeholders.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/recovery_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <array>
#include <initializer_list>

namespace weightroom::ui {
namespace {

using Code = engine::ErrorCode;
using Action = ErrorAction;

constexpr auto kContext = "ErrorText";

/// A piece of advice, and what must be so for it to help.
struct Advice {
    constexpr Advice(const char* words = nullptr, AdviceNeed mustBe = AdviceNeed::None)
        : text(words)
        , need(mustBe)
    {
    }
    const char* text;
    AdviceNeed need;
};

/// Two buttons and up to three pieces of advice that may help at the same time: more is not read.
struct ErrorWording {
    Code code;
    const char* sentence; ///< for when the circumstances are not known
    const char* precise; ///< with {placeholders}: used when all of them are known; may be nullptr
    std::array<Advice, 4> advice;
    std::array<Action, 2> actions;
};

// Pieces of advice that several errors share.
constexpr auto kReport = QT_TRANSLATE_NOOP("ErrorText", "Please report this, with the details from the tooltip.");
constexpr auto kCheckFile =
    QT_TRANSLATE_NOOP("ErrorText", "Compare its size with that of the original, and download or copy it again.");
constexpr auto kSafetensors = QT_TRANSLATE_NOOP("ErrorText", "Look for the model as a .safetensors file.");
constexpr auto kRescan = QT_TRANSLATE_NOOP("ErrorText", "Scan the folders again: the list may be out of date.");
constexpr Advice kUnload{QT_TRANSLATE_NOOP("ErrorText", "Unload a model that is not needed."), AdviceNeed::LoadedModel};
constexpr Advice kLargerHostDevice{
    QT_TRANSLATE_NOOP("ErrorText", "Give the device more memory in the settings."), AdviceNeed::OwnHostDevice};
constexpr Advice kCloseOthers{
    QT_TRANSLATE_NOOP("ErrorText", "Close other programs that use the device."), AdviceNeed::OtherPrograms};
constexpr Advice kFreeCache{
    QT_TRANSLATE_NOOP("ErrorText", "Free the cache: what is loaded on a device stays there."), AdviceNeed::FilledCache};
constexpr auto kSmaller = QT_TRANSLATE_NOOP("ErrorText", "Choose a smaller model or another device.");
constexpr auto kCheckFolder = QT_TRANSLATE_NOOP("ErrorText", "Check the folders of the library.");

// One row per code, in the order of the enumeration; sentences say what happened, without blame.
constexpr std::array kWordings{
    ErrorWording{Code::Unknown, QT_TRANSLATE_NOOP("ErrorText", "Something failed, and Weightroom does not know why."),
        nullptr, {kReport}, {Action::TryAgain}},
    ErrorWording{Code::Internal,
        QT_TRANSLATE_NOOP("ErrorText", "Weightroom made a mistake and stopped this job. Nothing else was affected."),
        nullptr, {kReport}, {Action::TryAgain}},
    ErrorWording{Code::Cancelled,
        QT_TRANSLATE_NOOP("ErrorText", "Cancelled. Everything that had been taken was given back."), nullptr, {},
        {Action::TryAgain}},

    ErrorWording{Code::UnknownOperation,
        QT_TRANSLATE_NOOP("ErrorText", "This version of Weightroom does not know this operation."), nullptr, {kReport},
        {}},
    ErrorWording{Code::UnknownField, QT_TRANSLATE_NOOP("ErrorText", "The request has a field that does not exist."),
        QT_TRANSLATE_NOOP("ErrorText", "The request has a field that does not exist: {field}."), {kReport}, {}},
    ErrorWording{Code::MissingField, QT_TRANSLATE_NOOP("ErrorText", "The request is incomplete."),
        QT_TRANSLATE_NOOP("ErrorText", "The request is incomplete: {field} is missing."), {kReport}, {}},
    ErrorWording{Code::InvalidValue, QT_TRANSLATE_NOOP("ErrorText", "A value is not valid."),
        QT_TRANSLATE_NOOP("ErrorText", "The value of {field} is not valid."),
        {QT_TRANSLATE_NOOP("ErrorText", "Check the settings; the tooltip names the limit.")}, {}},
    ErrorWording{Code::InvalidJson, QT_TRANSLATE_NOOP("ErrorText", "A settings file is not valid JSON."),
        QT_TRANSLATE_NOOP("ErrorText", "{path} is not valid JSON."),
        {QT_TRANSLATE_NOOP("ErrorText", "Correct the file, or remove it to start with the defaults.")}, {}},
    ErrorWording{Code::Unsupported,
        QT_TRANSLATE_NOOP("ErrorText", "This computer or this version of Weightroom cannot do that."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Choose another model or device.")}, {}},
    ErrorWording{Code::FeatureOff,
        QT_TRANSLATE_NOOP("ErrorText",
            "This needs something that is switched off, or that has failed and is left alone for a while."),
        nullptr, {QT_TRANSLATE_NOOP("ErrorText", "Switch it on in the settings.")}, {}},
    ErrorWording{Code::AlreadyServed,
        QT_TRANSLATE_NOOP("ErrorText", "Another engine of Weightroom serves your other programs."), nullptr,
        {QT_TRANSLATE_NOOP(
             "ErrorText", "This window works with an engine of its own: neither sees what the other has loaded."),
            QT_TRANSLATE_NOOP("ErrorText", "End the other one, weightroomctl serve, and start this window again.")},
        {}},
    ErrorWording{Code::NotAllowed,
        QT_TRANSLATE_NOOP("ErrorText", "This program may only look, and the operation changes something."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Let it use the socket for everything, engine.sock.")}, {}},

    ErrorWording{Code::NotFound, QT_TRANSLATE_NOOP("ErrorText", "A file or folder is not there any more."),
        QT_TRANSLATE_NOOP("ErrorText", "{path} is not there."),
        {QT_TRANSLATE_NOOP("ErrorText", "If it is on a drive that can be removed, connect the drive."), kRescan},
        {Action::Rescan, Action::EditFolders}},
    ErrorWording{Code::PermissionDenied,
        QT_TRANSLATE_NOOP("ErrorText", "You have no permission to read a file or folder."),
        QT_TRANSLATE_NOOP("ErrorText", "You have no permission to read {path}."),
        {QT_TRANSLATE_NOOP("ErrorText", "Change its permissions, or ask the owner."), kCheckFolder},
        {Action::TryAgain, Action::EditFolders}},
    ErrorWording{Code::NotRegularFile,
        QT_TRANSLATE_NOOP("ErrorText", "This is not a regular file, or not a folder where a folder was expected."),
        QT_TRANSLATE_NOOP("ErrorText", "{path} is not what it should be: a file or a folder of its own."),
        {QT_TRANSLATE_NOOP("ErrorText", "If it is a link, check what it points to."), kCheckFolder},
        {Action::EditFolders}},
    ErrorWording{Code::IoError, QT_TRANSLATE_NOOP("ErrorText", "The disk could not read or write the file."),
        QT_TRANSLATE_NOOP("ErrorText", "The disk could not read or write {path}."),
        {QT_TRANSLATE_NOOP("ErrorText", "Check the drive and its connection."),
            QT_TRANSLATE_NOOP("ErrorText", "Copy the file to another drive.")},
        {Action::TryAgain, Action::ShowInList}},
    ErrorWording{Code::DiskFull, QT_TRANSLATE_NOOP("ErrorText", "The disk is full."),
        QT_TRANSLATE_NOOP("ErrorText", "The disk is full: {required} are needed, {available} are free."),
        {QT_TRANSLATE_NOOP("ErrorText", "Free some space, or choose a folder on another drive.")}, {Action::TryAgain}},
    ErrorWording{Code::AlreadyExists,
        QT_TRANSLATE_NOOP("ErrorText", "A file of this name is already there. It was not overwritten."),
        QT_TRANSLATE_NOOP("ErrorText", "{path} is already there. It was not overwritten."),
        {QT_TRANSLATE_NOOP("ErrorText", "Choose another folder.")}, {}},
    ErrorWording{Code::FileChanged, QT_TRANSLATE_NOOP("ErrorText", "The file was changed while it was read."),
        QT_TRANSLATE_NOOP("ErrorText", "{path} was changed while it was read."),
        {QT_TRANSLATE_NOOP("ErrorText", "Wait until the download or the copy has finished, then try again.")},
        {Action::TryAgain, Action::Rescan}},
    ErrorWording{Code::FileArriving, QT_TRANSLATE_NOOP("ErrorText", "The file is still arriving."), nullptr,
        {QT_TRANSLATE_NOOP(
            "ErrorText", "Wait until the download or the copy has finished: it is then read by itself.")},
        {Action::Rescan}},
    ErrorWording{Code::NotAnswering,
        QT_TRANSLATE_NOOP("ErrorText", "The disk or the network of a folder does not answer."),
        QT_TRANSLATE_NOOP("ErrorText", "The disk or the network of {path} does not answer."),
        {QT_TRANSLATE_NOOP("ErrorText",
            "Look whether the server and the connection work: the folder is read by itself when it answers.")},
        {Action::EditFolders}},
    ErrorWording{Code::FileInUse, QT_TRANSLATE_NOOP("ErrorText", "Another program is using a file."),
        QT_TRANSLATE_NOOP("ErrorText", "Another program is using {path}."),
        {QT_TRANSLATE_NOOP("ErrorText", "Close the other program, then try again.")}, {Action::TryAgain}},
    ErrorWording{Code::FileTruncated,
        QT_TRANSLATE_NOOP("ErrorText", "The file is incomplete: it is shorter than its own header says."),
        QT_TRANSLATE_NOOP("ErrorText", "The file is incomplete: {required} are announced, {available} are there."),
        {kCheckFile}, {Action::ShowInList, Action::Rescan}},
    ErrorWording{Code::InvalidFormat,
        QT_TRANSLATE_NOOP("ErrorText", "The file is damaged: its content contradicts its own format."), nullptr,
        {kCheckFile}, {Action::ShowInList}},
    ErrorWording{Code::HeaderTooLarge, QT_TRANSLATE_NOOP("ErrorText", "The file's header is too large for a model."),
        QT_TRANSLATE_NOOP(
            "ErrorText", "The file's header is too large for a model: it claims {required}, the limit is {available}."),
        {kCheckFile}, {Action::ShowInList}},
    ErrorWording{Code::UnknownDtype,
        QT_TRANSLATE_NOOP("ErrorText", "The model uses a number format that Weightroom does not know."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Look for a newer Weightroom, or for the model in another precision.")},
        {Action::ShowInList}},
    ErrorWording{Code::UnknownFormat,
        QT_TRANSLATE_NOOP("ErrorText", "This is none of the file formats that Weightroom reads."), nullptr,
        {kSafetensors}, {Action::ShowInList}},
    ErrorWording{Code::UnsafePickle,
        QT_TRANSLATE_NOOP(
            "ErrorText", "The file would run a program when it is opened, as no model needs to. Nothing was executed."),
        nullptr,
        {kSafetensors,
            QT_TRANSLATE_NOOP("ErrorText", "Do not open it in other programs unless you trust where it comes from.")},
        {Action::ShowInList}},

    ErrorWording{Code::ModelNotFound, QT_TRANSLATE_NOOP("ErrorText", "The model is not in the library any more."),
        nullptr, {kRescan}, {Action::Rescan}},
    ErrorWording{Code::ComponentNotFound, QT_TRANSLATE_NOOP("ErrorText", "The model has no such component."),
        QT_TRANSLATE_NOOP("ErrorText", "The model has no component {component}."), {kRescan},
        {Action::Rescan, Action::ShowInList}},
    ErrorWording{Code::DeviceNotFound, QT_TRANSLATE_NOOP("ErrorText", "There is no such device."),
        QT_TRANSLATE_NOOP("ErrorText", "There is no device {device}."),
        {QT_TRANSLATE_NOOP("ErrorText", "Choose another device in the toolbar.")}, {}},
    ErrorWording{Code::ModelUnusable, QT_TRANSLATE_NOOP("ErrorText", "This model cannot be used. The list says why."),
        nullptr, {QT_TRANSLATE_NOOP("ErrorText", "Choose another model.")}, {Action::ShowInList}},
    ErrorWording{Code::NotLoaded, QT_TRANSLATE_NOOP("ErrorText", "The model is not loaded there."),
        QT_TRANSLATE_NOOP("ErrorText", "The model is not loaded on {device}."), {}, {Action::ShowInList}},
    ErrorWording{Code::Busy, QT_TRANSLATE_NOOP("ErrorText", "Another job is at work on this model or memory."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Wait until it has finished, or cancel it.")}, {Action::TryAgain}},
    ErrorWording{Code::ModelInUse, QT_TRANSLATE_NOOP("ErrorText", "The model is in use: it is cached or loaded."),
        nullptr, {QT_TRANSLATE_NOOP("ErrorText", "Unload it and drop it from the cache first.")}, {Action::ShowInList}},
    ErrorWording{Code::LeaseHeld, QT_TRANSLATE_NOOP("ErrorText", "Another program uses the weights of this model."),
        QT_TRANSLATE_NOOP("ErrorText", "The weights of this model are in use by {holder}."),
        {QT_TRANSLATE_NOOP("ErrorText", "End what uses them there, or the program itself."),
            QT_TRANSLATE_NOOP(
                "ErrorText", "If you unload it anyway, its memory comes back when the program has ended.")},
        {Action::UnloadAnyway, Action::TryAgain}},
    ErrorWording{Code::LeaseNotFound,
        QT_TRANSLATE_NOOP("ErrorText", "The program does not have these weights any more."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Let it attach to the model again.")}, {}},
    ErrorWording{Code::JobNotFound, QT_TRANSLATE_NOOP("ErrorText", "The job has already ended."), nullptr, {}, {}},
    ErrorWording{Code::PreloadPlanNotFound,
        QT_TRANSLATE_NOOP("ErrorText", "This preload plan does not exist any more."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Choose another one.")}, {}},
    ErrorWording{Code::AlertNotFound,
        QT_TRANSLATE_NOOP("ErrorText", "The alert is over, and has been acknowledged already."), nullptr, {}, {}},
    ErrorWording{Code::BenchmarkNotFound,
        QT_TRANSLATE_NOOP("ErrorText", "This benchmark report does not exist any more."), nullptr,
        {QT_TRANSLATE_NOOP("ErrorText", "Choose another one.")}, {}},

    ErrorWording{Code::OutOfDeviceMemory,
        QT_TRANSLATE_NOOP("ErrorText", "The device has not enough free memory. Nothing was loaded."),
        QT_TRANSLATE_NOOP("ErrorText",
            "{device} has not enough free memory: {required} are needed, {available} are free. Nothing was loaded."),
        {kUnload, kLargerHostDevice, kCloseOthers, kSmaller}, {Action::TryAgain, Action::ShowInList}},
    ErrorWording{Code::OutOfCacheBudget, QT_TRANSLATE_NOOP("ErrorText", "The RAM cache has not enough room."),
        QT_TRANSLATE_NOOP(
            "ErrorText", "The RAM cache has not enough room: {required} are needed, {available} are free."),
        {kFreeCache, QT_TRANSLATE_NOOP("ErrorText", "Give the cache a larger budget in the settings.")},
        {Action::FreeCache, Action::TryAgain}},
    ErrorWording{Code::OutOfHostMemory, QT_TRANSLATE_NOOP("ErrorText", "The computer has no more free RAM."),
        QT_TRANSLATE_NOOP(
            "ErrorText", "The computer has not enough free RAM: {required} are needed, {available} are free."),
        {QT_TRANSLATE_NOOP("ErrorText", "Close other programs."), kFreeCache}, {Action::FreeCache, Action::TryAgain}},
    ErrorWording{Code::DeviceError,
        QT_TRANSLATE_NOOP("ErrorText", "The device reported an error. It can still be used."),
        QT_TRANSLATE_NOOP("ErrorText", "{device} reported an error. It can still be used."),
        {QT_TRANSLATE_NOOP("ErrorText", "If it happens again, restart Weightroom and look into the system's log.")},
        {Action::TryAgain}},
    ErrorWording{Code::DeviceLost, QT_TRANSLATE_NOOP("ErrorText", "The device failed and is not used any more."),
        QT_TRANSLATE_NOOP("ErrorText", "{device} failed and is not used any more."),
        {QT_TRANSLATE_NOOP(
            "ErrorText", "Restart Weightroom. The cache and the other devices go on working until then.")},
        {Action::Restart}},
    ErrorWording{Code::VerificationFailed,
        QT_TRANSLATE_NOOP("ErrorText", "Bytes read back from the device differ from the file. The load was undone."),
        QT_TRANSLATE_NOOP("ErrorText", "Bytes read back from {device} differ from the file. The load was undone."),
        {QT_TRANSLATE_NOOP("ErrorText", "Try again; if it happens again, the memory of the device may be faulty.")},
        {Action::TryAgain}},
};

constexpr bool isInOrder()
{
    for (std::size_t row = 0; row < kWordings.size(); ++row) {
        if (kWordings[row].code != static_cast<Code>(row) || kWordings[row].sentence == nullptr)
            return false;
    }
    return true;
}
static_assert(isInOrder(), "one row per code, in the order of the enumeration");

const ErrorWording& wordingOf(Code code)
{
    const auto row = static_cast<std::size_t>(code);
    return kWordings[row < kWordings.size() ? row : 0];
}

QString translated(const char* text)
{
    return text == nullptr ? QString() : QCoreApplication::translate(kContext, text);
}

/// What the placeholders stand for; what nobody knows has no value.
PlaceholderValues valuesOf(const engine::ErrorContext& context)
{
    PlaceholderValues values{
        {QStringLiteral("field"), plainText(context.field)},
        {QStringLiteral("path"), plainText(context.path)},
        {QStringLiteral("device"), plainText(context.deviceId.text)},
        {QStringLiteral("component"), plainText(context.componentId.text)},
        {QStringLiteral("holder"), plainText(context.holder)},
        {QStringLiteral("required"), context.required ? bytesText(context.required->value) : QString()},
        {QStringLiteral("available"), context.available ? bytesText(context.available->value) : QString()},
    };
    values.removeIf([](PlaceholderValues::iterator entry) { return entry.value().isEmpty(); });
    return values;
}

QString sentenceFor(const ErrorWording& wording, const engine::ErrorContext& context)
{
    if (wording.code == Code::FileTruncated && context.available == engine::Bytes{})
        return defectText(engine::FileDefect::Empty);
    // What the file is says more than that it is none of the models.
    if (const QString defect = defectText(context.defect); wording.code == Code::InvalidFormat && !defect.isEmpty())
        return defect;
    const QString precise = filledTemplate(translated(wording.precise), valuesOf(context));
    return precise.isEmpty() ? translated(wording.sentence) : precise;
}

QStringList adviceFor(const ErrorWording& wording, const engine::ErrorContext& context, const QList<MemoryView>& memory)
{
    QStringList advice;
    for (const Advice& piece : wording.advice) {
        if (piece.text != nullptr && isMet(piece.need, context, memory))
            advice.append(translated(piece.text));
    }
    return advice;
}

/// Whether there is what the button would do something about.
bool hasTarget(Action action, const engine::ErrorContext& context, const QList<MemoryView>& memory)
{
    if (action == Action::ShowInList || action == Action::UnloadAnyway)
        return !context.modelId.empty();
    return action != Action::FreeCache || isMet(AdviceNeed::FilledCache, context, memory);
}

QList<ErrorAction> actionsFor(
    const ErrorWording& wording, const engine::ErrorContext& context, const QList<MemoryView>& memory)
{
    QList<ErrorAction> actions;
    for (const Action action : wording.actions) {
        if (action != Action::None && hasTarget(action, context, memory))
            actions.append(action);
    }
    return actions;
}

ErrorWeight weightOf(Code code)
{
    switch (engine::traitsOf(code).severity) {
    case engine::Severity::Info:
        return ErrorWeight::Info;
    case engine::Severity::Warning:
        return ErrorWeight::Warning;
    case engine::Severity::Error:
        return ErrorWeight::Error;
    case engine::Severity::Critical:
        return ErrorWeight::Critical;
    }
    return ErrorWeight::Error;
}

} // namespace

ErrorView errorView(const engine::Error& error, const QList<MemoryView>& memory)
{
    const ErrorWording& wording = wordingOf(error.code);
    return ErrorView{
        .sentence = sentenceFor(wording, error.context),
        .advice = adviceFor(wording, error.context, memory),
        .actions = actionsFor(wording, error.context, memory),
        .detail = plainText(engine::describe(error)),
        .modelId = QString::fromStdString(error.context.modelId.text),
        .tried = triedText(error.context.tried),
        .weight = weightOf(error.code),
    };
}

ErrorView joinedErrors(const QList<ErrorView>& errors)
{
    constexpr qsizetype kMostNamed = 4;
    ErrorView joined = errors.first();
    QStringList sentences;
    QStringList details;
    for (const ErrorView& error : errors) {
        if (sentences.size() < kMostNamed)
            sentences.append(error.sentence);
        details.append(error.detail);
        joined.weight = std::max(joined.weight, error.weight);
    }
    if (errors.size() > kMostNamed)
        sentences.append(QCoreApplication::translate(
            "ErrorText", "And %n more.", "after some errors", static_cast<int>(errors.size() - kMostNamed)));
    joined.sentence = sentences.join(QLatin1Char('\n'));
    joined.detail = details.join(QLatin1Char('\n'));
    return joined;
}

QString actionText(ErrorAction action)
{
    switch (action) {
    case ErrorAction::None:
        return {};
    case ErrorAction::TryAgain:
        return QCoreApplication::translate("ErrorText", "Try again", "button");
    case ErrorAction::ShowInList:
        return QCoreApplication::translate("ErrorText", "Show in list", "button: selects the model");
    case ErrorAction::FreeCache:
        return QCoreApplication::translate("ErrorText", "Free the cache", "button");
    case ErrorAction::EditFolders:
        return QCoreApplication::translate("ErrorText", "Folders\u2026", "button: opens the dialog");
    case ErrorAction::Rescan:
        return QCoreApplication::translate("ErrorText", "Scan again", "button");
    case ErrorAction::UnloadAnyway:
        return QCoreApplication::translate("ErrorText", "Unload anyway", "button");
    case ErrorAction::Restart:
        return QCoreApplication::translate("ErrorText", "Restart", "button: ends the program and starts it again");
    }
    return {};
}

} // namespace weightroom::ui
