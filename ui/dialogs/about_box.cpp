// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/about_box.h"

#include <QApplication>
#include <QMessageBox>

namespace weightroom::ui {
namespace {

struct AboutBox {
    Q_DECLARE_TR_FUNCTIONS(AboutBox)
};

} // namespace

void openAboutBox(QWidget& window)
{
    auto* box = new QMessageBox(&window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(AboutBox::tr("About Weightroom", "title of the dialog"));
    box->setIconPixmap(window.windowIcon().pixmap(64));
    box->setTextFormat(Qt::PlainText);
    box->setText(AboutBox::tr("Weightroom %1").arg(QApplication::applicationVersion()));
    box->setInformativeText(
        AboutBox::tr("Keeps the weights of image models where they are needed.\n\n"
                     "Free software under the GNU General Public License, version 3 or later."));
    box->open();
}

} // namespace weightroom::ui
