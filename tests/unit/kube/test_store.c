#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/store.h"

static struct kc_record *record(const char *key, const char *rv, const char *data)
{
    return kc_record_create(key, "uid-1", rv, data, strlen(data) + 1);
}

static void record_copies_everything(void **state)
{
    char key[] = "shop/bump", data[] = "payload";
    struct kc_record *r = kc_record_create(key, "u", "7", data, sizeof(data));

    (void)state;
    memset(key, 'x', sizeof(key) - 1);
    memset(data, 'x', sizeof(data) - 1);
    assert_string_equal(r->key, "shop/bump");
    assert_string_equal(r->uid, "u");
    assert_string_equal(r->resource_version, "7");
    assert_string_equal(r->data, "payload");
    assert_int_equal(r->size, 8);
    assert_int_equal((uintptr_t)r->data % _Alignof(max_align_t), 0);
    assert_null(kc_record_unref(r));
    assert_null(kc_record_unref(NULL));
}

static void record_without_data(void **state)
{
    struct kc_record *r = kc_record_create("node-1", "u", "7", NULL, 0);

    (void)state;
    assert_int_equal(r->size, 0);
    assert_string_equal(r->key, "node-1");
    kc_record_unref(r);
}

static void put_replaces_and_readers_keep_theirs(void **state)
{
    struct kc_store *s = kc_store_create();

    (void)state;
    kc_store_put(s, record("shop/a", "1", "old"));
    const struct kc_record *old = kc_store_get(s, "shop/a");
    kc_store_put(s, record("shop/a", "2", "new"));
    const struct kc_record *new = kc_store_get(s, "shop/a");

    assert_int_equal(kc_store_count(s), 1);
    assert_string_equal(old->data, "old");
    assert_string_equal(new->data, "new");
    assert_true(kc_store_remove(s, "shop/a"));
    assert_false(kc_store_remove(s, "shop/a"));
    assert_null(kc_store_get(s, "shop/a"));
    kc_store_destroy(s);
    assert_string_equal(new->data, "new"); /* references outlive the store */
    kc_record_unref(old);
    kc_record_unref(new);
}

static void list_takes_references(void **state)
{
    struct kc_store *s = kc_store_create();
    char key[32];
    size_t n;

    (void)state;
    free(kc_store_list(s, &n));
    assert_int_equal(n, 0);
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof(key), "ns/%d", i);
        kc_store_put(s, record(key, "1", key));
    }
    const struct kc_record **all = kc_store_list(s, &n);
    kc_store_destroy(s);
    assert_int_equal(n, 300);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(all[i]->data, all[i]->key);
        kc_record_unref(all[i]);
    }
    free(all);
}

