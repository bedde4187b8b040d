/* action: the unit of a plan: a verb, a target, what was said about it. Plain values and pure functions, no I/O.
 *
 * An action is a kubectl command taken apart: the verb's row, the target with its REST mapping, one value for each flag
 * of the verb and the operands behind the target ("app=web", "web=nginx:1.25"). Because flags and operands stay as
 * kubectl writes them, parsing, rendering, encoding and comparing are the same code for all verbs (kubectl.h); a verb
 * adds only what is its own: which values are good, what it has to look at, which request it comes to, what it sets,
 * what takes it back. Adding a verb is adding verb_<name>.c and its row in verbs.c.
 *
 * The way of a change: kc_action_look* tells which requests to read; with the answers, change() makes the one request
 * that will be sent. It is made once, at the preview, and recorded in the plan (record.h); the dry run, the send and
 * every later check use that very request (request.h adds dryRun and the precondition). So what was approved is what is
 * sent, byte for byte but for the precondition.
 */
#pragma once

#include "api/chatrequest.h"
#include "controller/base/json.h"
#include "controller/base/resource.h"

struct kc_target {
    const char *group, *version, *kind, *resource; /* of the mapping it was resolved with; resource is plural; all ""
                                                    * when the action is about no type (version) */
    const char *ns, *name; /* ns "" for cluster-scoped, or all namespaces; name "": every object of the type (reads) */
};

struct kc_verb;
struct kc_flag; /* kubectl.h */

/* Objects that a command names by what they have in common. Planning puts the objects that fit right then in its place,
 * one action each (exec/expand.h): no plan of record holds one, so that nothing that comes later is touched. */
struct kc_selection {
    const char *labels, *fields; /* as --selector and --field-selector have them; NULL: any */
    bool all;                    /* without any of both: every object of the type */
    bool everywhere;             /* in all namespaces */
};

/* One page of the objects that an action's selection fits now, their metadata alone. more: metadata.continue of the
 * page before; NULL: the first. */
struct kc_action;
struct kc_api_request kc_selection_request(struct kc_arena *a, const struct kc_action *act, const char *more);

struct kc_action {
    const struct kc_verb *verb;
    struct kc_target target;              /* the object that the request goes to (create job: the new Job) */
    const struct kc_selection *selection; /* NULL: target has a name. Not NULL: name is "" */
    const char *const *flags; /* one per row of verb->flags, canonical text; NULL: not given. NULL: none given */
    struct kc_strs operands;  /* canonical: as kubectl takes them, in order */
    const char *chosen;       /* a time or name that we chose for the request, frozen at planning: RFC 3339 for
                               * rollout restart; NULL or "" for verbs that choose nothing. Not part of the
                               * command. */
    const char *input;        /* what the command reads from standard input: one object as compact JSON with sorted
                               * names, its namespace in it; NULL: nothing */
};

/* The value of a flag, NULL when it was not given (or the verb has no such flag). */
const char *kc_action_flag(const struct kc_action *act, const char *name);
/* The same as a number; dflt when not given. The parser has checked that it is one. */
int64_t kc_action_int(const struct kc_action *act, const char *name, int64_t dflt);
/* The values of a list flag, none when it was not given; commas: each may hold several with commas between. */
struct kc_strs kc_action_list(struct kc_arena *a, const struct kc_action *act, const char *name, bool commas);

/* What was read so far, in the order in which it was asked for. */
struct kc_answer {
    int status;         /* 200, 404 */
    const json_t *json; /* NULL: not found, or the answer is text */
    const char *text;   /* logs; NULL otherwise */
};
struct kc_looked {
    const struct kc_answer *v; /* v[0]: the target itself, where the verb looks at it */
    size_t n;
};

/* One field that the verb itself sets: what the dry runs may never call volatile, and what verification and crash
 * recovery look at. path is kubectl's notation, list items by key: "spec.template.spec.containers[name=web].image". */
