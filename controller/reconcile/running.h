/* running: a plan's step that is a command in a container: on its way, and what is kept of it (exec/runs.h). Private to
 * reconcile.
 */
#pragma once

#include "controller/reconcile/visit.h"

/* After its intent is durable. UNAVAILABLE: nothing was sent. */
KC_CHECK bool kc_running_begin(struct kc_visit *v, size_t step, struct kc_err *err);
enum kc_run_state kc_running_look(struct kc_visit *v, size_t step, struct kc_run_ended *ret);
void kc_running_forget(struct kc_visit *v, size_t step);

/* What of its end goes into the store and the status: numbers and a keyed digest; what it said is locked. */
struct kc_running {
    const char *message;
    json_t *detail; /* new reference */
    struct kc_blob transcript;
};
KC_CHECK bool kc_running_keep(struct kc_visit *v, size_t step, const struct kc_run_ended *ended, struct kc_running *ret,
                              struct kc_err *err);
