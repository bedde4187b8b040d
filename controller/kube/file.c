#include "controller/kube/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "controller/base/buf.h"

static bool read_all(int fd, struct kc_buf *b)
{
    char chunk[4096];
    ssize_t n;
    while (!b->overflow && (n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n > 0)
            kc_buf_add(b, chunk, (size_t)n);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

const char *kc_file_read(struct kc_arena *a, const char *path, size_t max, struct kc_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        kc_fail(err, errno == ENOENT ? KC_NOT_FOUND : KC_INVALID, "ReadFailed", "%s: %s", path, strerror(errno));
        return NULL;
    }
    KC_BUF_SCOPE b = {.limit = max};
    const char *text = NULL;
    if (!read_all(fd, &b))
        kc_fail(err, KC_INVALID, "ReadFailed", "%s: %s", path, strerror(errno));
    else if (b.overflow)
        kc_fail(err, KC_INVALID, "TooLarge", "%s: larger than %zu bytes", path, max);
    else if (b.len && memchr(b.data, '\0', b.len))
        kc_fail(err, KC_INVALID, "ReadFailed", "%s: has a NUL byte", path);
    else
        text = kc_arena_strndup(a, kc_buf_str(&b), b.len);
    close(fd);
    return text;
}
