#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/metrics.h"
#include "controller/runtime/workqueue.h"

static int set_up(void **state)
{
    *state = kc_workqueue_create(100);
    return 0;
}

static int tear_down(void **state)
{
    kc_workqueue_destroy(*state);
    return 0;
}

static void add(struct kc_workqueue *q, const char *key, enum kc_lane lane)
{
    struct kc_err err = {0};

    if (!kc_workqueue_add(q, key, lane, &err))
        fail_msg("%s", err.message);
}

/* Takes and finishes. */
static void expect(struct kc_workqueue *q, const char *key)
{
    const char *got = kc_workqueue_take(q);

    assert_string_equal(got, key);
    kc_workqueue_done(q, got);
}

static void first_in_first_out_without_doubles(void **state)
{
    struct kc_workqueue *q = *state;
    char key[] = "a";

    add(q, key, KC_LANE_FRESH);
    key[0] = 'x'; /* the queue has its own copy */
    add(q, "b", KC_LANE_FRESH);
    add(q, "a", KC_LANE_FRESH);
    assert_int_equal(kc_workqueue_depth(q), 2);
    expect(q, "a");
    expect(q, "b");
    assert_int_equal(kc_workqueue_depth(q), 0);
}

static void fresh_before_backlog(void **state)
{
    struct kc_workqueue *q = *state;

    add(q, "b1", KC_LANE_BACKLOG);
    add(q, "b2", KC_LANE_BACKLOG);
    add(q, "b3", KC_LANE_BACKLOG);
    add(q, "f1", KC_LANE_FRESH);
    add(q, "b2", KC_LANE_FRESH);   /* moves up */
    add(q, "f1", KC_LANE_BACKLOG); /* never down */
    assert_int_equal(kc_workqueue_depth(q), 4);
    expect(q, "f1");
    expect(q, "b2");
    expect(q, "b1");
    expect(q, "b3");
}

static void a_key_is_processed_by_one_at_a_time(void **state)
{
    struct kc_workqueue *q = *state;

    add(q, "a", KC_LANE_FRESH);
    const char *a = kc_workqueue_take(q);
    add(q, "a", KC_LANE_BACKLOG);
    add(q, "a", KC_LANE_FRESH); /* the better lane wins */
    add(q, "b", KC_LANE_BACKLOG);
    assert_int_equal(kc_workqueue_depth(q), 1);
    kc_workqueue_done(q, a);
    assert_int_equal(kc_workqueue_depth(q), 2);
    expect(q, "a"); /* once more, and once only */
    expect(q, "b");
    assert_int_equal(kc_workqueue_depth(q), 0);
}

static void delays_are_kept_and_the_earlier_stays(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};
    int64_t begin = kc_mono_ms();

    assert_true(kc_workqueue_add_after(q, "late", 150, &err));
    assert_true(kc_workqueue_add_after(q, "soon", 5000, &err));
    assert_true(kc_workqueue_add_after(q, "soon", 50, &err));
    assert_true(kc_workqueue_add_after(q, "soon", 9000, &err));
    assert_true(kc_workqueue_add_after(q, "now", 0, &err));
    assert_int_equal(kc_workqueue_depth(q), 1);
    expect(q, "now");
    expect(q, "soon");
    assert_in_range(kc_mono_ms() - begin, 50, 4900); /* and not at the later times */
    expect(q, "late");
    assert_true(kc_mono_ms() - begin >= 150);
}

static void the_limiter_doubles_until_forgotten(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};
    int64_t begin = kc_mono_ms();

    for (int i = 0; i < 9; i++) { /* 5 + 10 + 20 + 40 + 80 + 160 + 320 + 640 + 1280 */
        assert_true(kc_workqueue_add_later(q, "a", &err));
        expect(q, "a");
    }
    assert_true(kc_mono_ms() - begin >= 2550);
    kc_workqueue_forget(q, "a");
    begin = kc_mono_ms();
    assert_true(kc_workqueue_add_later(q, "a", &err));
    expect(q, "a");
    assert_in_range(kc_mono_ms() - begin, 5, 2500); /* and not the double of the last */
}

static void the_limiter_ends_at_its_maximum(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};

    for (int i = 0; i < 200; i++)
        assert_true(kc_workqueue_add_later(q, "a", &err)); /* no overflow; the earliest time stays */
    expect(q, "a");
    kc_workqueue_forget(q, "nobody");
}

static void a_full_queue_refuses_new_keys_only(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};
    char key[16];

    add(q, "busy", KC_LANE_FRESH);
    const char *busy = kc_workqueue_take(q);
    for (int i = 0; i < 99; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        add(q, key, KC_LANE_BACKLOG);
    }
    assert_true(kc_workqueue_add_after(q, "delayed", 60000, &err));
    assert_false(kc_workqueue_add(q, "new", KC_LANE_FRESH, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "QueueFull");
    assert_false(kc_workqueue_add_after(q, "new", 10, NULL));
    assert_false(kc_workqueue_add_later(q, "new", NULL));
    add(q, "k5", KC_LANE_FRESH);
    assert_true(kc_workqueue_add_after(q, "delayed", 10, &err));
    assert_true(kc_workqueue_add_after(q, busy, 50000, &err));
    add(q, busy, KC_LANE_FRESH);
    kc_workqueue_done(q, busy);
    expect(q, "k5");
    expect(q, "busy");
}