struct kc_set_field {
    const char *path;
    const char *value; /* as kc_change has it; "" for removed */
};

/* How the words behind the verb are read. */
enum kc_shape {
    KC_SHAPE_TARGETS, /* TYPE/NAME..., TYPE NAME...: one action each */
    KC_SHAPE_TYPED, /* get, top-like reads: TYPE[/NAME | NAME...], a list when no name is given; -A where it makes sense
                     */
    KC_SHAPE_NAMES, /* NAME...: objects of verb->type (cordon: nodes) */
    KC_SHAPE_POD,   /* NAME or TYPE/NAME: a pod, or what has pods (logs) */
    KC_SHAPE_NEW,   /* NAME of an object of verb->type that the request creates (create job) */
    KC_SHAPE_NONE,  /* nothing: objects of verb->type (events); type NULL: the server itself (version) */
    KC_SHAPE_FIELD, /* TYPE[.FIELD...]: no object; the field is the operand (explain) */
    KC_SHAPE_RIGHT, /* VERB TYPE[/NAME], VERB /URL, or nothing; the verb and the URL are operands (auth can-i) */
    KC_SHAPE_MANIFEST /* nothing: the objects of the manifest on standard input, one action each */
};

/* What a manifest on standard input (--filename=-, a here-document) is to a verb. */
enum kc_input {
    KC_INPUT_NONE,  /* it reads none */
    KC_INPUT_NAMES, /* it may name the objects: the action is the same as by name */
    KC_INPUT_OBJECT /* what is to become of the object: action.input */
};

/* What the request does, so that exec knows how to check, recover and verify it without knowing the verb. */
enum kc_deed {
    KC_DEED_READ,
    KC_DEED_UPDATE, /* fields of one object that is there; with accepts_absent, it is made when it is not (apply) */
    KC_DEED_CREATE, /* an object that is not there yet (POST) */
    KC_DEED_DELETE, /* an object that is there */
    KC_DEED_RUN     /* a command in a container: sent at most once, never dry-run, never looked for afterwards */
};

/* Ways in which a verb takes a selection, as bits. */
enum kc_selects {
    KC_SELECTS_LABELS = 1,     /* -l */
    KC_SELECTS_FIELDS = 2,     /* --field-selector */
    KC_SELECTS_ALL = 4,        /* --all */
    KC_SELECTS_EVERYWHERE = 8, /* -A, with one of those */
    KC_SELECTS_BARE = 16       /* a type alone is all of it */
};

/* Whether words behind "--" are a command with its arguments: the operands, of any form. */
enum kc_takes_command { KC_NO_COMMAND, KC_MAY_COMMAND, KC_MUST_COMMAND };

