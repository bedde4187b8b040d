/* conditions: metav1.Condition lists, and the phase that people read off them.
 *
 * The set is fixed (design, section 1): all are present from the first visit. kstatus and `kubectl wait` judge a
 * request by Reconciling, Stalled, Complete, Failed and observedGeneration.
 */
#pragma once

#include "controller/base/arena.h"

enum kc_condition_type {
    KC_PLANNED,
    KC_PREVIEWED,
    KC_APPROVED,
    KC_EXECUTED,
    KC_VERIFIED,
    KC_COMPLETE, /* True: success, nothing else */
    KC_FAILED,   /* True: every other end */
    KC_RECONCILING,
    KC_STALLED,
    KC_CONDITION_TYPES
};

enum kc_truth { KC_UNKNOWN, KC_TRUE, KC_FALSE };

struct kc_condition {
    enum kc_truth status;
    const char *reason;  /* CamelCase, never empty once set */
    const char *message; /* may be "" */
    int64_t last_transition_time;
    int64_t observed_generation;
};

/* One entry of status.conditions, as kinds with conditions of their own hold them. */
struct kc_condition_item {
    const char *type;
    struct kc_condition condition;
};

struct kc_conditions {
    bool present; /* false: the object has never been visited */
    struct kc_condition v[KC_CONDITION_TYPES];
};

enum kc_phase {
    KC_PHASE_NONE,
    KC_PENDING,
    KC_PLANNING,
    KC_PREVIEWING,
    KC_AWAITING_APPROVAL,
    KC_EXECUTING,
    KC_VERIFYING,
    KC_SUCCEEDED, /* final from here on */
    KC_PHASE_FAILED,
    KC_ROLLED_BACK,
    KC_REJECTED,
    KC_EXPIRED,
    KC_CANCELLED,
    KC_STALE,
    KC_NEEDS_CLARIFICATION,
    KC_REFUSED,
    KC_PHASES
};

const char *kc_condition_name(enum kc_condition_type t);
const char *kc_phase_name(enum kc_phase p); /* "AwaitingApproval"; "" for none */
enum kc_phase kc_phase_of_name(const char *name);
bool kc_phase_final(enum kc_phase p);

/* All conditions Unknown/"Pending" (Reconciling True), Stalled False. */
void kc_conditions_init(struct kc_conditions *c, int64_t generation, int64_t now);
/* Changes one; lastTransitionTime moves only when status changes (API conventions). reason and message are not copied.
 */
void kc_condition_set(struct kc_conditions *c, enum kc_condition_type t, enum kc_truth status, const char *reason,
                      const char *message, int64_t generation, int64_t now);

/* The same for a condition that is written anew: c takes over before's time when that has c's status (NULL: there was
 * none). True when nothing else differs either: it need not be written. */
bool kc_condition_follows(struct kc_condition *c, const struct kc_condition *before);

/* Sets the whole row of conditions that phase p stands for (a table), with reason and message on the one that people
 * look at. Later: kc_phase_of() gives p back. */
void kc_phase_enter(struct kc_conditions *c, enum kc_phase p, const char *reason, const char *message,
                    int64_t generation, int64_t now);
/* The phase: a pure function of the conditions. */
enum kc_phase kc_phase_of(const struct kc_conditions *c);
