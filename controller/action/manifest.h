/* manifest: the objects that a command reads from standard input, as kubectl's decoder takes them apart: YAML or JSON
 * documents, Lists flattened. Private to action. Pure.
 *
 * Secrets are refused: a manifest stands in the request and in the audit log for all to read. What the server alone
 * writes (uid, resourceVersion, managedFields) is refused too: the precondition is ours to send.
 */
#pragma once

#include "controller/action/kubectl.h"

struct kc_manifest_object {
    const char *group, *version, *kind, *ns, *name; /* group "": the core group; ns "": none is said */
    const json_t *object;
};

struct kc_manifest {
    struct kc_manifest_object *v;
    size_t n;
};

/* At least one object, at most KC_MAX_STEPS. INVALID names the document, counted from 1, and the field. */
KC_CHECK bool kc_manifest_read(struct kc_arena *a, const char *text, struct kc_manifest *ret, struct kc_err *err);

/* The mapping of the object's type. INVALID tells which versions the server has of it. */
KC_CHECK bool kc_manifest_mapping(const struct kc_restmap *m, const struct kc_manifest_object *o,
                                  const struct kc_mapping **ret, struct kc_err *err);

/* action.input of an object: compact JSON, names sorted, metadata.namespace filled in where ns is not "". */
const char *kc_manifest_input(struct kc_arena *a, const json_t *object, const char *ns);
/* The object of an action that has one; the arena's. NULL: it has none. */
const json_t *kc_action_object_of(struct kc_arena *a, const struct kc_action *act);
/* Whether action.input is of the form and of the target that it has to be; INVALID otherwise. */
KC_CHECK bool kc_manifest_check(struct kc_arena *a, const struct kc_action *act, struct kc_err *err);
