/* action: the unit of a plan: a verb, a target, parameters. Plain values and pure functions, no I/O.
 *
 * Three functions surround it (design, section 4): words -> actions (controller/plan), kubectl command <-> action
 * (kubectl.h), action -> API requests (here). Each verb is a row of kc_verbs and the small functions the row names;
 * adding a verb is adding verb_<name>.c and its row.
 */
#pragma once

#include "api/chatrequest.h"
#include "controller/base/json.h"
#include "controller/base/resource.h"

struct kc_target {
    const char *group, *version, *kind, *resource; /* of the mapping it was resolved with; resource is plural */
    const char *ns, *name;                         /* ns "" for cluster-scoped */
};

struct kc_verb;
struct kc_flag; /* kubectl.h */
struct kc_args;

struct kc_scale {
    int32_t replicas;
    int32_t current_replicas; /* --current-replicas: refuse when it is something else; -1: not given */
};

struct kc_action {
    const struct kc_verb *verb;
    struct kc_target target;
    union {
        struct kc_scale scale;
    };
};

/* Preconditions of one send: read right before it (design, section 4, Drift). */
struct kc_precondition {
    const char *resource_version; /* NULL: none */
};

/* One field that the verb itself sets: the paths that the two dry runs may never call volatile, and what verification
 * and crash recovery look at. */
struct kc_set_field {
    const char *path;  /* "spec.replicas" of the request's own object (for scale: the Scale) */
    const char *value; /* as kc_change has it */
};

struct kc_verb {
    const char *name; /* "scale" */
    enum kc_effect effect;
    /* The request that reads what the verb changes (scale: GET .../scale). */
    void (*read)(struct kc_arena *a, const struct kc_action *act, struct kc_api_request *ret);
    /* The change, the same as kubectl sends but for fieldManager and the precondition; dry_run adds dryRun=All. */
    void (*change)(struct kc_arena *a, const struct kc_action *act, const struct kc_precondition *pre, bool dry_run,
                   struct kc_api_request *ret);
    /* Whether the command's own condition (scale: --current-replicas) holds on what read gave: asked at the preview and
     * again right before the send. INVALID with what it is instead. May be NULL. */
    bool (*check)(const struct kc_action *act, const json_t *before, struct kc_err *err);
    /* The types that it can be used on, and how that is said: "cannot be scaled". */
    bool (*applies)(const struct kc_mapping *m);
    const char *participle;
    /* RBAC attributes of the change: verb, subresource. */
    const char *rbac_verb, *rbac_subresource;
    /* The fields that the action sets, n of them in the arena. */
    size_t (*sets)(struct kc_arena *a, const struct kc_action *act, struct kc_set_field **ret);
    /* The action that takes it back, given the object read before it. False: there is none. */
    bool (*undo)(struct kc_arena *a, const struct kc_action *act, const json_t *before, struct kc_action *ret);
    /* Flags -> action parameters; target is filled already. flags ends with a row without a name. */
    const struct kc_flag *flags;
    bool (*parse)(struct kc_arena *a, const struct kc_args *args, struct kc_action *act, struct kc_err *err);
    void (*render)(struct kc_buf *out, const struct kc_action *act); /* the verb's own flags, canonical order */
    /* Parameters to and from canonical JSON (the plan of record). */
    json_t *(*encode)(const struct kc_action *act);
    bool (*decode)(const json_t *params, struct kc_action *act, struct kc_err *err);
};

extern const struct kc_verb *const kc_verbs[]; /* NULL-terminated */
const struct kc_verb *kc_verb_find(const char *name);

json_t *kc_action_encode(const struct kc_action *act); /* {"verb","target":{...},"params":{...}}: new reference */
KC_CHECK bool kc_action_decode(struct kc_arena *a, const json_t *v, struct kc_action *ret, struct kc_err *err);
bool kc_action_equal(const struct kc_action *x, const struct kc_action *y);
struct kc_target kc_target_of(const struct kc_mapping *m, const char *ns, const char *name); /* ns "" when m has none */
bool kc_target_equal(const struct kc_target *x, const struct kc_target *y);
/* subresource NULL: the object itself. */
const char *kc_target_path(struct kc_arena *a, const struct kc_target *t, const char *subresource);
/* "deployment/shop/checkout": how a target is shown in status.target and candidates. */
const char *kc_target_show(struct kc_arena *a, const struct kc_target *t);
