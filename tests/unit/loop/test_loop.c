#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "controller/base/buf.h"
#include "controller/base/clock.h"
#include "controller/loop/loop.h"

static struct kc_loop *create(void)
{
    struct kc_err err = {0};
    struct kc_loop *l = kc_loop_create(&err);
    if (!l)
        fail_msg("%s", err.message);
    return l;
}

static struct kc_buf notes;

static void note(void *arg)
{
    kc_buf_puts(&notes, arg);
}

static void test_posts_run_in_order_until_stop(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    kc_buf_clear(&notes);
    kc_loop_post(l, note, "1");
    kc_loop_post(l, note, "2");
    kc_loop_post(l, note, "3");
    kc_loop_stop(l);
    kc_loop_post(l, note, "late");
    assert_string_equal(kc_buf_str(&notes), "");
    kc_loop_run(l);
    assert_string_equal(kc_buf_str(&notes), "123");

    /* What came after the stop runs when the loop runs again. */
    kc_loop_stop(l);
    kc_loop_run(l);
    assert_string_equal(kc_buf_str(&notes), "123late");
    assert_null(kc_loop_destroy(l));
    assert_null(kc_loop_destroy(NULL));
}

static void test_posts_left_over_are_dropped(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    kc_buf_clear(&notes);
    kc_loop_post(l, note, "x");
    kc_loop_destroy(l);
    assert_string_equal(kc_buf_str(&notes), "");
}

struct chain {
    struct kc_loop *loop;
    bool timer_ran;
};

static void post_again(void *arg)
{
    struct chain *c = arg;
    if (!c->timer_ran)
        kc_loop_post(c->loop, post_again, c);
}

static void end_chain(void *arg)
{
    struct chain *c = arg;
    c->timer_ran = true;
    kc_loop_stop(c->loop);
}

/* A callback that always posts again does not keep timers from running. */
static void test_posting_does_not_starve_timers(void **state)
{
    (void)state;
    struct chain c = {.loop = create()};
    struct kc_timer *t = kc_timer_create(c.loop, end_chain, &c);
    kc_timer_set(t, 5);
    post_again(&c);
    kc_loop_run(c.loop);
    assert_true(c.timer_ran);
    kc_timer_destroy(t);
    kc_loop_destroy(c.loop);
}

enum { THREADS = 4, POSTS = 5000 };

struct poster {
    struct kc_loop *loop;
    pthread_t thread;
    size_t next; /* expected, on the loop's thread */
    size_t wrong;
};

struct numbered {
    struct poster *poster;
    size_t number;
};

static atomic_int running;

static void receive(void *arg)
{
    struct numbered *n = arg;
    n->poster->wrong += n->number != n->poster->next;
    n->poster->next++;
    free(n);
}

static void *post_many(void *arg)
{
    struct poster *p = arg;
    for (size_t i = 0; i < POSTS; i++) {
        struct numbered *n = malloc(sizeof *n);
        *n = (struct numbered){p, i};
        kc_loop_post(p->loop, receive, n);
    }
    /* The last one out stops it: all posts were made before. */
    if (atomic_fetch_sub(&running, 1) == 1)
        kc_loop_stop(p->loop);
    return NULL;
}

static void test_threads_post_and_nothing_is_lost(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    struct poster posters[THREADS] = {0};
    atomic_store(&running, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        posters[i].loop = l;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
    }
    kc_loop_run(l);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(posters[i].next, POSTS);
        assert_int_equal(posters[i].wrong, 0);
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
    }
    kc_loop_destroy(l);
}

static void *run(void *arg)
{
    kc_loop_run(arg);
    return NULL;
}

static void say_hello(void *arg)
{
    atomic_store((atomic_int *)arg, 1);
}

/* A loop with nothing to do waits and wakes for a post of another thread. */
static void test_an_idle_loop_wakes_and_stops(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    pthread_t thread;
    atomic_int hello = 0;
    assert_int_equal(pthread_create(&thread, NULL, run, l), 0);
    (void)usleep(20000);
    kc_loop_post(l, say_hello, &hello);
    for (int i = 0; i < 30000 && !atomic_load(&hello); i++)
        (void)usleep(1000);
    assert_int_equal(atomic_load(&hello), 1);
    kc_loop_stop(l);
    assert_int_equal(pthread_join(thread, NULL), 0);
    kc_loop_destroy(l);
}

struct alarm {
    struct kc_loop *loop;
    struct kc_timer *timer;
    const char *name;
    int64_t rang_at;
};

static void ring(void *arg)
{
    struct alarm *a = arg;
    kc_buf_puts(&notes, a->name);
    a->rang_at = kc_mono_us();
}

static void stop_loop(void *arg)
{
    kc_loop_stop(arg);
}

