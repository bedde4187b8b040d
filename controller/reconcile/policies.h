/* policies: keeps the AuditPolicies and the labels of namespaces as the API server has them, and hands out a snapshot.
 *
 * Two reflectors feed one worker thread, which makes a new kc_policy_set of every change, tells whoever has to know,
 * and writes the policies' status. Until both kinds have been listed there is no snapshot: whoever needs one waits
 * (fail closed). A change takes effect as soon as the watch brings it. Uses guard, kube, runtime.
 */
#pragma once

#include "controller/guard/policy_set.h"
#include "controller/kube/client.h"

struct kc_policies;

struct kc_policies_options {
    struct kc_kube *kube; /* as ourselves */
    /* A policy, or a label that one asks for, changed: also the first time. On the worker thread; set is borrowed. */
    void (*on_change)(void *arg, const struct kc_policy_set *set);
    void *arg;
};

struct kc_policies *kc_policies_start(const struct kc_policies_options *o, struct kc_err *err);
struct kc_policies *kc_policies_stop(struct kc_policies *p); /* blocks; accepts NULL, returns NULL */

/* The newest snapshot, a new reference; NULL: not known yet. Any thread. */
const struct kc_policy_set *kc_policies_get(struct kc_policies *p);
void kc_policies_let_go(void *set); /* kc_policy_set_unref, for kc_arena_defer */
/* Whether this process is the one that writes the policies' status; at first it is not. Any thread. */
void kc_policies_write_status(struct kc_policies *p, bool writes);
bool kc_policies_synced(struct kc_policies *p); /* any thread */
