/* lease: one leader among several processes, by a coordination.k8s.io/v1 Lease, as client-go's tools/leaderelection
 * does it.
 *
 * The holder renews the Lease every retry_ms; another one takes it over when it has seen no change of it for the
 * holder's duration, by its own clock: times in the object are never compared with ours. A leader that cannot renew for
 * renew_deadline_ms stops acting, well before anybody takes over. The deadline is kept in CLOCK_BOOTTIME, counted from
 * before the renewal was sent, so that it holds for a process that was stopped and for a machine that slept. All calls
 * go over an http client of the lease's own (thread, connection): load never delays a renewal.
 *
 * One thread at a time leads: it blocks in kc_lease_acquire, starts its work, blocks in kc_lease_await_loss, ends its
 * work, and calls kc_lease_release; then it may begin again. The Lease is sought only while kc_lease_acquire waits.
 */
#pragma once

#include "controller/kube/config.h"

struct kc_lease;

struct kc_lease_times {
    int64_t duration_ms;       /* whole seconds, at least 1 s */
    int64_t renew_deadline_ms; /* less than duration_ms, more than 1.2 * retry_ms */
    int64_t retry_ms;
};
/* client-go's defaults: 15 s, 10 s, 2 s. */
#define KC_LEASE_TIMES                                                                                                 \
    {                                                                                                                  \
        .duration_ms = 15000, .renew_deadline_ms = 10000, .retry_ms = 2000                                             \
    }
/* INVALID names what does not fit what. */
KC_CHECK bool kc_lease_times_check(const struct kc_lease_times *t, struct kc_err *err);

struct kc_lease_options {
    struct kc_config *config; /* the lease keeps a reference */
    const char *ns, *name;    /* of the Lease; it is made when it is missing */
    const char *identity;     /* NULL: "<host name>_<random uuid>" */
    struct kc_lease_times times;
    /* The lease's thread: why it cannot be sought or renewed, once for each new reason. May be NULL. */
    void (*on_trouble)(void *arg, const struct kc_err *err);
    void *arg;
};

/* Copies the strings; makes no call yet. */
struct kc_lease *kc_lease_start(const struct kc_lease_options *o, struct kc_err *err);
/* Accepts NULL, returns NULL. No thread is in a call of it. Gives nothing up: release first. */
struct kc_lease *kc_lease_destroy(struct kc_lease *l);

/* Blocks until we lead; false: kc_lease_close was called. */
KC_CHECK bool kc_lease_acquire(struct kc_lease *l);
/* Blocks until we lead no more: true, and err says why; false: kc_lease_close was called, and we still lead. */
KC_CHECK bool kc_lease_await_loss(struct kc_lease *l, struct kc_err *err);
/* Ends the term: what was done under it has ended. A Lease that is still ours is given up, so that the next one need
 * not wait for its end; takes at most some 3 s. */
void kc_lease_release(struct kc_lease *l);
/* Any thread: acquire and await_loss return, now and from now on. The Lease is renewed until kc_lease_release. */
void kc_lease_close(struct kc_lease *l);

/* Any thread. Until when (kc_boot_ms) something that changes the cluster may be sent; 0: not at all. */
int64_t kc_lease_deadline_ms(const struct kc_lease *l);
bool kc_lease_leading(const struct kc_lease *l); /* that time has not come yet */
const char *kc_lease_identity(const struct kc_lease *l);
