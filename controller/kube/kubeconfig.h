/* kubeconfig: one context out of one or several kubeconfig files, merged as kubectl merges them
 * (k8s.io/client-go/tools/clientcmd/api/v1): the first file that has an entry wins. Everything lives in the arena.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/base/text.h"

/* A cluster or a user as the file has it, and where that is. */
struct kc_kubeconfig_entry {
    const json_t *object; /* NULL: the context names none */
    const char *dir;      /* of its file: relative paths start there */
    const char *where;    /* "FILE: users[ana].user", for messages */
};

struct kc_kubeconfig {
    const char *context;
    const char *namespace; /* "" when the context has none */
    struct kc_kubeconfig_entry cluster, user;
};

/* path NULL: $KUBECONFIG (a list separated by ':' whose missing files are skipped), else ~/.kube/config. context NULL:
 * current-context. NOT_FOUND without any file or without that context, INVALID for what cannot be read. */
KC_CHECK bool kc_kubeconfig_read(struct kc_arena *a, const char *path, const char *context, struct kc_kubeconfig *ret,
                                 struct kc_err *err);
/* Pure: the same for files that have been read. */
struct kc_kubeconfig_file {
    const char *path;
    const json_t *root; /* an object */
};
KC_CHECK bool kc_kubeconfig_choose(struct kc_arena *a, const struct kc_kubeconfig_file *files, size_t n,
                                   const char *context, struct kc_kubeconfig *ret, struct kc_err *err);

/* Typed access to an entry's field. Absent (or null, or empty) gives ""; another type fails, naming the field but not
 * its value. */
KC_CHECK bool kc_kubeconfig_str(const struct kc_kubeconfig_entry *e, const char *field, const char **ret,
                                struct kc_err *err);
KC_CHECK bool kc_kubeconfig_bool(const struct kc_kubeconfig_entry *e, const char *field, bool *ret, struct kc_err *err);
/* A list of strings. */
KC_CHECK bool kc_kubeconfig_strs(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *field,
                                 struct kc_strs *ret, struct kc_err *err);
/* path as seen from e's file. */
const char *kc_kubeconfig_path(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *path);
/* What FIELD-data holds (base64), or else what the file that FIELD names holds; NULL when neither is given. */
KC_CHECK bool kc_kubeconfig_pem(struct kc_arena *a, const struct kc_kubeconfig_entry *e, const char *field,
                                const char **ret, struct kc_err *err);
