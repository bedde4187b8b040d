#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "controller/runtime/pool.h"

#define PIECES 200

struct job {
    int done[PIECES]; /* each written by whoever has the piece */
    atomic_int at_once, most;
    int sleep_us;
};

static void piece(void *arg, size_t i)
{
    struct job *j = arg;
    int now = atomic_fetch_add(&j->at_once, 1) + 1, most = atomic_load(&j->most);

    while (now > most && !atomic_compare_exchange_weak(&j->most, &most, now))
        ;
    if (j->sleep_us)
        usleep((useconds_t)j->sleep_us);
    j->done[i]++;
    atomic_fetch_sub(&j->at_once, 1);
}

static int not_once(const struct job *j, size_t n)
{
    int wrong = 0;

    for (size_t i = 0; i < PIECES; i++)
        wrong += j->done[i] != (i < n);
    return wrong;
}

static struct kc_pool *pool(size_t n)
{
    struct kc_err err = {0};
    struct kc_pool *p = kc_pool_create(n, &err);

    assert_non_null(p);
    return p;
}

static void each_piece_runs_once(void **state)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, PIECES};
    struct kc_pool *p = pool(4);
    (void)state;

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct job j = {0};
        kc_pool_run(p, counts[i], piece, &j);
        assert_int_equal(not_once(&j, counts[i]), 0);
    }
    kc_pool_destroy(p);
}

static void without_a_pool_one_after_the_other(void **state)
{
    struct job j = {0};
    (void)state;

    kc_pool_run(NULL, PIECES, piece, &j);
    assert_int_equal(not_once(&j, PIECES), 0);
    assert_int_equal(atomic_load(&j.most), 1);
}

static void pieces_run_at_once_but_no_more_than_threads(void **state)
{
    struct kc_pool *p = pool(3);
    struct job j = {.sleep_us = 2000};
    (void)state;

    kc_pool_run(p, 40, piece, &j);
    assert_in_range(atomic_load(&j.most), 2, 4); /* three and the caller */
    assert_int_equal(not_once(&j, 40), 0);
    kc_pool_destroy(p);
}

static void *call(void *arg)
{
    void **both = arg;
    struct job *j = both[1];

    for (int round = 0; round < 20; round++) {
        *j = (struct job){.sleep_us = round % 3 * 50};
        kc_pool_run(both[0], 17, piece, j);
        if (not_once(j, 17))
            return arg;
    }
    return NULL;
}

static void callers_share_it(void **state)
{
    enum { CALLERS = 6 };
    static struct job jobs[CALLERS];
    struct kc_pool *p = pool(2);
    pthread_t threads[CALLERS];
    void *args[CALLERS][2], *wrong;
    (void)state;

    for (int i = 0; i < CALLERS; i++) {
        args[i][0] = p;
        args[i][1] = &jobs[i];
        assert_int_equal(pthread_create(&threads[i], NULL, call, args[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    kc_pool_destroy(p);
    assert_null(kc_pool_destroy(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_runs_once),
        cmocka_unit_test(without_a_pool_one_after_the_other),
        cmocka_unit_test(pieces_run_at_once_but_no_more_than_threads),
        cmocka_unit_test(callers_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