static void *take_until_shut(void *arg)
{
    const char *key;

    while ((key = kc_workqueue_take(arg)))
        kc_workqueue_done(arg, key);
    return NULL;
}

static void shutdown_wakes_the_takers(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};
    pthread_t threads[3];

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_until_shut, q), 0);
    assert_true(kc_workqueue_add_after(q, "later", 60000, &err));
    kc_workqueue_shutdown(q);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_false(kc_workqueue_add(q, "a", KC_LANE_FRESH, &err));
    assert_string_equal(err.reason, "ShuttingDown");
    assert_null(kc_workqueue_take(q));
}

/* A taker that waits for the next due time may be woken for another key: then somebody else has to wait in its place.
 */
struct busy {
    struct kc_workqueue *q;
    atomic_llong due_ms;
};

#define BUSY_MS 10000

static void *be_busy(void *arg)
{
    struct busy *b = arg;
    const char *key;

    while ((key = kc_workqueue_take(b->q))) {
        if (strcmp(key, "due") == 0)
            atomic_store(&b->due_ms, kc_mono_ms());
        else
            for (int64_t end = kc_mono_ms() + BUSY_MS; !atomic_load(&b->due_ms) && kc_mono_ms() < end;)
                usleep(1000);
        kc_workqueue_done(b->q, key);
    }
    return NULL;
}

static void a_due_key_is_not_forgotten_by_busy_takers(void **state)
{
    struct kc_err err = {0};
    struct busy b = {.q = *state};
    pthread_t threads[3];

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, be_busy, &b), 0);
    usleep(50000);
    int64_t begin = kc_mono_ms();
    assert_true(kc_workqueue_add_after(b.q, "due", 150, &err));
    usleep(20000);
    add(b.q, "x", KC_LANE_FRESH);
    add(b.q, "y", KC_LANE_FRESH);
    while (!atomic_load(&b.due_ms))
        usleep(1000);
    kc_workqueue_shutdown(b.q);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(atomic_load(&b.due_ms) - begin, 150, BUSY_MS - 1); /* before the others had time for it */
}

struct crowd {
    struct kc_workqueue *q;
    atomic_int inside[50]; /* takers that process the key now */
    atomic_int done, doubles;
};

static void *process(void *arg)
{
    struct crowd *c = arg;
    const char *key;

    while ((key = kc_workqueue_take(c->q))) {
        int i = (int)strtol(key, NULL, 10);
        if (atomic_fetch_add(&c->inside[i], 1) != 0)
            atomic_fetch_add(&c->doubles, 1);
        sched_yield();
        atomic_fetch_sub(&c->inside[i], 1);
        atomic_fetch_add(&c->done, 1);
        if (i % 3 == 0)
            kc_workqueue_forget(c->q, key);
        kc_workqueue_done(c->q, key);
    }
    return NULL;
}

static void no_key_is_processed_twice_at_once(void **state)
{
    struct crowd c = {.q = *state};
    pthread_t threads[6];
    char key[16];

    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, process, &c), 0);
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof(key), "%d", i % 50);
        if (i % 5 == 0)
            (void)!kc_workqueue_add_after(c.q, key, 1, NULL);
        else if (i % 11 == 0)
            (void)!kc_workqueue_add_later(c.q, key, NULL);
        else
            add(c.q, key, i % 2 ? KC_LANE_FRESH : KC_LANE_BACKLOG);
    }
    while (kc_workqueue_depth(c.q) > 0)
        usleep(1000);
    kc_workqueue_shutdown(c.q);
    for (size_t i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&c.doubles), 0);
    assert_true(atomic_load(&c.done) >= 50);
}

static void metrics_carry_the_name(void **state)
{
    struct kc_workqueue *q = *state;
    struct kc_err err = {0};
    KC_BUF_SCOPE text = {0};

    kc_workqueue_set_name(q, "test");
    add(q, "a", KC_LANE_FRESH);
    add(q, "b", KC_LANE_FRESH);
    expect(q, "a");
    assert_true(kc_workqueue_add_later(q, "a", &err));
    kc_metrics_render(&text);
    static const char *const lines[] = {
        "workqueue_depth{name=\"test\"} 1\n",
        "workqueue_adds_total{name=\"test\"} 2\n",
        "workqueue_retries_total{name=\"test\"} 1\n",
        "workqueue_queue_duration_seconds_count{name=\"test\"} 1\n",
        "workqueue_work_duration_seconds_count{name=\"test\"} 1\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(kc_buf_str(&text), lines[i]))
            fail_msg("no line %s in:\n%s", lines[i], kc_buf_str(&text));
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(first_in_first_out_without_doubles),
        CASE(fresh_before_backlog),
        CASE(a_key_is_processed_by_one_at_a_time),
        CASE(delays_are_kept_and_the_earlier_stays),
        CASE(the_limiter_doubles_until_forgotten),
        CASE(the_limiter_ends_at_its_maximum),
        CASE(a_full_queue_refuses_new_keys_only),
        CASE(shutdown_wakes_the_takers),
        CASE(a_due_key_is_not_forgotten_by_busy_takers),
        CASE(no_key_is_processed_twice_at_once),
        CASE(metrics_carry_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
