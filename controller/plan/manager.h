/* manager: who else writes an object: Helm, Argo CD, Flux, a controller that owns it. By the marks that they leave
 * (labels, annotations, ownerReferences, the names in managedFields), each a row of a table. Pure.
 */
#pragma once

#include "controller/action/record.h"
#include "controller/kube/item.h"

/* What an object says of whoever manages it. Of a packed item labels and owner are known, no more. */
struct kc_marks {
    const char *kind, *name;
    const char *owner_kind, *owner_name; /* controller ownerReference; "" for none */
    const struct kc_label *labels, *annotations;
    size_t n_labels, n_annotations;
    struct kc_strs writers; /* managedFields: managers */
};

/* In the arena; strings are the object's. */
struct kc_marks kc_marks_of_json(struct kc_arena *a, const json_t *object);
struct kc_marks kc_marks_of_item(const char *kind, const struct kc_item *item);

/* "Flux (Kustomization flux-system/apps)"; NULL: nothing tells of one. Owners count for nothing here: labels of a pod
 * are copies of its template's. */
const char *kc_manager_of(struct kc_arena *a, const struct kc_marks *m);

/* The warning for a step. chain: the target, its controller, that one's, as far as they are known; n at least 1. NULL:
 * there is no manager. */
const char *kc_manager_warning(struct kc_arena *a, const struct kc_record_step *step, const struct kc_marks *chain,
                               size_t n);

/* An object and its controllers. */
struct kc_chain {
    const struct kc_marks *v;
    size_t n; /* 0: nothing is known of it */
};

/* The warnings for the parts of one step: each manager once, with how many of the objects are its ("12 of 14 are
 * managed by Flux (...), which may undo this change; for good: ..."); at most KC_MANAGERS_TOLD of a sort, the rest are
 * counted. chains: of each of steps. */
enum { KC_MANAGERS_TOLD = 5 };
struct kc_strs kc_manager_warnings(struct kc_arena *a, const struct kc_record_step *const *steps,
                                   const struct kc_chain *chains, size_t n);
