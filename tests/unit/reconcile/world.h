/* world: everything around kc_step that a request's life depends on, small enough to go wrong in every way: the
 * ChatRequest and the objects as the API server holds them, requests that are still on their way there, the audit
 * store's facts, and who may approve. It changes by itself between visits; a process that works in it may die between
 * any two of its effects, and a look at the ChatRequest may be an old one.
 *
 * Whatever a process does is checked right there against what is true, not against what the process believes.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "request.h"
#include "tests/unit/guard/policies.h"

#define ANA "ana"
#define BOB "bob"

#define MAX_PLAN    3
#define MAX_INTENTS 200

struct object {
    int uid, replicas, generation, version;
    bool gone;
    int64_t ready_at; /* when its last change has rolled out */
};

/* A change on its way to the API server; resourceVersion is its precondition. */
struct flight {
    bool on;
    size_t step;
    int uid, version;
};

struct intent {
    size_t plan, step; /* plan: how many there were before it */
    int attempt, uid, generation;
    const char *result, *message; /* NULL: no outcome yet */
    int64_t time;
};

enum verification { UNVERIFIED, VERIFIED, BROKEN };

/* What the AuditPolicies say just now. */
enum law { DEFAULTS, TWO_PERSONS, SUSPENDED, UNKNOWN_LAW, N_LAWS };

struct world {
    unsigned seed;
    uint64_t random;
    bool quiet; /* nothing happens any more but time */
    struct kc_arena *a;
    int64_t now;

    bool exists;
    struct kc_chatrequest cr, older; /* as stored now, and before its last write */
    int version;
    struct object objects[MAX_PLAN];
    struct flight flights[MAX_INTENTS];
    size_t n_flights;

    bool planned, altered;
    struct kc_plan_record plan;
    const char *plan_digest;
    bool as_described;                 /* plan holds nothing that who approved the one before did not know */
    struct kc_former former[MAX_PLAN]; /* the plans that it follows; the intents tell of their steps */
    struct kc_plan_record former_plan[MAX_PLAN];
    bool former_as_described[MAX_PLAN];
    size_t n_former;
    bool deferred[MAX_PLAN]; /* steps that can only be previewed after the one before them */
    struct intent intents[MAX_INTENTS];
    size_t n_intents;
    enum verification verified[MAX_PLAN];
    const char *verified_message[MAX_PLAN];
    struct kc_ending finished;

    enum kc_effect effects[MAX_PLAN];
    size_t n_steps;
    struct kc_approval approvals[KC_MAX_APPROVALS];
    bool genuine[KC_MAX_APPROVALS]; /* whether the seal is ours */
    bool ana_may, bob_may;
    enum law law;
    const struct kc_policy_set *laws[N_LAWS];
    bool seal_fits, seal_was_wrong;
    int applied[MAX_PLAN]; /* successful mutating responses of the API server */
    bool late;             /* a request arrived after its sender had given it up */
};

/* How often what was seen, over all lives: a world in which nothing happens proves nothing. */
struct tally {
    size_t effects[KC_DO_DELETE + 1], ends[KC_PHASES], crashes, stale_looks, conflicts, late, recovered[3];
    size_t suspended, held_up, as_described, otherwise, anew;
};

static struct tally tally;

#define INSIST(w, condition)                                                                                           \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("life %u: %s", (w)->seed, #condition);                                                            \
    } while (0)

/* xorshift64* (Marsaglia, Vigna): the same life for the same seed everywhere. */
static inline unsigned draw(struct world *w, unsigned below)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    unsigned r = (unsigned)((w->random * UINT64_C(2685821657736338717)) >> 33);
    return below ? r % below : 0;
}

/* Once in `in` times, while things still happen. */
static inline bool chance(struct world *w, unsigned in)
{
    return !w->quiet && draw(w, in) == 0;
}

static inline int wanted(const struct world *w, size_t step)
{
    return (int)kc_action_int(&w->plan.steps[step].action, "replicas", -1);
}

