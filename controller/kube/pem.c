#include "controller/kube/kubeconfig.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/digest.h"
#include "controller/kube/file.h"

enum { PEM_MAX = 1 << 20 };

/* Go's decoder skips line ends; ours is strict. */
static const char *unbase64(struct kc_arena *a, const char *s)
{
    char *packed = kc_arena_alloc(a, strlen(s) + 1);
    size_t n = 0, len = 0;
    for (; *s; s++)
        if (!isspace((unsigned char)*s))
            packed[n++] = *s;
    const uint8_t *bytes = kc_unbase64(a, packed, n, &len);
    return bytes ? kc_arena_strndup(a, (const char *)bytes, len) : NULL;
}

bool kc_kubeconfig_pem(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *field, const char **ret,
                       struct kc_err *err)
{
    const char *data_field = kc_arena_printf(a, "%s-data", field), *data, *path;
    *ret = NULL;
    if (!kc_kubeconfig_str(e, data_field, &data, err) || !kc_kubeconfig_str(e, field, &path, err))
        return false;
    if (*data) {
        *ret = unbase64(a, data);
        return *ret || kc_fail(err, KC_INVALID, "Kubeconfig", "%s.%s: is not base64", e->where, data_field);
    }
    if (!*path)
        return true;
    *ret = kc_file_read(a, kc_kubeconfig_path(a, e, path), PEM_MAX, err);
    return *ret || kc_wrap(err, "%s.%s", e->where, field);
}
