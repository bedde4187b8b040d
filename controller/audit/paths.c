#include "controller/audit/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/store.h"
#include "controller/base/text.h"

static const char *in_data_folder(struct kc_arena *a, const char *name)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && *data == '/') /* the XDG specification: relative paths are to be ignored */
        return kc_arena_printf(a, "%s/kubechat/%s", data, name);
    if (home && *home)
        return kc_arena_printf(a, "%s/.local/share/kubechat/%s", home, name);
    return kc_arena_printf(a, "kubechat/%s", name);
}

const char *kc_audit_default_path(struct kc_arena *a)
{
    return in_data_folder(a, "audit.db");
}

const char *kc_audit_key_path(struct kc_arena *a, const char *store)
{
    const char *path = store ? kc_audit_store_path(store) : NULL;
    return path ? kc_arena_printf(a, "%s.key", path) : in_data_folder(a, "audit.key");
}

bool kc_make_parents(const char *path, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    char *copy = kc_arena_strdup(a, path);
    for (char *slash = strchr(copy + 1, '/'); *copy && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return kc_fail(err, KC_UNAVAILABLE, "CannotMakeFolder", "cannot make the folder %s: %s", copy,
                           strerror(errno));
        *slash = '/';
    }
    return true;
}

bool kc_sync_parent(const char *path, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *slash = strrchr(path, '/');
    const char *folder = !slash ? "." : slash == path ? "/" : kc_arena_strndup(a, path, (size_t)(slash - path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        kc_fail(err, KC_UNAVAILABLE, "IOError", "cannot write the folder %s to disk: %s", folder, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}
