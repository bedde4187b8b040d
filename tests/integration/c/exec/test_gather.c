/* Gathering from the fleet against a real API server: it says what lists say, and to each person only what that person
 * may list. Runs on the seeded namespaces shop and payments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/exec/gather.h"

#define SYNC_MS 60000
#define SEEN_MS 30000

struct fixture {
    struct kc_http_client *http;
    struct kc_cluster cluster;
    struct kc_restmap_ref *types;
};

static void must(bool ok, const struct kc_err *err)
{
    if (!ok)
        fail_msg("%s: %s", err->reason, err->message);
}

static int set_up_group(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct kc_err err = {0};

    if (!getenv("KUBECONFIG")) {
        fprintf(stderr, "KUBECONFIG has to name a seeded cluster that may be written to\n");
        return -1;
    }
    struct kc_config *config = kc_config_load(NULL, NULL, &err);
    must(config != NULL, &err);
    f->http = kc_http_client_create(&err);
    struct kc_kube *kube = kc_kube_create(f->http, config, &(struct kc_kube_options){0});
    kc_config_unref(config);
    f->cluster = (struct kc_cluster){.name = "test",
                                     .kube = kube,
                                     .discovery = kc_discovery_create(kube),
                                     .fleet = kc_fleet_create(kube, NULL),
                                     .rights = kc_rights_create()};
    must(kc_discovery_refresh(f->cluster.discovery, true, &err), &err);
    f->types = kc_discovery_get(f->cluster.discovery);
    for (int64_t until = kc_mono_ms() + SYNC_MS; !kc_fleet_synced(f->cluster.fleet); usleep(10000))
        assert_true(kc_mono_ms() < until);
    *state = f;
    return 0;
}

static int tear_down_group(void **state)
{
    struct fixture *f = *state;

    kc_fleet_destroy(f->cluster.fleet);
    kc_rights_destroy(f->cluster.rights);
    kc_restmap_unref(f->types);
    kc_discovery_destroy(f->cluster.discovery);
    kc_kube_unref(f->cluster.kube);
    kc_http_client_destroy(f->http);
    free(f);
    return 0;
}

static bool gather(struct fixture *f, const struct kc_cluster *c, const char *user, const char *ns,
                   enum kc_listing listing, struct kc_arena *a, struct kc_inventory *ret, struct kc_err *err)
{
    const struct kc_identity who = {.username = user};
    const struct kc_strs namespaces = {&ns, 1};

    return kc_gather(c, kc_restmap_of(f->types), &who, &namespaces, listing, a, ret, err);
}

static const struct kc_object *find(const struct kc_inventory *inv, const char *kind, const char *ns, const char *name)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].mapping->kind, kind) && KC_STREQ(inv->v[i].ns, ns) && KC_STREQ(inv->v[i].name, name))
            return &inv->v[i];
    return NULL;
}

static size_t count(const struct kc_inventory *inv, const char *kind)
{
    size_t n = 0;

    for (size_t i = 0; i < inv->n; i++)
        n += KC_STREQ(inv->v[i].mapping->kind, kind);
    return n;
}

static void expect_same(const struct kc_object *o, const struct kc_object *want)
{
    assert_ptr_equal(o->mapping, want->mapping);
    assert_string_equal(o->uid, want->uid);
    assert_string_equal(o->owner_kind, want->owner_kind);
    assert_string_equal(o->owner_name, want->owner_name);
    assert_string_equal(o->status, want->status);
    assert_string_equal(o->node, want->node);
    assert_int_equal(o->replicas, want->replicas);
    assert_int_equal(o->ready, want->ready);
    assert_int_equal(o->restarts, want->restarts);
    assert_int_equal(o->unschedulable, want->unschedulable);
    assert_int_equal(o->paused, want->paused);
    assert_int_equal(o->created_ms, want->created_ms);
    assert_int_equal(o->n_containers, want->n_containers);
    for (size_t i = 0; i < want->n_containers; i++) {
        assert_string_equal(o->containers[i].name, want->containers[i].name);
        assert_string_equal(o->containers[i].image, want->containers[i].image);
    }
    assert_int_equal(o->n_labels, want->n_labels);
    for (size_t i = 0; i < want->n_labels; i++)
        assert_string_equal(kc_label_get(o->labels, o->n_labels, want->labels[i].key), want->labels[i].value);
}

/* The same objects from the fleet's protobuf and from lists in JSON, read by kc_inventory_add. */
static void it_says_what_lists_say(void **state)
{
    struct fixture *f = *state;
    KC_ARENA_SCOPE(a);
    struct kc_inventory inv, lists = {.restmap = kc_restmap_of(f->types)};
    struct kc_err err = {0};

    must(gather(f, &f->cluster, "", "shop", KC_LIST_CACHED, a, &inv, &err), &err);
    for (size_t i = 0; i < kc_n_kinds; i++) {
        const struct kc_mapping *m = kc_restmap_kind(lists.restmap, kc_kinds[i].group, kc_kinds[i].kind);
        json_t *list;
        assert_non_null(m);
        must(kc_kube_get(f->cluster.kube, kc_resource_path(a, m, m->namespaced ? "shop" : NULL, NULL, NULL), NULL, NULL,
                         a, &list, &err),
             &err);
        if (kc_kinds[i].metadata_only) {
            size_t at;
            json_t *item;
            json_array_foreach(kc_json_at(list, "items"), at, item) json_object_del(item, "data");
        }
        must(kc_inventory_add(a, &lists, list, m, &err), &err);
    }
    assert_true(lists.n > 20);
    assert_true(count(&lists, "Pod") > 2 && count(&lists, "Node") > 2 && count(&lists, "ConfigMap") > 0);
    for (size_t i = 0; i < lists.n; i++) {
        const struct kc_object *o = find(&inv, lists.v[i].mapping->kind, lists.v[i].ns, lists.v[i].name);
        if (!o)
            fail_msg("%s %s/%s is missing", lists.v[i].mapping->kind, lists.v[i].ns, lists.v[i].name);
        expect_same(o, &lists.v[i]);
    }
    for (size_t i = 0; i < inv.n; i++)
        if (kc_kind_find(inv.v[i].mapping->group, inv.v[i].mapping->resource) &&
            !find(&lists, inv.v[i].mapping->kind, inv.v[i].ns, inv.v[i].name))
            fail_msg("%s %s/%s should not be there", inv.v[i].mapping->kind, inv.v[i].ns, inv.v[i].name);
}

