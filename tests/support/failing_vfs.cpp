// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/failing_vfs.h"

#include <cstring>

namespace weightroom::test {
namespace {

struct Plan {
    int callsLeft = 0; ///< until the one that fails; 0: none does
    bool isForever = false;
    bool isDiskFull = false;
    bool hasFailed = false;
};
Plan plan; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): SQLite's callbacks have no place for it

bool mustFail()
{
    if (plan.callsLeft == 0)
        return false;
    if (plan.callsLeft > 1) {
        --plan.callsLeft;
        return false;
    }
    plan.callsLeft = plan.isForever ? 1 : 0;
    plan.hasFailed = true;
    return true;
}

/// A file of the real layer, which lies behind it in memory.
struct Layered {
    sqlite3_file base;
    sqlite3_file real;
};

sqlite3_file* realOf(sqlite3_file* file) { return &reinterpret_cast<Layered*>(file)->real; }
const sqlite3_io_methods& methodsOf(sqlite3_file* file) { return *realOf(file)->pMethods; }

int closeFile(sqlite3_file* file) { return methodsOf(file).xClose(realOf(file)); }
int readFile(sqlite3_file* file, void* to, int size, sqlite3_int64 offset)
{
    return mustFail() ? SQLITE_IOERR_READ : methodsOf(file).xRead(realOf(file), to, size, offset);
}
int writeFile(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset)
{
    if (plan.isDiskFull) {
        plan.hasFailed = true;
        return SQLITE_FULL;
    }
    return mustFail() ? SQLITE_IOERR_WRITE : methodsOf(file).xWrite(realOf(file), from, size, offset);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size)
{
    return mustFail() ? SQLITE_IOERR_TRUNCATE : methodsOf(file).xTruncate(realOf(file), size);
}
int syncFile(sqlite3_file* file, int flags)
{
    return mustFail() ? SQLITE_IOERR_FSYNC : methodsOf(file).xSync(realOf(file), flags);
}
int fileSize(sqlite3_file* file, sqlite3_int64* size)
{
    return mustFail() ? SQLITE_IOERR_FSTAT : methodsOf(file).xFileSize(realOf(file), size);
}
int lockFile(sqlite3_file* file, int level)
{
    return mustFail() ? SQLITE_IOERR_LOCK : methodsOf(file).xLock(realOf(file), level);
}
int unlockFile(sqlite3_file* file, int level) { return methodsOf(file).xUnlock(realOf(file), level); }
int checkReservedLock(sqlite3_file* file, int* isHeld)
{
    return methodsOf(file).xCheckReservedLock(realOf(file), isHeld);
}
int fileControl(sqlite3_file* file, int op, void* argument)
{
    return methodsOf(file).xFileControl(realOf(file), op, argument);
}
int sectorSize(sqlite3_file* file) { return methodsOf(file).xSectorSize(realOf(file)); }
int deviceCharacteristics(sqlite3_file* file) { return methodsOf(file).xDeviceCharacteristics(realOf(file)); }
int mapShared(sqlite3_file* file, int region, int size, int extend, void volatile** memory)
{
    return mustFail() ? SQLITE_IOERR_SHMMAP : methodsOf(file).xShmMap(realOf(file), region, size, extend, memory);
}
int lockShared(sqlite3_file* file, int offset, int count, int flags)
{
    return methodsOf(file).xShmLock(realOf(file), offset, count, flags);
}
void barrier(sqlite3_file* file) { methodsOf(file).xShmBarrier(realOf(file)); }
int unmapShared(sqlite3_file* file, int remove) { return methodsOf(file).xShmUnmap(realOf(file), remove); }

constexpr sqlite3_io_methods kMethods{
    .iVersion = 2,
    .xClose = closeFile,
    .xRead = readFile,
    .xWrite = writeFile,
    .xTruncate = truncateFile,
    .xSync = syncFile,
    .xFileSize = fileSize,
    .xLock = lockFile,
    .xUnlock = unlockFile,
    .xCheckReservedLock = checkReservedLock,
    .xFileControl = fileControl,
    .xSectorSize = sectorSize,
    .xDeviceCharacteristics = deviceCharacteristics,
    .xShmMap = mapShared,
    .xShmLock = lockShared,
    .xShmBarrier = barrier,
    .xShmUnmap = unmapShared,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* realOf(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int openFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags)
{
    file->pMethods = nullptr;
    if (mustFail())
        return SQLITE_CANTOPEN;
    const int code = realOf(vfs)->xOpen(realOf(vfs), name, realOf(file), flags, outFlags);
    if (realOf(file)->pMethods != nullptr)
        file->pMethods = &kMethods;
    return code;
}
int deleteFile(sqlite3_vfs* vfs, const char* name, int sync)
{
    return mustFail() ? SQLITE_IOERR_DELETE : realOf(vfs)->xDelete(realOf(vfs), name, sync);
}
int accessFile(sqlite3_vfs* vfs, const char* name, int flags, int* isThere)
{
    return mustFail() ? SQLITE_IOERR_ACCESS : realOf(vfs)->xAccess(realOf(vfs), name, flags, isThere);
}
int fullPath(sqlite3_vfs* vfs, const char* name, int size, char* out)
{
    return realOf(vfs)->xFullPathname(realOf(vfs), name, size, out);
}

} // namespace

FailingVfs::FailingVfs()
    : m_real(sqlite3_vfs_find(nullptr))
    , m_vfs(*m_real)
{
    heal();
    m_vfs.zName = "weightroom-failing";
    m_vfs.szOsFile = m_real->szOsFile + static_cast<int>(sizeof(Layered));
    m_vfs.pAppData = m_real;
    m_vfs.pNext = nullptr;
    m_vfs.xOpen = openFile;
    m_vfs.xDelete = deleteFile;
    m_vfs.xAccess = accessFile;
    m_vfs.xFullPathname = fullPath;
    sqlite3_vfs_register(&m_vfs, 1);
}

FailingVfs::~FailingVfs()
{
    sqlite3_vfs_unregister(&m_vfs);
    sqlite3_vfs_register(m_real, 1);
}

void FailingVfs::failAt(int number, Repeat repeat)
{
    plan = {.callsLeft = number, .isForever = repeat == Repeat::Forever};
}

void FailingVfs::fillDisk() { plan = {.isDiskFull = true}; }

void FailingVfs::heal() { plan = {}; }

bool FailingVfs::hasFailed() { return plan.hasFailed; }

} // namespace weightroom::test
