/* Unary calls on a real API server, whose administrator $KUBECONFIG names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/base/yaml.h"
#include "controller/kube/client.h"
#include "controller/kube/discovery.h"

#define STRS(...)                                                                                                      \
    {                                                                                                                  \
        .v = (const char *[]){__VA_ARGS__}, .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)                \
    }

static struct kc_http_client *http;
static struct kc_kube *admin;
static struct kc_arena *arena;
static char ns[32]; /* of this run */

static const struct kc_call *as(const char *user, struct kc_call *call, struct kc_identity *who)
{
    *who = (struct kc_identity){.username = user};
    *call = (struct kc_call){.as = who};
    return call;
}

static json_t *json(const char *fmt, ...)
{
    struct kc_err err = {0};
    va_list ap;
    va_start(ap, fmt);
    const char *text = kc_arena_vprintf(arena, fmt, ap);
    va_end(ap);
    json_t *v = kc_json_parse_in(arena, text, strlen(text), 4 << 20, "test", &err);
    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static bool post(const char *path, const json_t *body, const struct kc_call *call, json_t **ret, struct kc_err *err)
{
    *err = (struct kc_err){0};
    return kc_kube_send(admin, "POST", path, NULL, NULL, body, call, arena, ret, err);
}

static json_t *must_post(const char *path, const json_t *body)
{
    struct kc_err err;
    json_t *v = NULL;
    if (!post(path, body, NULL, &v, &err))
        fail_msg("POST %s: %s", path, err.message);
    return v;
}

static int set_up(void **state)
{
    struct kc_err err = {0};
    (void)state;
    arena = kc_arena_create();
    http = kc_http_client_create(&err);
    struct kc_config *config = http ? kc_config_load(NULL, NULL, &err) : NULL;
    if (!config) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    static const char *const extras[] = {"example.org/Scopes", NULL};
    const struct kc_kube_options options = {.extras = extras};
    admin = kc_kube_create(http, config, &options);
    kc_config_unref(config);
    char uuid[37];
    snprintf(ns, sizeof(ns), "kube-test-%.8s", kc_uuid(uuid));
    must_post("/api/v1/namespaces", json("{\"metadata\":{\"name\":\"%s\"}}", ns));
    return 0;
}

static int tear_down(void **state)
{
    struct kc_err err = {0};
    (void)state;
    bool fine = kc_kube_send(admin, "DELETE", kc_arena_printf(arena, "/api/v1/namespaces/%s", ns), NULL, NULL, NULL,
                             NULL, arena, NULL, &err);
    admin = kc_kube_unref(admin);
    http = kc_http_client_destroy(http);
    arena = kc_arena_destroy(arena);
    return fine ? 0 : -1;
}

/* What the API server takes us for. */
static const json_t *whoami(struct kc_kube *k, const struct kc_call *call)
{
    struct kc_err err = {0};
    json_t *v;
    const json_t *review = json("{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}");
    if (!kc_kube_send(k, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", NULL, NULL, review, call, arena,
                      &v, &err))
        fail_msg("%s", err.message);
    return kc_json_at(v, "status.userInfo");
}

static bool in_list(const json_t *list, const char *s)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcmp(json_string_value(item), s) == 0)
            return true;
    }
    return false;
}

