// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/exit_status.h"

namespace weightroom::ctl {

ExitStatus exitStatusOf(engine::ErrorCode code)
{
    if (code == engine::ErrorCode::Cancelled)
        return ExitStatus::Cancelled;
    switch (engine::traitsOf(code).errorClass) {
    case engine::ErrorClass::Request:
        return ExitStatus::Usage;
    case engine::ErrorClass::Loading:
        return ExitStatus::File;
    case engine::ErrorClass::Memory:
        return ExitStatus::Memory;
    case engine::ErrorClass::Compatibility:
        return ExitStatus::Incompatible;
    case engine::ErrorClass::Device:
        return ExitStatus::Device;
    case engine::ErrorClass::Unknown:
        break;
    }
    return ExitStatus::Internal;
}

std::string exitStatusHelp()
{
    return "Exit status:\n"
           "  0    done\n"
           "  1    a defect of Weightroom\n"
           "  2    wrong arguments, or an unknown operation, field, value or id\n"
           "  3    a file or folder: missing, unreadable, broken, changed, disk full\n"
           "  4    not enough memory on the device, in the cache budget or in the system\n"
           "  5    a format, type or model that cannot be used\n"
           "  6    a device failed, or a check of the self-test did\n"
           "  130  interrupted; everything was rolled back\n"
           "  141  whoever read the output has closed it, as `head` does\n"
           "An error of the engine is one JSON document on standard error; wrong arguments are explained there in "
           "words.";
}

} // namespace weightroom::ctl
