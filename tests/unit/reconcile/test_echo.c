/* What we wrote, until the watch brings it back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/reconcile/echo.h"

#define KEY "shop/bump"

struct fixture {
    struct kc_arena *a;
    struct kc_echo *echo;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->a = kc_arena_create();
    f->echo = kc_echo_create();
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;

    f->echo = kc_echo_destroy(f->echo);
    assert_null(f->echo);
    kc_arena_destroy(f->a);
    free(f);
    return 0;
}

static const char *get(struct fixture *f, const char *cached)
{
    return kc_or(kc_echo_get(f->echo, KEY, cached, f->a), "cache");
}

static void test_nothing_written(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(get(f, "1"), "cache");
    kc_echo_forget(f->echo, KEY);
}

static void test_believed_until_the_watch_catches_up(void **state)
{
    struct fixture *f = *state;

    kc_echo_put(f->echo, KEY, "at 2", "2", "1");
    assert_string_equal(get(f, "1"), "at 2");
    assert_string_equal(get(f, "1"), "at 2");
    assert_string_equal(get(f, "2"), "cache");
    assert_string_equal(get(f, "1"), "cache"); /* dropped: what the cache showed was newer */
}

static void test_several_writes(void **state)
{
    struct fixture *f = *state;

    kc_echo_put(f->echo, KEY, "at 2", "2", "1");
    kc_echo_put(f->echo, KEY, "at 3", "3", "2");
    assert_string_equal(get(f, "1"), "at 3");
    assert_string_equal(get(f, "2"), "at 3");
    assert_string_equal(get(f, "3"), "cache");
}

/* Versions are opaque: a number that looks smaller says nothing. */
static void test_somebody_else_wrote(void **state)
{
    struct fixture *f = *state;

    kc_echo_put(f->echo, KEY, "at 12", "12", "9");
    assert_string_equal(get(f, "10"), "cache");
    assert_string_equal(get(f, "9"), "cache");
}

static void test_created_again(void **state)
{
    struct fixture *f = *state;

    kc_echo_put(f->echo, KEY, "at 2", "2", "1");
    kc_echo_forget(f->echo, KEY);
    assert_string_equal(get(f, "1"), "cache");
    kc_echo_put(f->echo, KEY, "at 8", "8", "7");
    assert_string_equal(get(f, "1"), "cache");
}

static void test_keys_are_apart(void **state)
{
    struct fixture *f = *state;

    kc_echo_put(f->echo, KEY, "at 2", "2", "1");
    kc_echo_put(f->echo, "shop/other", "at 5", "5", "4");
    assert_string_equal(get(f, "4"), "cache");
    assert_string_equal(kc_echo_get(f->echo, "shop/other", "4", f->a), "at 5");
}

/* A watch that hangs must not make the memory grow; the newest versions are the ones to know. */
static void test_many_writes(void **state)
{
    struct fixture *f = *state;
    char object[32], version[16], replaced[16];

    for (int i = 1; i <= 100; i++) {
        snprintf(object, sizeof object, "at %d", i + 1);
        snprintf(version, sizeof version, "%d", i + 1);
        snprintf(replaced, sizeof replaced, "%d", i);
        kc_echo_put(f->echo, KEY, object, version, replaced);
    }
    for (int i = 93; i <= 100; i++) {
        snprintf(replaced, sizeof replaced, "%d", i);
        assert_string_equal(get(f, replaced), "at 101");
    }
    assert_string_equal(get(f, "101"), "cache");
}

#define THREADS 4
#define ROUNDS  2000

struct writer {
    struct kc_echo *echo;
    int id;
    int wrong;
};

/* Each on a key of its own, which all the others' traffic must not disturb, and all on a common one. */
static void *write_and_read(void *arg)
{
    struct writer *w = arg;
    char key[16], object[32], version[16], replaced[16];

    snprintf(key, sizeof key, "shop/%d", w->id);
    for (int i = 0; i < ROUNDS; i++) {
        KC_ARENA_SCOPE(a);
        snprintf(object, sizeof object, "%d at %d", w->id, i + 1);
        snprintf(version, sizeof version, "%d", i + 1);
        snprintf(replaced, sizeof replaced, "%d", i);
        kc_echo_put(w->echo, key, object, version, replaced);
        w->wrong += !KC_STREQ(kc_or(kc_echo_get(w->echo, key, replaced, a), ""), object);
        kc_echo_put(w->echo, "shop/all", object, version, replaced);
        kc_echo_get(w->echo, "shop/all", i % 3 ? replaced : version, a);
        if (i % 5 == 0)
            kc_echo_forget(w->echo, "shop/all");
        if (i % 7 == 0)
            w->wrong += kc_echo_get(w->echo, key, version, a) != NULL;
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    struct writer writers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){.echo = f->echo, .id = i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_written, start, stop),
        cmocka_unit_test_setup_teardown(test_believed_until_the_watch_catches_up, start, stop),
        cmocka_unit_test_setup_teardown(test_several_writes, start, stop),
        cmocka_unit_test_setup_teardown(test_somebody_else_wrote, start, stop),
        cmocka_unit_test_setup_teardown(test_created_again, start, stop),
        cmocka_unit_test_setup_teardown(test_keys_are_apart, start, stop),
        cmocka_unit_test_setup_teardown(test_many_writes, start, stop),
        cmocka_unit_test_setup_teardown(test_threads, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