static void test_impersonation(void **state)
{
    const struct kc_extra extras[] = {{"example.org/Scopes", STRS("view", "edit")}, {"not-listed", STRS("x")}};
    const struct kc_identity ana = {.username = "jos\xc3\xa9@example.org",
                                    .uid = "u-1",
                                    .groups = STRS("dev team", "ops"),
                                    .extras = extras,
                                    .n_extras = 2};
    (void)state;
    const json_t *me = whoami(admin, NULL);
    assert_true(in_list(json_object_get(me, "groups"), "system:authenticated"));

    const struct kc_call call = {.as = &ana};
    const json_t *seen = whoami(admin, &call);
    assert_string_equal(kc_json_str(seen, "username"), ana.username);
    assert_string_equal(kc_json_str(seen, "uid"), "u-1");
    const json_t *groups = json_object_get(seen, "groups");
    assert_int_equal(json_array_size(groups), 3);
    assert_true(in_list(groups, "dev team") && in_list(groups, "ops") && in_list(groups, "system:authenticated"));
    const json_t *extra = json_object_get(seen, "extra");
    assert_int_equal(json_object_size(extra), 1);
    const json_t *scopes = json_object_get(extra, "example.org/Scopes");
    assert_int_equal(json_array_size(scopes), 2);
    assert_true(in_list(scopes, "view") && in_list(scopes, "edit"));

    /* A service account's groups come from the API server. */
    const struct kc_identity robot = {.username = "system:serviceaccount:shop:robot", .groups = STRS("system:masters")};
    const struct kc_call robot_call = {.as = &robot};
    groups = json_object_get(whoami(admin, &robot_call), "groups");
    assert_int_equal(json_array_size(groups), 3);
    assert_true(in_list(groups, "system:serviceaccounts:shop"));
}

