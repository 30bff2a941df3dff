# SPDX-License-Identifier: GPL-3.0-or-later
#
# As a script: writes OUTPUT, a source that tells the hash over the files that the file LIST names, one a line.
#   cmake -DLIST=… -DROOT=… -DOUTPUT=… -P source_revision.cmake
file(STRINGS "${LIST}" files)
set(hashes "")
foreach(name IN LISTS files)
    file(SHA256 "${ROOT}/${name}" hash)
    string(APPEND hashes "${name} ${hash}\n")
endforeach()
string(SHA256 revision "${hashes}")
string(SUBSTRING "${revision}" 0 16 revision)
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_revision.h"

std::string_view weightroom::engine::catalogRevision() { return "@revision@"; }
]] @ONLY)