struct kc_verb {
    const char *name;    /* "scale", "rollout restart", "set image", "create job" */
    const char *aliases; /* other spellings, each with "|" on both sides: "|create cm|"; NULL: none */
    enum kc_deed deed;
    enum kc_effect effect;
    /* Where it depends on the action (reading Secrets is never ReadOnly); NULL: effect. */
    enum kc_effect (*effect_of)(const struct kc_action *act);
    enum kc_shape shape;
    enum kc_input input;                         /* KC_INPUT_OBJECT goes with KC_SHAPE_MANIFEST */
    const char *type;                            /* "nodes": KC_SHAPE_NAMES, NEW, NONE */
    bool (*applies)(const struct kc_mapping *m); /* NULL: any type */
    unsigned selects;                            /* kc_selects */
    /* Types named in flags, looked up as the target's is; their canonical form is put in their place. NULL: no flag
     * names one. */
    bool (*find_types)(struct kc_arena *a, struct kc_action *act, const struct kc_restmap *types, struct kc_err *err);
    const char *participle;      /* "cannot be scaled" */
    const struct kc_flag *flags; /* ends with a row without a name */
    const char *operands;        /* what follows the target, for messages: "KEY=VALUE"; NULL: nothing may */
    const char *operand_marks;   /* what makes a word an operand, besides a "-" at its end; NULL: "=" */
    size_t last_operands;        /* not those words, but that many of the last ones */
    /* Whether flags and operands make sense together; brings them into their canonical form. NULL: always. The target
     * is empty when only the syntax is looked at (kc_kubectl_check). */
    bool (*validate)(struct kc_arena *a, struct kc_action *act, struct kc_err *err);
    /* Whether a command that names several objects makes sense, which is one action each; shapes them. NULL: always. */
    bool (*together)(struct kc_arena *a, struct kc_action *acts, size_t n, struct kc_err *err);
    enum kc_takes_command takes_command;
    bool chooses_time;   /* act->chosen is set at the preview */
    bool accepts_absent; /* a look that finds nothing (404) is an answer, not a failure */
    /* The same where it depends on the action (get --ignore-not-found); NULL: accepts_absent. The object need not be
     * there when the plan is made either. */
    bool (*may_be_absent)(const struct kc_action *act);
    /* Reads: whether a look that failed is an answer all the same: its status, and the API server's words as text.
     * NULL: none is. */
    bool (*tolerates)(const struct kc_looked *so_far, int http_status);
    bool name_apart; /* written TYPE NAME: kubectl top takes no slash */

    /* The next request to read, given what was read so far; false: it has seen enough. At most KC_MAX_LOOKS. A 404 is
     * an answer (status 404) only with accepts_absent; other failures end the look. The answer is text when accept asks
     * for something other than JSON. Updates and deletes look first at what their change answers with: the object, or
     * the subresource that they patch. */
    bool (*look)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *so_far,
                 struct kc_api_request *ret);

    /* What the command leaves open is fixed by what was seen, once, at the preview (exec deploy/web: the pod and its
     * container; debug: the new container's name): the command that people approve names it. The looks are then made
     * again, for what the action has become. INVALID: there is nothing to choose from. NULL: nothing is open. */
    bool (*settle)(struct kc_arena *a, struct kc_action *act, const struct kc_looked *seen, struct kc_err *err);

    /* Changes only. */
    /* What the action needs of the world, asked at the preview and again right before the send, when only the first
     * look is there (scale: --current-replicas; label without --overwrite). INVALID with what it is instead. NULL:
     * nothing. */
    bool (*check)(const struct kc_action *act, const struct kc_looked *seen, struct kc_err *err);
    /* The request as kubectl makes it, without dryRun and precondition; fieldManager=kubechat in its query. INVALID
     * when it cannot be made of what was seen (no such container, nothing to undo). */
    bool (*change)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_api_request *ret, struct kc_err *err);
    /* The way out when the API server answers that the change conflicts with what is there (409); NULL: its own words
     * are enough. */
    const char *on_conflict;
    /* What whoever approves has to know of what was seen, shown as a warning of the step. NULL: nothing. */
    const char *(*notice)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen);
    /* The object that the request makes, where it is not the target (autoscale: the HorizontalPodAutoscaler). NULL: the
     * target. */
    struct kc_target (*object)(const struct kc_action *act);
    /* RBAC attributes of the change. */
    const char *rbac_verb, *rbac_subresource;
    size_t (*sets)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                   struct kc_set_field **ret); /* NULL: none (create, delete) */
    /* The command's action that takes it back, given what was there before. KC_IRREVERSIBLE: there is none; KC_PARTIAL:
     * *ret takes back a part. NULL: irreversible. */
    enum kc_reversible (*undo)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen,
                               struct kc_action *ret);
    bool expands;   /* it is several changes: exec/expand.h makes them, no plan of record holds it itself */
    bool unspoken;  /* no command says it: it is only a part of what another verb expands to */
    bool rolls_out; /* pods may follow: verification waits for a workload's rollout */
    /* What has to come about besides, as a sentence that says how far it is; NULL: nothing more. Lives in a. */
    const char *(*awaits)(struct kc_arena *a, const struct kc_action *act, const json_t *object);
    /* The object is sent its change by its uid alone, and nothing but the uid has to be as it was previewed: it is the
     * object's being that counts, while its status (and with it resourceVersion) moves all the time. */
    bool by_uid;

    /* Reads that wait for something (kubectl wait): how many milliseconds at most, and whether it has come, given what
     * was seen; *ret_missing says what is missing. Fails when waiting makes no sense. NULL: nothing is waited for. */
    int64_t (*patience)(const struct kc_action *act);
    bool (*arrived)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, bool *ret,
                    const char **ret_missing, struct kc_err *err);
    /* Reads only: what kubectl would print, from what was seen. Secrets are redacted before. */
    bool (*show)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen, struct kc_buf *out,
                 struct kc_err *err);
    /* The same in counts and words that may stand in the status, which others read: "12 pods: 10 Running". */
    const char *(*summary)(struct kc_arena *a, const struct kc_action *act, const struct kc_looked *seen);
};

