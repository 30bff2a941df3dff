// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/defect_text.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace weightroom::ui {
namespace {

using engine::FileDefect;

struct DefectSentence {
    FileDefect defect;
    const char* sentence;
};

constexpr std::array kSentences{
    DefectSentence{FileDefect::Empty, QT_TRANSLATE_NOOP("DefectText", "The file is empty.")},
    DefectSentence{FileDefect::ZeroFilled,
        QT_TRANSLATE_NOOP("DefectText", "The file holds nothing but zeros: a download took the room and never came.")},
    DefectSentence{FileDefect::LfsPointer,
        QT_TRANSLATE_NOOP("DefectText", "The file is a Git LFS pointer: the model itself was not downloaded.")},
    DefectSentence{
        FileDefect::Html, QT_TRANSLATE_NOOP("DefectText", "The file is a web page, saved in place of a model.")},
    DefectSentence{
        FileDefect::Xml, QT_TRANSLATE_NOOP("DefectText", "The file is an XML page, saved in place of a model.")},
    DefectSentence{FileDefect::Json,
        QT_TRANSLATE_NOOP("DefectText", "The file is a message of a server, saved in place of a model.")},
    DefectSentence{FileDefect::Text, QT_TRANSLATE_NOOP("DefectText", "The file is a text and no model.")},
    DefectSentence{FileDefect::Picture, QT_TRANSLATE_NOOP("DefectText", "The file is a picture and no model.")},
    DefectSentence{FileDefect::Archive, QT_TRANSLATE_NOOP("DefectText", "The file is an archive: unpack it first.")},
    DefectSentence{FileDefect::TrailingBytes,
        QT_TRANSLATE_NOOP("DefectText", "The file has more bytes than its header tells of.")},
};

} // namespace

QString defectText(FileDefect defect)
{
    const auto row = std::ranges::find(kSentences, defect, &DefectSentence::defect);
    return row == kSentences.end() ? QString() : QCoreApplication::translate("DefectText", row->sentence);
}

} // namespace weightroom::ui