static void world_init(struct world *w, struct kc_arena *a, unsigned seed)
{
    static const char *const deadlines[] = {"15m", "5m", "90s"};

    *w = (struct world){.seed = seed,
                        .random = UINT64_C(0x9E3779B97F4A7C15) * (seed + 1),
                        .a = a,
                        .now = NOW,
                        .exists = true,
                        .cr = request_new(),
                        .version = 1,
                        .plan_digest = "",
                        .finished = {.reason = "", .message = ""},
                        .ana_may = true,
                        .bob_may = true,
                        .seal_fits = true};
    w->cr.spec.deadline = deadlines[draw(w, 3)];
    w->cr.spec.ttl_seconds_after_finished = (int64_t)draw(w, 3) * 30 - 1;
    w->cr.spec.approvals.v = w->approvals;
    w->n_steps = 1 + draw(w, MAX_PLAN);
    for (size_t i = 0; i < w->n_steps; i++) {
        w->objects[i] = (struct object){.uid = 1, .replicas = 3, .generation = 1, .version = 1};
        w->effects[i] = draw(w, 8) ? KC_MUTATING : KC_DESTRUCTIVE;
        w->deferred[i] = i > 0 && draw(w, 3) == 0;
    }
    w->laws[DEFAULTS] = no_policies(a);
    w->laws[TWO_PERSONS] = policies_of(a, "{'two': {'approvals': [{'required': 2, 'allowRequester': true}]}}", NULL);
    w->laws[SUSPENDED] = policies_of(a, "{'freeze': {'suspend': true}}", NULL);
    if (draw(w, 40) == 0)
        w->seal_fits = false;
    w->seal_was_wrong = !w->seal_fits;
    w->older = w->cr;
}

/* Somebody else touches the object. */
static void world_meddle(struct world *w, size_t step)
{
    struct object *o = &w->objects[step];

    switch (draw(w, 6)) {
    case 1:
        o->replicas = (int)draw(w, 7);
        o->generation++;
        o->version++;
        break;
    case 2: /* somebody puts it back */
        o->replicas = 3;
        o->generation++;
        o->version++;
        break;
    case 3:
        if (draw(w, 2))
            *o = (struct object){.uid = o->uid + 1, .replicas = 3, .generation = 1, .version = o->version + 1};
        else
            o->gone = true;
        break;
    default: /* a label, a status: the version moves, nothing else */
        o->version++;
    }
}

/* A change reaches the API server, which takes it when the precondition holds. */
static bool world_arrive(struct world *w, size_t flight)
{
    struct flight *f = &w->flights[flight];
    struct object *o = &w->objects[f->step];

    f->on = false;
    if (o->gone || o->uid != f->uid || o->version != f->version)
        return false; /* 404, 409 */
    o->replicas = wanted(w, f->step);
    o->generation++;
    o->version++;
    o->ready_at = w->now + (draw(w, 10) ? draw(w, 20000) : 10 * KC_MINUTE_MS);
    w->applied[f->step]++;
    INSIST(w, w->applied[f->step] == 1);
    return true;
}

static void somebody_decides(struct world *w)
{
    size_t i = w->cr.spec.approvals.n;
    struct kc_approval *ap = &w->approvals[i];

    if (i == KC_MAX_APPROVALS)
        return;
    *ap = (struct kc_approval){.who = {.username = draw(w, 2) ? ANA : BOB},
                               .decision = draw(w, 12) ? KC_APPROVE : KC_REJECT,
                               .plan_digest = draw(w, 6) ? w->cr.status.plan.digest : DIGEST_B,
                               .confirm = draw(w, 3) ? CLUSTER "/shop" : "",
                               .comment = "",
                               .time = draw(w, 10) ? w->now : w->now - KC_IDENTITY_VALID_MS - 1};
    if (draw(w, 10) == 0)
        ap->who.username = "system:serviceaccount:ci:bot";
    w->genuine[i] = draw(w, 6) != 0;
    w->older = w->cr;
    w->cr.spec.approvals.n++;
    w->version++;
}

