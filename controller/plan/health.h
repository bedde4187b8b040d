/* health: what a change must not make worse: the pods of its target, and the endpoints of the services that select
 * them. Taken before the change and kept in its intent row, compared with what is there afterwards. Pure: what is
 * around the target comes in as the fleet's packed records, as for reach.
 */
#pragma once

#include "controller/base/json.h"
#include "controller/plan/reach.h"

enum { KC_HEALTH_PODS = 64, KC_HEALTH_SERVICES = 32 }; /* what is beyond is not compared */

struct kc_health {
    size_t ready; /* pods of the target */
    /* Those that do not start, by a reason that waiting does not cure: CrashLoopBackOff, ImagePullBackOff, ... */
    struct kc_ill_pod {
        const char *uid;
        const char *name, *why; /* of a health that was read from a row: "" */
        bool named;             /* whoever asked may list pods */
    } ill[KC_HEALTH_PODS];
    size_t n_ill;
    bool more_ill; /* than are here */
    struct kc_served {
        const char *service;
        bool named;
        int64_t endpoints; /* ready ones */
    } services[KC_HEALTH_SERVICES];
    size_t n_services;
};

/* uid: of the target as it is now. before: what was taken before the change, whose services are looked at again; NULL:
 * it is taken now. False: pods are not in memory, nothing is known. Strings are those of around. */
bool kc_health_of(struct kc_arena *a, const struct kc_record_step *step, const char *uid,
                  const struct kc_surroundings *around, const struct kc_health *before, struct kc_health *ret);

/* As an intent row keeps it: {"ready": 3, "ill": ["uid"], "endpoints": {"web": 3}}. The caller's. */
json_t *kc_health_encode(const struct kc_health *h);
/* False: that is none. */
bool kc_health_decode(struct kc_arena *a, const json_t *object, struct kc_health *ret);

/* A pod that does not start now, and was not such a pod before; NULL: none. */
const struct kc_ill_pod *kc_health_worse(const struct kc_health *before, const struct kc_health *now);
/* "service/web has 2 of 3 endpoints": one that has fewer than before. want: how many pods the target is to have; where
 * that is fewer than were ready, so many endpoints fewer are as they should be. NULL: all are back. */
const char *kc_health_missing(struct kc_arena *a, const struct kc_health *before, const struct kc_health *now,
                              int64_t want);
