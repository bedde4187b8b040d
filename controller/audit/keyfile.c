#include "controller/audit/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/paths.h"

static bool read_key(int fd, const char *path, char text[KC_KEYFILE_MAX], struct kc_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return kc_fail(err, KC_INVALID, "InvalidKeyFile", "key file %s: not a plain file", path);
    /* A Secret that the kubelet mounts is root's and readable by the pod's group: we are in that group alone. */
    mode_t others = st.st_uid == geteuid() ? 077 : 037;
    if (st.st_mode & others)
        return kc_fail(err, KC_INVALID, "KeyFileOpen", "key file %s: others may read it (mode %03o): chmod 600 %s",
                       path, (unsigned)(st.st_mode & 0777), path);
    ssize_t n = read(fd, text, KC_KEYFILE_MAX - 1);
    if (n < 0)
        return kc_fail(err, KC_UNAVAILABLE, "IOError", "key file %s: %s", path, strerror(errno));
    if (n == KC_KEYFILE_MAX - 1) {
        OPENSSL_cleanse(text, KC_KEYFILE_MAX);
        return kc_fail(err, KC_INVALID, "InvalidKeyFile", "key file %s: longer than %d bytes", path,
                       KC_KEYFILE_MAX - 2);
    }
    text[n] = '\0';
    return true;
}

bool kc_keyfile_read(const char *path, char text[KC_KEYFILE_MAX], struct kc_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return kc_fail(err, errno == ENOENT ? KC_NOT_FOUND : KC_UNAVAILABLE,
                       errno == ENOENT ? "NotFound" : "CannotOpen", "key file %s: %s", path, strerror(errno));
    bool ok = read_key(fd, path, text, err);
    close(fd);
    return ok;
}

struct kc_signer *kc_signer_load(const char *path, struct kc_err *err)
{
    char text[KC_KEYFILE_MAX];
    if (!kc_keyfile_read(path, text, err))
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    struct kc_signer *s = kc_signer_parse(text, err);
    if (!s)
        kc_wrap(err, "key file %s", path);
    OPENSSL_cleanse(text, sizeof text);
    return s;
}

static bool write_key(const char *path, const struct kc_signer *s)
{
    KC_ARENA_SCOPE(a);
    char *line = kc_arena_printf(a, "%s\n", kc_signer_private(s, a));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    OPENSSL_cleanse(line, strlen(line));
    errno = saved;
    return ok;
}

/* Written under a name of its own and then linked: link() fails when somebody else's key is there already, and nobody
 * ever sees half a key. */
static bool store_key(const char *path, const struct kc_signer *s, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    char unique[37];
    const char *draft = kc_arena_printf(a, "%s.%s", path, kc_uuid(unique));
    bool ok = kc_make_parents(path, err);
    if (ok && (!write_key(draft, s) || (link(draft, path) != 0 && errno != EEXIST)))
        ok = kc_fail(err, KC_UNAVAILABLE, "CannotWrite", "key file %s: %s", path, strerror(errno));
    (void)unlink(draft);
    return ok && kc_sync_parent(path, err);
}

struct kc_signer *kc_signer_load_or_create(const char *path, const char *name, struct kc_err *err)
{
    struct kc_err why = {0};
    struct kc_signer *s = kc_signer_load(path, &why);
    if (s)
        return s;
    if (why.class != KC_NOT_FOUND) {
        if (err)
            *err = why;
        return NULL;
    }
    s = kc_signer_generate(name, err);
    bool stored = s && store_key(path, s, err);
    (void)kc_signer_destroy(s);
    return stored ? kc_signer_load(path, err) : NULL;
}