static void somebody_stops(struct world *w)
{
    w->older = w->cr;
    w->version++;
    if (draw(w, 2))
        w->cr.spec.cancel = true;
    else if (w->cr.meta.finalizers.n)
        w->cr.meta.deletion_time = w->now;
    else
        w->exists = false;
}

static void flights_arrive(struct world *w, unsigned in)
{
    for (size_t i = 0; i < w->n_flights; i++)
        if (w->flights[i].on && (w->quiet || draw(w, in) == 0) && world_arrive(w, i)) {
            w->late = true;
            tally.late++;
        }
}

/* Policies change at any moment, also while a visit goes on. */
static const struct kc_policy_set *world_law(struct world *w)
{
    if (chance(w, 30))
        w->law = draw(w, 3) ? DEFAULTS : (enum law)draw(w, N_LAWS);
    return w->laws[w->law];
}

/* Something else than we happens: time, people, other controllers, the network. */
static void world_turn(struct world *w)
{
    w->now += draw(w, 12) ? draw(w, 2000) : draw(w, 120000);
    flights_arrive(w, 3);
    if (chance(w, 3))
        somebody_decides(w);
    if (chance(w, 40))
        somebody_stops(w);
    if (chance(w, 10))
        world_meddle(w, draw(w, (unsigned)w->n_steps));
    if (chance(w, 15))
        w->ana_may = !w->ana_may;
    if (chance(w, 15))
        w->bob_may = !w->bob_may;
    if (chance(w, 300))
        w->seal_fits = false;
    if (chance(w, 300))
        w->altered = w->planned;
    w->seal_was_wrong |= !w->seal_fits;
}

static bool says(const struct world *w, size_t i, enum kc_decision decision)
{
    const struct kc_approval *ap = &w->approvals[i];

    return w->genuine[i] && ap->decision == decision;
}

static bool may(const struct world *w, const char *username)
{
    return KC_STREQ(username, ANA) ? w->ana_may : w->bob_may;
}

/* Whether what was said of the plan with this digest was said of the current one. */
static bool stands_for_current(const struct world *w, const char *digest)
{
    bool same = w->as_described;

    if (KC_STREQ(digest, w->plan_digest))
        return true;
    for (size_t i = w->n_former; same && i-- > 0; same = w->former_as_described[i])
        if (KC_STREQ(digest, w->former[i].digest))
            return true;
    return false;
}

static bool is_good_enough(const struct world *w, size_t i, bool destructive)
{
    const struct kc_approval *ap = &w->approvals[i];

    return says(w, i, KC_APPROVE) && stands_for_current(w, ap->plan_digest) &&
           w->now - ap->time <= KC_IDENTITY_VALID_MS && !kc_str_starts(ap->who.username, "system:") &&
           may(w, ap->who.username) &&
           (!destructive ||
            ((w->law == TWO_PERSONS || KC_STREQ(ap->who.username, BOB)) && KC_STREQ(ap->confirm, CLUSTER "/shop")));
}

/* Whether the truth allows to go on: enough of the approvals that were seen, by people who may, and no objection. */
static bool world_approved(const struct world *w, size_t n_seen)
{
    bool destructive = false, ana = false, bob = false;

    if (w->law == SUSPENDED || w->law == UNKNOWN_LAW)
        return false;

    for (size_t i = 0; i < w->n_steps; i++)
        destructive |= w->effects[i] == KC_DESTRUCTIVE;
    for (size_t i = 0; i < n_seen; i++) {
        if (says(w, i, KC_REJECT) &&
            (KC_STREQ(w->approvals[i].who.username, ANA) || may(w, w->approvals[i].who.username)))
            return false;
        if (is_good_enough(w, i, destructive))
            *(KC_STREQ(w->approvals[i].who.username, ANA) ? &ana : &bob) = true;
    }
    return w->law == TWO_PERSONS ? ana && bob : ana || bob;
}