/* Without a fleet, and for a current list, everything is listed as the requester: the same again. */
static void it_is_the_same_without_a_fleet(void **state)
{
    struct fixture *f = *state;
    struct kc_cluster bare = f->cluster;
    KC_ARENA_SCOPE(a);
    struct kc_inventory inv, listed, current;
    struct kc_err err = {0};

    bare.fleet = NULL;
    must(gather(f, &f->cluster, "", "payments", KC_LIST_CACHED, a, &inv, &err), &err);
    must(gather(f, &bare, "", "payments", KC_LIST_CACHED, a, &listed, &err), &err);
    must(gather(f, &f->cluster, "", "payments", KC_LIST_CURRENT, a, &current, &err), &err);
    assert_int_equal(listed.n, inv.n);
    assert_int_equal(current.n, inv.n);
    for (size_t i = 0; i < inv.n; i++) {
        const char *kind = inv.v[i].mapping->kind, *ns = inv.v[i].ns, *name = inv.v[i].name;
        const struct kc_object *o = find(&listed, kind, ns, name), *c = find(&current, kind, ns, name);
        assert_non_null(o);
        assert_non_null(c);
        expect_same(o, &inv.v[i]);
        expect_same(c, &inv.v[i]);
    }
}

#define RBAC "/apis/rbac.authorization.k8s.io/v1/"

static void post(struct fixture *f, const char *path, json_t *body)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *owned = body;
    struct kc_err err = {0};

    if (!kc_kube_send(f->cluster.kube, "POST", path, NULL, "application/json", owned, NULL, a, NULL, &err) &&
        err.class != KC_CONFLICT)
        must(false, &err);
}

static void drop(struct fixture *f, const char *path)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};

    (void)!kc_kube_send(f->cluster.kube, "DELETE", path, NULL, NULL, NULL, NULL, a, NULL, &err);
}

/* Lets user list deployments in shop; one deployment of payments by name, which is no right to a list. */
static void grant(struct fixture *f, const char *user)
{
    post(f, RBAC "namespaces/shop/roles",
         json_pack("{s:{s:s}, s:[{s:[s], s:[s], s:[s, s]}]}", "metadata", "name", "gather-test", "rules", "apiGroups",
                   "apps", "resources", "deployments", "verbs", "get", "list"));
    post(f, RBAC "namespaces/payments/roles",
         json_pack("{s:{s:s}, s:[{s:[s], s:[s], s:[s], s:[s]}]}", "metadata", "name", "gather-test", "rules",
                   "apiGroups", "apps", "resources", "deployments", "resourceNames", "ledger", "verbs", "list"));
    static const char *const namespaces[] = {"shop", "payments"};
    for (size_t i = 0; i < 2; i++) {
        KC_ARENA_SCOPE(a);
        post(f, kc_arena_printf(a, RBAC "namespaces/%s/rolebindings", namespaces[i]),
             json_pack("{s:{s:s}, s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "metadata", "name", "gather-test",
                       "roleRef", "apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", "gather-test",
                       "subjects", "kind", "User", "apiGroup", "rbac.authorization.k8s.io", "name", user));
    }
}