static const char *service_account_token(const char *name)
{
    must_post(kc_arena_printf(arena, "/api/v1/namespaces/%s/serviceaccounts", ns),
              json("{\"metadata\":{\"name\":\"%s\"}}", name));
    json_t *v = must_post(kc_arena_printf(arena, "/api/v1/namespaces/%s/serviceaccounts/%s/token", ns, name),
                          json("{\"kind\":\"TokenRequest\",\"apiVersion\":\"authentication.k8s.io/v1\",\"spec\":{}}"));
    return kc_json_str(v, "status.token");
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* $KUBECONFIG's first cluster with another user, given as YAML. */
static struct kc_config *config_of_user(const char *dir, const char *user)
{
    struct kc_err err = {0};
    const char *path = kc_arena_printf(arena, "%s/config", dir), *usual = getenv("KUBECONFIG");
    KC_JSON_SCOPE *documents = usual ? kc_yaml_read_file(usual, 1 << 20, &err) : NULL;
    KC_JSON_SCOPE *users = kc_yaml_parse(user, strlen(user), 65536, "user", &err);
    json_t *root = json_array_get(documents, 0);
    const char *cluster = kc_json_str(json_array_get(json_object_get(root, "clusters"), 0), "name");
    json_object_set_new(root, "users", json_pack("[{s:s, s:O}]", "name", "test", "user", json_array_get(users, 0)));
    json_object_set_new(
        root, "contexts",
        json_pack("[{s:s, s:{s:s, s:s}}]", "name", "test", "context", "cluster", cluster, "user", "test"));
    assert_int_equal(json_dump_file(root, path, 0), 0);
    struct kc_config *c = kc_config_load(path, "test", &err);
    if (!c)
        fail_msg("%s", err.message);
    return c;
}

static void test_tokens(void **state)
{
    char dir[64];
    (void)state;
    snprintf(dir, sizeof(dir), "%s/kc-kube-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(dir));
    const char *token = service_account_token("robot"), *file = kc_arena_printf(arena, "%s/token", dir);
    const char *name = kc_arena_printf(arena, "system:serviceaccount:%s:robot", ns);

    struct kc_config *c = config_of_user(dir, kc_arena_printf(arena, "token: %s", token));
    struct kc_kube *k = kc_kube_create(http, c, NULL);
    assert_string_equal(kc_json_str(whoami(k, NULL), "username"), name);
    kc_kube_unref(k);
    kc_config_unref(c);

    /* A refused token is read again, once. */
    struct kc_err err = {0};
    const char *cached;
    put(file, "stale");
    c = config_of_user(dir, "tokenFile: token");
    k = kc_kube_create(http, c, NULL);
    assert_true(kc_config_token(c, false, arena, &cached, &err));
    assert_string_equal(cached, "stale");
    put(file, token);
    assert_string_equal(kc_json_str(whoami(k, NULL), "username"), name);
    put(file, "wrong");
    assert_true(kc_config_token(c, true, arena, &cached, &err));
    assert_false(kc_kube_get(k, "/api", NULL, NULL, arena, NULL, &err));
    assert_int_equal(err.class, KC_FORBIDDEN);
    assert_int_equal(err.http_status, 401);
    assert_null(strstr(err.message, "wrong"));
    kc_kube_unref(k);
    kc_config_unref(c);

    /* A credential plugin. */
    const char *plugin = kc_arena_printf(arena, "%s/plugin", dir);
    put(plugin, kc_arena_printf(arena,
                                "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
                                "\"status\":{\"token\":\"%s\"}}'\n",
                                token));
    c = config_of_user(
        dir, kc_arena_printf(arena, "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['%s']}",
                             plugin));
    k = kc_kube_create(http, c, NULL);
    assert_string_equal(kc_json_str(whoami(k, NULL), "username"), name);
    kc_kube_unref(k);
    kc_config_unref(c);

    /* The kubeconfig's own impersonation: an ordinary account may not. */
    c = config_of_user(dir, kc_arena_printf(arena, "{token: %s, as: bob, as-groups: [dev]}", token));
    k = kc_kube_create(http, c, NULL);
    err = (struct kc_err){0};
    assert_false(kc_kube_get(k, "/api", NULL, NULL, arena, NULL, &err));
    assert_int_equal(err.class, KC_FORBIDDEN);
    assert_non_null(strstr(err.message, "cannot impersonate"));
    kc_kube_unref(k);
    kc_config_unref(c);
    unlink(file);
    unlink(plugin);
    unlink(kc_arena_printf(arena, "%s/config", dir));
    rmdir(dir);
}

static void expect(struct kc_err *err, enum kc_class class, int status, const char *reason, const char *message)
{
    if (err->class != class || err->http_status != status || strcmp(err->reason, reason) != 0 ||
        !strstr(err->message, message))
        fail_msg("%s %d %s: %s", kc_class_name(err->class), err->http_status, err->reason, err->message);
}

static void test_statuses(void **state)
{
    struct kc_err err = {0};
    struct kc_call call;
    struct kc_identity who;
    const char *maps = kc_arena_printf(arena, "/api/v1/namespaces/%s/configmaps", ns);
    const char *map = kc_arena_printf(arena, "%s/one", maps);
    const json_t *one =
        json("{\"metadata\":{\"name\":\"one\",\"annotations\":{\"nul\":\"a\\u0000b\"}},\"data\":{\"k\":\"v\"}}");
    json_t *v;
    (void)state;
    assert_false(kc_kube_get(admin, map, NULL, NULL, arena, &v, &err));
    expect(&err, KC_NOT_FOUND, 404, "NotFound", "configmaps \"one\" not found");
    assert_false(kc_kube_get(admin, "/apis/nowhere.example.org/v1/things", NULL, NULL, arena, &v, &err));
    expect(&err, KC_NOT_FOUND, 404, "NotFound", "404");
    assert_false(kc_kube_get(admin, map, NULL, as("nobody", &call, &who), arena, &v, &err));
    expect(&err, KC_FORBIDDEN, 403, "Forbidden", "User \"nobody\" cannot get resource \"configmaps\"");

    v = must_post(maps, one);
    assert_int_equal(json_string_length(json_object_get(kc_json_at(v, "metadata.annotations"), "nul")), 3);
    const char *old = kc_json_str(v, "metadata.resourceVersion");
    assert_false(post(maps, one, NULL, &v, &err));
    expect(&err, KC_CONFLICT, 409, "AlreadyExists", "already exists");
    err = (struct kc_err){0};
    assert_true(kc_kube_send(admin, "PATCH", map, NULL, "application/merge-patch+json",
                             json("{\"data\":{\"k\":\"w\"}}"), NULL, arena, &v, &err));
    assert_string_equal(kc_json_str(v, "data.k"), "w");
    assert_false(kc_kube_send(admin, "PUT", map, NULL, NULL,
                              json("{\"metadata\":{\"name\":\"one\",\"resourceVersion\":\"%s\"}}", old), NULL, arena,
                              &v, &err));
    expect(&err, KC_CONFLICT, 409, "Conflict", "the object has been modified");
    assert_false(post(maps, json("{\"metadata\":{\"name\":\"Not A Name\"}}"), NULL, &v, &err));
    expect(&err, KC_INVALID, 422, "Invalid", "metadata.name: Invalid value");
    assert_false(post(maps, json("{\"metadata\":7}"), NULL, &v, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_int_equal(err.http_status, 400);
}

static void test_large_body(void **state)
{
    const size_t size = 900000;
    char *filling = kc_arena_alloc(arena, size + 1);
    struct kc_err err = {0};
    json_t *v;
    (void)state;
    memset(filling, 'x', size);
    must_post(kc_arena_printf(arena, "/api/v1/namespaces/%s/configmaps", ns),
              json("{\"metadata\":{\"name\":\"large\"},\"data\":{\"k\":\"%s\"}}", filling));
    assert_true(kc_kube_get(admin, kc_arena_printf(arena, "/api/v1/namespaces/%s/configmaps/large", ns), NULL, NULL,
                            arena, &v, &err));
    assert_string_equal(kc_json_str(v, "data.k"), filling);
}

static void test_warnings(void **state)
{
    const struct kc_api_request req = {.method = "GET", .path = "/api/v1/componentstatuses"};
    struct kc_api_response r;
    struct kc_err err = {0};
    (void)state;
    assert_true(kc_kube_do(admin, &req, NULL, arena, &r, &err));
    assert_string_equal(r.warnings, "v1 ComponentStatus is deprecated in v1.19+");
}

static const char *watch_path(void)
{
    return kc_arena_printf(arena, "/api/v1/namespaces/%s/events", ns);
}

static void test_timeout(void **state)
{
    const struct kc_api_request req = {.method = "GET", .path = watch_path(), .query = "watch=1"};
    const struct kc_call call = {.timeout_ms = 300};
    struct kc_api_response r;
    struct kc_err err = {0};
    int64_t started = kc_mono_ms();
    (void)state;
    assert_false(kc_kube_do(admin, &req, &call, arena, &r, &err));
    assert_in_range(kc_mono_ms() - started, 290, 30000);
    expect(&err, KC_RETRY, 0, "Timeout", watch_path());
    assert_true(r.sent);
    err = (struct kc_err){0};
    assert_true(kc_kube_get(admin, "/api", NULL, NULL, arena, NULL, &err));
}

static void *cancel_soon(void *arg)
{
    usleep(100000);
    atomic_store((atomic_bool *)arg, true);
    kc_http_client_wake(http);
    return NULL;
}

static void test_cancel(void **state)
{
    atomic_bool cancel = false;
    const struct kc_call call = {.cancel = &cancel};
    struct kc_err err = {0};
    pthread_t t;
    int64_t started = kc_mono_ms();
    (void)state;
    pthread_create(&t, NULL, cancel_soon, &cancel);
    assert_false(kc_kube_get(admin, watch_path(), "watch=1", &call, arena, NULL, &err));
    pthread_join(t, NULL);
    assert_in_range(kc_mono_ms() - started, 90, 30000);
    expect(&err, KC_UNAVAILABLE, 0, "Cancelled", watch_path());
}

/* Holds its caller's only seat for 3 s: the API server waits so long for a resourceVersion that has not come yet. */
static void *hold_seat(void *arg)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    (void)!kc_kube_get(admin, kc_arena_printf(a, "/api/v1/namespaces/%s/configmaps", ns),
                       "resourceVersion=9007199254740991", arg, a, NULL, &err);
    return NULL;
}

static void jail(const char *user)
{
    must_post("/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
              json("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"type\":\"Limited\",\"limited\":{"
                   "\"nominalConcurrencyShares\":0,\"lendablePercent\":0,\"borrowingLimitPercent\":0,"
                   "\"limitResponse\":{\"type\":\"Reject\"}}}}",
                   ns));
    must_post("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
              json("{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"priorityLevelConfiguration\":{\"name\":\"%s\"},"
                   "\"matchingPrecedence\":2,\"rules\":[{\"subjects\":[{\"kind\":\"User\",\"user\":{\"name\":\"%s\"}}],"
                   "\"nonResourceRules\":[{\"verbs\":[\"*\"],\"nonResourceURLs\":[\"*\"]}],"
                   "\"resourceRules\":[{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],\"resources\":[\"*\"],"
                   "\"namespaces\":[\"*\"]}]}]}}",
                   ns, ns, user));
    must_post(kc_arena_printf(arena, "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings", ns),
              json("{\"metadata\":{\"name\":\"jailed\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\","
                   "\"kind\":\"ClusterRole\",\"name\":\"view\"},\"subjects\":[{\"kind\":\"User\",\"name\":\"%s\"}]}",
                   user));
}

static void unjail(void)
{
    static const char *const kinds[] = {"flowschemas", "prioritylevelconfigurations"};
    struct kc_err err = {0};
    for (size_t i = 0; i < 2; i++)
        assert_true(kc_kube_send(admin, "DELETE",
                                 kc_arena_printf(arena, "/apis/flowcontrol.apiserver.k8s.io/v1/%s/%s", kinds[i], ns),
                                 NULL, NULL, NULL, NULL, arena, NULL, &err));
}

/* On a priority level without seats the API server runs one call at a time and answers all others with 429 and
 * Retry-After: 1. */
static void test_throttled(void **state)
{
    struct kc_err err = {0};
    struct kc_call call, holding;
    struct kc_identity who;
    pthread_t holder;
    bool held = false, again = false;
    (void)state;
    as(kc_arena_printf(arena, "%s-jailed", ns), &call, &who);
    holding = call;
    jail(who.username);
    /* Until the server has seen all that, and the seat is held for as long as both calls take. */
    for (int i = 0; i < 30 && !again; i++) {
        pthread_create(&holder, NULL, hold_seat, &holding);
        usleep(150000);
        call.timeout_ms = 900; /* too short for a second try */
        err = (struct kc_err){0};
        held = !kc_kube_get(admin, "/api", NULL, &call, arena, NULL, &err) && KC_STREQ(err.reason, "TooManyRequests");
        if (held) {
            expect(&err, KC_RETRY, 429, "TooManyRequests", "");
            assert_int_equal(err.retry_after_ms, 1000);
            /* With time enough it tries again after each Retry-After; a POST, too, since it was not taken. */
            call.timeout_ms = 2400;
            int64_t started = kc_mono_ms();
            err = (struct kc_err){0};
            again = !kc_kube_send(admin, "POST", "/api", NULL, NULL, json("{}"), &call, arena, NULL, &err) &&
                    KC_STREQ(err.reason, "TooManyRequests") && kc_mono_ms() - started >= 2000;
        }
        pthread_join(holder, NULL);
    }
    assert_true(held);
    if (!again)
        fail_msg("never refused again and again: %s", err.message);
    expect(&err, KC_RETRY, 429, "TooManyRequests", "");
    unjail();
}

/* A watch from before the type existed says 410 in an event. */
static void expect_gone(const char *path)
{
    struct kc_err err = {0};
    json_t *v = NULL;
    for (int i = 0; i < 100 && !v; i++) { /* until the server has set the type up */
        err = (struct kc_err){0};
        if (!kc_kube_get(admin, path, "watch=1&resourceVersion=1&timeoutSeconds=5", NULL, arena, &v, &err))
            usleep(50000);
    }
    if (!v)
        fail_msg("%s", err.message);
    assert_string_equal(kc_json_str(v, "type"), "ERROR");
    char *text = json_dumps(json_object_get(v, "object"), JSON_COMPACT);
    kc_status_fail(&err, 0, text, strlen(text));
    free(text);
    expect(&err, KC_GONE, 410, "Expired", "too old resource version");
}

static void test_discovery(void **state)
{
    struct kc_err err = {0};
    (void)state;
    struct kc_discovery *d = kc_discovery_create(admin);
    assert_null(kc_discovery_get(d));
    if (!kc_discovery_refresh(d, false, &err))
        fail_msg("%s", err.message);
    struct kc_restmap_ref *first = kc_discovery_get(d);
    const struct kc_mapping *m = kc_restmap_find(kc_restmap_of(first), "deploy");
    assert_non_null(m);
    assert_string_equal(m->group, "apps");
    assert_string_equal(m->resource, "deployments");
    assert_true(m->namespaced && m->scalable && m->preferred);
    assert_false(kc_restmap_find(kc_restmap_of(first), "nodes")->namespaced);

    const char *group = kc_arena_printf(arena, "%s.example.org", ns);
    must_post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        json("{\"metadata\":{\"name\":\"widgets.%s\"},\"spec\":{\"group\":\"%s\",\"scope\":\"Namespaced\","
             "\"names\":{\"plural\":\"widgets\",\"kind\":\"Widget\"},\"versions\":[{\"name\":\"v1\",\"served\":true,"
             "\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\"}}}]}}",
             group, group));
    struct kc_restmap_ref *newest = NULL;
    for (int i = 0; i < 100; i++) {
        assert_true(kc_discovery_refresh(d, false, &err)); /* too soon: asks nobody */
        newest = kc_discovery_get(d);
        if (kc_restmap_kind(kc_restmap_of(newest), group, "Widget"))
            break;
        newest = kc_restmap_unref(newest);
        assert_true(kc_discovery_refresh(d, true, &err));
        usleep(50000);
    }
    assert_non_null(newest);
    assert_null(kc_restmap_kind(kc_restmap_of(first), group, "Widget")); /* what is held does not change */
    kc_restmap_unref(first);
    kc_restmap_unref(newest);
    kc_discovery_destroy(d);
    expect_gone(kc_arena_printf(arena, "/apis/%s/v1/widgets", group));
    assert_true(kc_kube_send(
        admin, "DELETE",
        kc_arena_printf(arena, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.%s", group), NULL, NULL,
        NULL, NULL, arena, NULL, &err));
}

static void test_cluster_uid(void **state)
{
    struct kc_err err = {0};
    const char *uid, *again;
    (void)state;
    assert_true(kc_kube_cluster_uid(admin, arena, &uid, &err));
    assert_int_equal(strlen(uid), 36);
    assert_true(kc_kube_cluster_uid(admin, arena, &again, &err));
    assert_string_equal(uid, again);
}

static void test_untrusted_server(void **state)
{
    struct kc_err err = {0};
    struct kc_http_response r;
    (void)state;
    /* The system's certificates do not know the cluster's own authority. */
    struct kc_http_target *t = kc_http_target_create(kc_config_server(kc_kube_config(admin)), NULL, &err);
    const struct kc_http_request req = {.target = t, .method = "GET", .path = "/api"};
    assert_false(kc_http_do(http, &req, arena, &r, &err));
    expect(&err, KC_FORBIDDEN, 0, "TLS", "certificate");
    assert_false(r.sent);
    kc_http_target_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_impersonation), cmocka_unit_test(test_tokens),           cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_large_body),    cmocka_unit_test(test_warnings),         cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_cancel),        cmocka_unit_test(test_throttled),        cmocka_unit_test(test_discovery),
        cmocka_unit_test(test_cluster_uid),   cmocka_unit_test(test_untrusted_server),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
