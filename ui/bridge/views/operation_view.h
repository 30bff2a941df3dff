// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QMetaType>
#include <QString>
#include <QStringList>

#include <optional>

namespace weightroom::ui {

/// How a field is typed in. Json: what no other kind can say.
enum class OperationFieldKind : quint8 {
    None = 0,
    Text,
    Path,
    Choice,
    Integer,
    Number,
    Boolean,
    TextList,
    PathList,
    IntegerList,
    Json
};

/// One field of an operation. Help and choices are the engine's words, in English.
struct OperationFieldView {
    QString name;
    OperationFieldKind kind = OperationFieldKind::None;
    bool isRequired = false;
    QString help{};
    QString limits{}; ///< "from 1 to 100", of a list that of its length; empty: there are none
    QStringList choices{}; ///< the closed set of values of a Choice, or of the entries of a list; empty: any
};

/// One operation of the engine as its registry declares it; summary, answer and help are the engine's words.
struct OperationView {
    QString family; ///< "model"
    QString name; ///< in full: "model.get_model"
    QString summary{};
    QString answer{}; ///< what the answer holds
    QStringList errors{}; ///< codes, beside those that every operation can give
    QStringList routes{}; ///< "GET /api/models/{modelId}"; empty: it cannot be reached by HTTP
    QList<OperationFieldView> fields{};
    bool isLong = false; ///< a job, which can be cancelled
    bool needsConnection = false; ///< only a client of the local socket may call it
    bool asksFirst = false; ///< something may be lost by it

    /// "get_model"
    [[nodiscard]] QString shortName() const { return name.mid(family.size() + 1); }
};

/// What was typed, by the name of the field; an empty text is not sent. Under kFurtherFields a JSON object of more.
using OperationInput = QMap<QString, QString>;
inline constexpr QLatin1String kFurtherFields{":further"}; ///< no name of a field

/// A request made of what was typed. Only JSON that is none is found here: the rest is for the engine to judge.
struct OperationRequest {
    QByteArray json{}; ///< an object, in one line
    QString problemField{}; ///< which field holds what cannot be read
    QString problem{}; ///< a sentence; empty: there is none
};

struct OperationCall {
    quint64 number = 0; ///< the caller's; the outcome has it
    QString operation;
    QByteArray json;
};

/// An answer as it is shown and copied.
struct OperationAnswer {
    QByteArray whole{}; ///< JSON, indented
    QString shown{}; ///< its beginning, safe to show
    quint64 bytesHidden = 0; ///< of `whole`, that `shown` leaves out
};

struct OperationOutcome {
    quint64 call = 0;
    OperationAnswer answer{};
    std::optional<ErrorView> error{}; ///< its detail begins with the code
    QString field{}; ///< that the error is about; empty: none
};

} // namespace weightroom::ui

Q_DECLARE_METATYPE(weightroom::ui::OperationOutcome)
