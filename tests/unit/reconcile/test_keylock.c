/* One holder a name at a time. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/reconcile/keylock.h"

static void test_one_holder(void **state)
{
    (void)state;
    struct kc_keylock *l = kc_keylock_create();

    assert_true(kc_keylock_try(l, "apps/deployments/shop/web"));
    assert_false(kc_keylock_try(l, "apps/deployments/shop/web"));
    assert_true(kc_keylock_try(l, "apps/deployments/shop/web2"));
    kc_keylock_release(l, "apps/deployments/shop/web");
    assert_true(kc_keylock_try(l, "apps/deployments/shop/web"));
    assert_false(kc_keylock_try(l, "apps/deployments/shop/web2"));
    assert_null(kc_keylock_destroy(l));
}

static void test_release_of_what_is_free(void **state)
{
    (void)state;
    struct kc_keylock *l = kc_keylock_create();

    kc_keylock_release(l, "never taken");
    assert_true(kc_keylock_try(l, "never taken"));
    kc_keylock_destroy(l);
    assert_null(kc_keylock_destroy(NULL));
}

#define THREADS 4
#define NAMES   3
#define ROUNDS  3000

/* Counters that nothing but the lock protects: a second holder would lose counts, and TSan would see it. */
static struct {
    struct kc_keylock *lock;
    long counts[NAMES];
} shared;
static const char *const names[NAMES] = {"a", "b", "c"};

static void *count(void *arg)
{
    long *taken = arg;

    for (int i = 0; i < ROUNDS; i++) {
        int n = i % NAMES;
        while (!kc_keylock_try(shared.lock, names[n]))
            sched_yield();
        long before = shared.counts[n];
        if (i % 16 == 0)
            sched_yield();
        shared.counts[n] = before + 1;
        kc_keylock_release(shared.lock, names[n]);
        ++*taken;
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    long taken[THREADS] = {0}, counted = 0;

    shared.lock = kc_keylock_create();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, &taken[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(taken[i], ROUNDS);
    }
    for (int n = 0; n < NAMES; n++)
        counted += shared.counts[n];
    assert_int_equal(counted, THREADS * ROUNDS);
    kc_keylock_destroy(shared.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_holder),
        cmocka_unit_test(test_release_of_what_is_free),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