static void a_namespace_is_sorted_and_apart(void **state)
{
    static const char *const keys[] = {"shop/m", "shop/a", "shop-2/x", "node-1", "shop/z", "sho/y", "shop/b"};
    struct kc_store *s = kc_store_create();

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        kc_store_put(s, record(keys[i], "1", ""));
    const struct kc_snapshot *shop = kc_store_snapshot(s, "shop"), *none = kc_store_snapshot(s, "shopp"),
                             *cluster = kc_store_snapshot(s, "");
    static const char *const sorted[] = {"a", "b", "m", "z"};
    assert_int_equal(shop->n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(shop->v[i]->name, sorted[i]);
    assert_string_equal(kc_snapshot_find(shop, "m")->key, "shop/m");
    assert_null(kc_snapshot_find(shop, "x"));
    assert_null(kc_snapshot_find(none, "a"));
    assert_int_equal(none->n, 0);
    assert_int_equal(cluster->n, 1);
    assert_string_equal(cluster->v[0]->name, "node-1");

    char **namespaces = kc_store_namespaces(s);
    static const char *const all[] = {"", "sho", "shop", "shop-2"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(namespaces[i], all[i]);
        free(namespaces[i]);
    }
    assert_null(namespaces[4]);
    free(namespaces);
    assert_true(kc_store_remove(s, "sho/y"));
    assert_null(kc_store_get(s, "sho/y"));
    assert_int_equal(kc_store_count(s), 6);
    kc_snapshot_unref(shop);
    kc_snapshot_unref(none);
    kc_snapshot_unref(cluster);
    kc_store_destroy(s);
}

static void a_snapshot_stays_as_it_is(void **state)
{
    struct kc_store *s = kc_store_create();

    (void)state;
    kc_store_put(s, record("shop/a", "1", "old"));
    kc_store_put(s, record("shop/b", "1", "b"));
    const struct kc_snapshot *before = kc_store_snapshot(s, "shop");
    kc_store_put(s, record("shop/a", "2", "new"));
    kc_store_put(s, record("shop/0", "3", "first"));
    assert_true(kc_store_remove(s, "shop/b"));
    const struct kc_snapshot *after = kc_store_snapshot(s, "shop");
    kc_store_destroy(s);
    assert_int_equal(before->n, 2);
    assert_string_equal(before->v[0]->data, "old");
    assert_string_equal(before->v[1]->data, "b");
    assert_int_equal(after->n, 2);
    assert_string_equal(after->v[0]->data, "first");
    assert_string_equal(after->v[1]->data, "new");
    assert_null(kc_snapshot_unref(before));
    assert_null(kc_snapshot_unref(after));
    assert_null(kc_snapshot_unref(NULL));
}

static void what_a_list_did_not_show_is_stale(void **state)
{
    struct kc_store *s = kc_store_create();
    size_t n;

    (void)state;
    kc_store_begin_list(s);
    kc_store_put(s, record("shop/a", "1", ""));
    kc_store_put(s, record("shop/b", "1", ""));
    kc_store_put(s, record("shop/c", "1", ""));
    kc_store_begin_list(s);
    kc_store_seen(s, "shop/c");
    kc_store_seen(s, "shop/none");
    kc_store_put(s, record("shop/b", "2", ""));
    const struct kc_record **stale = kc_store_stale(s, &n);
    assert_int_equal(n, 1);
    assert_string_equal(stale[0]->key, "shop/a");
    kc_record_unref(stale[0]);
    free(stale);
    kc_store_destroy(s);
}

static int released;

static void count_release(void *data)
{
    assert_string_equal(data, "payload");
    released++;
}

static void release_is_called_once(void **state)
{
    void *data;
    struct kc_record *r = kc_record_alloc("shop/a", "u", "1", 8, count_release, &data);

    (void)state;
    memcpy(data, "payload", 8);
    assert_ptr_equal(r->data, data);
    kc_record_ref(r);
    kc_record_unref(r);
    assert_int_equal(released, 0);
    kc_record_unref(r);
    assert_int_equal(released, 1);
}

struct race {
    struct kc_store *store;
    atomic_bool end;
    atomic_int torn;
};

static void *read_always(void *arg)
{
    struct race *race = arg;

    while (!atomic_load(&race->end)) {
        const struct kc_record *r = kc_store_get(race->store, "shop/a");
        if (r && strcmp(r->data, r->resource_version) != 0)
            atomic_fetch_add(&race->torn, 1);
        kc_record_unref(r);
        const struct kc_snapshot *s = kc_store_snapshot(race->store, "shop");
        for (size_t i = 0; i < s->n; i++)
            if (strcmp(s->v[i]->data, s->v[i]->resource_version) != 0)
                atomic_fetch_add(&race->torn, 1);
        kc_snapshot_unref(s);
    }
    return NULL;
}

static void readers_race_with_the_writer(void **state)
{
    struct race race = {.store = kc_store_create()};
    pthread_t readers[4];
    char rv[32];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_always, &race), 0);
    for (int i = 0; i < 20000; i++) {
        snprintf(rv, sizeof(rv), "%d", i);
        kc_store_put(race.store, record("shop/a", rv, rv));
        kc_store_put(race.store, record(i % 3 ? "shop/b" : "shop/c", rv, rv));
        if (i % 7 == 0)
            kc_store_remove(race.store, "shop/a");
    }
    atomic_store(&race.end, true);
    for (size_t i = 0; i < 4; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&race.torn), 0);
    kc_store_destroy(race.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_copies_everything),
        cmocka_unit_test(record_without_data),
        cmocka_unit_test(put_replaces_and_readers_keep_theirs),
        cmocka_unit_test(list_takes_references),
        cmocka_unit_test(a_namespace_is_sorted_and_apart),
        cmocka_unit_test(a_snapshot_stays_as_it_is),
        cmocka_unit_test(what_a_list_did_not_show_is_stale),
        cmocka_unit_test(release_is_called_once),
        cmocka_unit_test(readers_race_with_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
