#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/metrics.h"
#include "controller/base/text.h"
#include "controller/runtime/workers.h"

/* What the reconcile of a test does at its n-th call, n from 0; the last row stays. */
struct answer {
    bool ok;
    int64_t again_ms;
    enum kc_class class;
    int64_t retry_after_ms;
};

struct script {
    const struct answer *answers;
    int n;
    atomic_int calls;
    atomic_size_t most_arena;
    int64_t at_ms[16];
};

static bool reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct script *s = arg;
    int call = atomic_load(&s->calls);
    const struct answer *answer = &s->answers[call < s->n ? call : s->n - 1];
    bool ok = answer->ok;

    if (kc_arena_size(a) > atomic_load(&s->most_arena))
        atomic_store(&s->most_arena, kc_arena_size(a)); /* what the call before has left */
    kc_arena_strdup(a, key);
    s->at_ms[call % 16] = kc_mono_ms();
    *again_ms = answer->again_ms;
    if (!ok) {
        kc_fail(err, answer->class, "Scripted", "call %d", call);
        err->retry_after_ms = answer->retry_after_ms;
    }
    atomic_fetch_add(&s->calls, 1);
    return ok;
}

static int calls_after(struct script *s, int at_least, int64_t settle_ms)
{
    int64_t end = kc_mono_ms() + 60000;

    while (atomic_load(&s->calls) < at_least && kc_mono_ms() < end)
        usleep(1000);
    usleep((useconds_t)settle_ms * 1000);
    return atomic_load(&s->calls);
}

static const struct {
    const char *name, *result; /* of the first call */
    struct answer answers[4];
    int n, calls;
    int64_t min_gap_ms; /* between the first two calls */
} cases[] = {
    {"done", "success", {{.ok = true, .again_ms = -1}}, 1, 1, 0},
    {"again at once", "requeue", {{.ok = true, .again_ms = 0}, {.ok = true, .again_ms = -1}}, 2, 2, 0},
    {"again later", "requeue_after", {{.ok = true, .again_ms = 80}, {.ok = true, .again_ms = -1}}, 2, 2, 80},
    {"retry", "retry", {{.class = KC_RETRY}, {.class = KC_RETRY}, {.ok = true, .again_ms = -1}}, 3, 3, 5},
    {"conflict", "retry", {{.class = KC_CONFLICT}, {.ok = true, .again_ms = -1}}, 2, 2, 5},
    {"unavailable", "retry", {{.class = KC_UNAVAILABLE}, {.ok = true, .again_ms = -1}}, 2, 2, 5},
    {"the server's Retry-After",
     "retry",
     {{.class = KC_RETRY, .retry_after_ms = 90}, {.ok = true, .again_ms = -1}},
     2,
     2,
     90},
    {"invalid waits for the object", "error", {{.class = KC_INVALID}}, 1, 1, 0},
    {"forbidden waits for the object", "error", {{.class = KC_FORBIDDEN}}, 1, 1, 0},
};

static void each_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kc_workqueue *q = kc_workqueue_create(10);
        struct script s = {.answers = cases[i].answers, .n = cases[i].n};
        struct kc_err err = {0};
        KC_BUF_SCOPE controller = {0}, line = {0}, text = {0};

        kc_buf_printf(&controller, "case-%zu", i);
        struct kc_workers *w = kc_workers_start(q, 2, kc_buf_str(&controller), reconcile, &s, &err);
        assert_non_null(w);
        assert_true(kc_workqueue_add(q, "shop/a", KC_LANE_FRESH, &err));
        int calls = calls_after(&s, cases[i].calls, 60);
        assert_null(kc_workers_stop(w));
        kc_workqueue_destroy(q);
        int64_t gap = s.at_ms[1] - s.at_ms[0];
        if (calls != cases[i].calls)
            fail_msg("%s: %d calls, not %d", cases[i].name, calls, cases[i].calls);
        if (calls > 1 && gap < cases[i].min_gap_ms)
            fail_msg("%s: called again after %lld ms", cases[i].name, (long long)gap);
        assert_int_equal(atomic_load(&s.most_arena), 0);

        kc_buf_printf(&line, "kubechat_reconcile_total{controller=\"%s\",result=\"%s\"}", kc_buf_str(&controller),
                      cases[i].result);
        kc_metrics_render(&text);
        const char *at = strstr(kc_buf_str(&text), kc_buf_str(&line));
        if (!at || (int)strtol(at + line.len, NULL, 10) < 1)
            fail_msg("%s: not counted as %s", cases[i].name, cases[i].result);
    }
}

struct held {
    struct kc_workqueue *q;
    atomic_int calls;
    atomic_bool ended;
};

/* Goes on until the queue takes nothing more: that is, until the workers are being stopped. */
static bool hold(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct held *h = arg;

    (void)key, (void)a, (void)again_ms, (void)err;
    atomic_fetch_add(&h->calls, 1);
    while (kc_workqueue_add(h->q, "b", KC_LANE_FRESH, NULL))
        usleep(1000);
    atomic_store(&h->ended, true);
    return true;
}

static void stop_waits_for_what_runs_and_drops_the_rest(void **state)
{
    struct held h = {.q = kc_workqueue_create(10)};
    struct kc_err err = {0};
    struct kc_workers *w = kc_workers_start(h.q, 1, "held", hold, &h, &err);

    (void)state;
    assert_true(kc_workqueue_add(h.q, "a", KC_LANE_FRESH, &err));
    while (atomic_load(&h.calls) == 0)
        usleep(1000);
    kc_workers_stop(w);
    assert_int_equal(atomic_load(&h.calls), 1);
    assert_true(atomic_load(&h.ended));
    kc_workqueue_destroy(h.q);
    assert_null(kc_workers_stop(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome),
        cmocka_unit_test(stop_waits_for_what_runs_and_drops_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
