/* Opening a SQLite store: files and their modes, the lock of the one writer, pragmas. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/paths.h"
#include "controller/audit/sqlite_schema.h"
#include "controller/audit/sqlite_store.h"

#define BUSY_MS 2000 /* somebody looks at the file with another tool */

/* Says in path.lock who holds the store, for the message that a second writer gets. */
static void sign_lock(int fd)
{
    char host[128] = "", line[160];
    (void)gethostname(host, sizeof host - 1);
    int n = snprintf(line, sizeof line, "pid %ld on %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) == 0 && n > 0 && pwrite(fd, line, (size_t)n, 0) < 0)
        return; /* only the message would be poorer */
}

static bool held(int fd, const char *path, struct kc_err *err)
{
    char holder[160] = "";
    ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return kc_fail(err, KC_UNAVAILABLE, "Locked",
                   "audit store %s: locked by %s: only one kubechat writes to it: stop that one or give another path",
                   path, *holder ? holder : "another process");
}

/* The kernel drops the lock with the process, however it ends. The lock file stays: removing it would race. */
static bool take_lock(struct kc_sqlite *s, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *lock = kc_arena_printf(a, "%s.lock", s->path);
    s->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0)
        return kc_fail(err, KC_UNAVAILABLE, "CannotOpen", "audit store: %s: %s", lock, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return held(s->lock_fd, s->path, err);
    sign_lock(s->lock_fd);
    return true;
}

/* SQLite gives its journal files the mode of the database: the file is made here, with ours. */
static bool make_file(const char *path, struct kc_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return kc_fail(err, KC_UNAVAILABLE, "CannotOpen", "audit store %s: %s", path, strerror(errno));
    close(fd);
    return true;
}

static bool set_up(struct kc_sqlite *s, bool write, struct kc_err *err)
{
    /* FULL: a commit is on the disk when it returns, also when the power fails. */
    const char *pragmas = write ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
                                  "PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;"
                                : "PRAGMA trusted_schema=OFF; PRAGMA query_only=ON;";
    if (sqlite3_busy_timeout(s->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return kc_sqlite_fail(s->db, s->path, err);
    return write ? kc_sqlite_migrate(s->db, err) : kc_sqlite_check_version(s->db, err);
}

static bool connect_to(struct kc_sqlite *s, bool write, struct kc_err *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return kc_sqlite_fail(s->db, s->path, err);
    return set_up(s, write, err) || kc_wrap(err, "%s", s->path);
}

struct kc_audit_store *kc_sqlite_open(const char *path, enum kc_store_use use, struct kc_err *err)
{
    bool write = use == KC_STORE_WRITE;
    if (!write && access(path, F_OK) != 0)
        return kc_fail(err, KC_NOT_FOUND, "NotFound", "audit store %s: %s", path, strerror(errno)), NULL;
    struct kc_sqlite *s = calloc(1, sizeof *s);
    /* SQLite refuses symbolic links anywhere in a path: ours may lead through one. */
    char *real = NULL;
    if (!s)
        abort();
    s->store.ops = &kc_sqlite_ops;
    s->lock_fd = -1;
    if (write && (!kc_make_parents(path, err) || !make_file(path, err)))
        goto fail;
    real = realpath(path, NULL);
    if (!real) {
        kc_fail(err, KC_UNAVAILABLE, "CannotOpen", "audit store %s: %s", path, strerror(errno));
        goto fail;
    }
    s->path = real;
    if ((write && !take_lock(s, err)) || !connect_to(s, write, err) || (write && !kc_sync_parent(s->path, err)))
        goto fail;
    return &s->store;
fail:
    return kc_audit_store_close(&s->store);
}