static void test_timers(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    struct alarm alarms[] = {{.name = "c"}, {.name = "a"}, {.name = "b"}, {.name = "never"}, {.name = "gone"}};
    static const int64_t after[] = {600, 0, 300, 10, 10};
    struct kc_timer *end = kc_timer_create(l, stop_loop, l);
    kc_buf_clear(&notes);
    int64_t start = kc_mono_us();
    for (size_t i = 0; i < 5; i++) {
        alarms[i].timer = kc_timer_create(l, ring, &alarms[i]);
        kc_timer_set(alarms[i].timer, 1); /* replaced */
        kc_timer_set(alarms[i].timer, after[i]);
    }
    kc_timer_set(alarms[3].timer, -1);
    alarms[4].timer = kc_timer_destroy(alarms[4].timer);
    kc_timer_set(end, 1200);
    kc_loop_run(l);
    assert_string_equal(kc_buf_str(&notes), "abc");
    for (size_t i = 0; i < 3; i++)
        assert_true(alarms[i].rang_at - start >= after[i] * 1000);

    /* A timer that rang can be set again; one for ever does not ring now. */
    kc_timer_set(alarms[0].timer, 1);
    kc_timer_set(alarms[1].timer, INT64_MAX);
    kc_timer_set(end, 30);
    kc_loop_run(l);
    assert_string_equal(kc_buf_str(&notes), "abcc");
    for (size_t i = 0; i < 5; i++)
        kc_timer_destroy(alarms[i].timer);
    kc_timer_destroy(end);
    kc_loop_destroy(l);
}

struct slow {
    struct kc_timer *timer, *earlier;
    struct kc_loop *loop;
    int64_t set_at, rang_at;
};

static void set_after_work(void *arg)
{
    struct slow *s = arg;
    (void)usleep(200000);
    s->set_at = kc_mono_us();
    kc_timer_set(s->timer, 150);
    kc_timer_set(s->earlier, 20);
}

/* Wakes the loop while the other timer waits: only then does it compare the clock with it. */
static void do_nothing(void *arg)
{
    (void)arg;
}

static void rang(void *arg)
{
    struct slow *s = arg;
    s->rang_at = kc_mono_us();
    kc_loop_stop(s->loop);
}

/* A delay counts from the call, not from when the callback that makes it began. */
static void test_timers_count_from_now(void **state)
{
    (void)state;
    struct slow s = {.loop = create()};
    s.timer = kc_timer_create(s.loop, rang, &s);
    s.earlier = kc_timer_create(s.loop, do_nothing, NULL);
    kc_loop_post(s.loop, set_after_work, &s);
    kc_loop_run(s.loop);
    assert_true(s.rang_at - s.set_at >= 150000);
    kc_timer_destroy(s.timer);
    kc_timer_destroy(s.earlier);
    kc_loop_destroy(s.loop);
}

struct punctual {
    struct kc_timer *timer;
    int64_t due_at;
    bool early;
};

static void check_due(void *arg)
{
    struct punctual *p = arg;
    p->early = kc_mono_ms() < p->due_at;
}

static void test_timers_are_never_early(void **state)
{
    (void)state;
    enum { N = 60 };
    struct punctual timers[N] = {0};
    struct kc_loop *l = create();
    struct kc_timer *end = kc_timer_create(l, stop_loop, l);
    for (int i = 0; i < N; i++) {
        timers[i].timer = kc_timer_create(l, check_due, &timers[i]);
        timers[i].due_at = kc_mono_ms() + 20 + i;
        kc_timer_set(timers[i].timer, 20 + i);
        (void)usleep(300);
    }
    kc_timer_set(end, 20 + N);
    kc_loop_run(l);
    for (int i = 0; i < N; i++) {
        assert_false(timers[i].early);
        kc_timer_destroy(timers[i].timer);
    }
    kc_timer_destroy(end);
    kc_loop_destroy(l);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    char c;
    assert_int_equal(read((int)fd, &c, 1), 1);
    kc_loop_stop(arg);
}

static void test_foreign_events(void **state)
{
    (void)state;
    struct kc_loop *l = create();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct event *e = event_new(kc_loop_event_base(l), ends[0], EV_READ, on_readable, l);
    assert_int_equal(event_add(e, NULL), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    kc_loop_run(l);
    event_free(e);
    (void)close(ends[0]);
    (void)close(ends[1]);
    kc_loop_destroy(l);
}

static void test_no_descriptors_left(void **state)
{
    (void)state;
    struct rlimit was;
    struct kc_err err = {0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    struct rlimit none = {.rlim_cur = 3, .rlim_max = was.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct kc_loop *l = kc_loop_create(&err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_null(l);
    assert_int_equal(err.class, KC_FATAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posts_run_in_order_until_stop),
        cmocka_unit_test(test_posts_left_over_are_dropped),
        cmocka_unit_test(test_posting_does_not_starve_timers),
        cmocka_unit_test(test_threads_post_and_nothing_is_lost),
        cmocka_unit_test(test_an_idle_loop_wakes_and_stops),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_timers_count_from_now),
        cmocka_unit_test(test_timers_are_never_early),
        cmocka_unit_test(test_foreign_events),
        cmocka_unit_test(test_no_descriptors_left),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kc_buf_finish(&notes);
    return failed;
}