#define KC_MAX_LOOKS        64
#define KC_ACTION_INPUT_MAX ((size_t)256 << 10) /* bytes of action.input */

/* KC_DEED_RUN: how long the command may take: what --request-timeout says, else a minute. */
#define KC_RUN_MAX_MINUTES 10
int64_t kc_run_timeout_ms(const struct kc_action *act);

extern const struct kc_verb *const kc_verbs[]; /* NULL-terminated; longer names before their beginnings */
/* Also finds what no command can say: evict, of which a drain is made. */
const struct kc_verb *kc_verb_find(const char *name);
/* The verb's own flag of that name, which has len characters; NULL: none. */
const struct kc_flag *kc_verb_flag(const struct kc_verb *verb, const char *name, size_t len);
/* Whether its object need not be there: create, apply. */
bool kc_verb_may_create(const struct kc_verb *verb);
/* Whether its actions may be about no type at all. */
bool kc_verb_typeless(const struct kc_verb *verb);
enum kc_effect kc_action_effect(const struct kc_action *act);
/* The object that the request goes to. */
struct kc_target kc_action_object(const struct kc_action *act);
const char *kc_action_show(struct kc_arena *a, const struct kc_action *act); /* that object, as kc_target_show */

/* An action from its parts, checked as the parser checks a command: for planners. flags: name, value, ..., NULL. */
struct kc_flag_value {
    const char *name, *value;
};
KC_CHECK bool kc_action_make(struct kc_arena *a, const char *verb, const struct kc_target *target,
                             const struct kc_flag_value *flags, size_t n_flags, const char *const *operands,
                             size_t n_operands, struct kc_action *ret, struct kc_err *err);

/* The same for a verb that takes an object (KC_INPUT_OBJECT). object: of the target's type, name and namespace (its
 * metadata.namespace is filled in). */
KC_CHECK bool kc_action_make_of(struct kc_arena *a, const char *verb, const struct kc_target *target,
                                const json_t *object, const struct kc_flag_value *flags, size_t n_flags,
                                struct kc_action *ret, struct kc_err *err);

/* {"verb","target":{...},"flags":{...},"operands":[...],"chosen"}, and "input" where there is one */
json_t *kc_action_encode(const struct kc_action *act);
KC_CHECK bool kc_action_decode(struct kc_arena *a, const json_t *v, struct kc_action *ret, struct kc_err *err);
bool kc_action_equal(const struct kc_action *x, const struct kc_action *y); /* chosen aside */

struct kc_target kc_target_of(const struct kc_mapping *m, const char *ns, const char *name);
bool kc_target_equal(const struct kc_target *x, const struct kc_target *y);
const char *kc_target_path(struct kc_arena *a, const struct kc_target *t, const char *subresource);
const char *kc_target_show(struct kc_arena *a, const struct kc_target *t); /* "deployment/shop/checkout" */