static void take_away(struct fixture *f)
{
    drop(f, RBAC "namespaces/shop/roles/gather-test");
    drop(f, RBAC "namespaces/payments/roles/gather-test");
    drop(f, RBAC "namespaces/shop/rolebindings/gather-test");
    drop(f, RBAC "namespaces/payments/rolebindings/gather-test");
}

static void only_what_the_requester_may_list(void **state)
{
    static const char user[] = "gather-test@example.com";
    struct fixture *f = *state;
    struct kc_cluster forgetful = f->cluster;
    KC_ARENA_SCOPE(a);
    struct kc_inventory inv;
    struct kc_err err = {0};
    bool granted = false;

    forgetful.rights = NULL;
    grant(f, user);
    for (int64_t until = kc_mono_ms() + SEEN_MS; !granted && kc_mono_ms() < until; usleep(20000))
        granted = gather(f, &forgetful, user, "shop", KC_LIST_CACHED, a, &inv, &err);
    must(granted, &err);
    assert_true(count(&inv, "Deployment") > 1);
    assert_int_equal(count(&inv, "Deployment"), inv.n); /* and nothing else, no nodes, no namespaces */

    /* Nothing in payments, in the API server's words. */
    assert_false(gather(f, &f->cluster, user, "payments", KC_LIST_CACHED, a, &inv, &err));
    assert_int_equal(err.class, KC_FORBIDDEN);
    assert_non_null(strstr(err.message, "User \"gather-test@example.com\" cannot list resource"));

    /* What was remembered is good for ten seconds, and for nobody else. */
    must(gather(f, &f->cluster, user, "shop", KC_LIST_CACHED, a, &inv, &err), &err);
    take_away(f);
    must(gather(f, &f->cluster, user, "shop", KC_LIST_CACHED, a, &inv, &err), &err);
    assert_false(gather(f, &f->cluster, "somebody-else@example.com", "shop", KC_LIST_CACHED, a, &inv, &err));
    for (int64_t until = kc_mono_ms() + SEEN_MS; granted && kc_mono_ms() < until; usleep(20000))
        granted = gather(f, &forgetful, user, "shop", KC_LIST_CACHED, a, &inv, &err);
    assert_false(granted);
}

static void a_namespace_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    KC_ARENA_SCOPE(a);
    struct kc_inventory inv;
    struct kc_err err = {0};

    assert_false(gather(f, &f->cluster, "", "no-such-namespace", KC_LIST_CACHED, a, &inv, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_non_null(strstr(err.message, "no-such-namespace"));
}

static void changes_arrive(void **state)
{
    struct fixture *f = *state;
    const struct kc_kind *k = kc_kind_find("", "configmaps");
    const struct kc_record *r = NULL;

    drop(f, "/api/v1/namespaces/shop/configmaps/gather-test");
    post(f, "/api/v1/namespaces/shop/configmaps",
         json_pack("{s:{s:s, s:{s:s}}, s:{s:s}}", "metadata", "name", "gather-test", "labels", "colour", "red", "data",
                   "key", "value"));
    for (int64_t until = kc_mono_ms() + SEEN_MS; !r && kc_mono_ms() < until; usleep(5000))
        r = kc_fleet_get(f->cluster.fleet, k, "shop", "gather-test");
    assert_non_null(r);
    assert_string_equal(kc_label_get(kc_item_of(r)->labels, kc_item_of(r)->n_labels, "colour"), "red");
    kc_record_unref(r);
    drop(f, "/api/v1/namespaces/shop/configmaps/gather-test");
    for (int64_t until = kc_mono_ms() + SEEN_MS; r && kc_mono_ms() < until; usleep(5000))
        kc_record_unref(r = kc_fleet_get(f->cluster.fleet, k, "shop", "gather-test"));
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_lists_say),
        cmocka_unit_test(it_is_the_same_without_a_fleet),
        cmocka_unit_test(only_what_the_requester_may_list),
        cmocka_unit_test(a_namespace_that_is_not_there),
        cmocka_unit_test(changes_arrive),
    };
    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
