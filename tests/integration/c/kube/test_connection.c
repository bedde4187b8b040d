/* Connections to a real API server that die, stall or are many. A relay stands between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/yaml.h"
#include "controller/kube/client.h"
#include "tests/integration/c/kube/relay.h"

static struct kc_arena *arena;
static struct kc_http_client *http;
static struct kc_kube *kube;
static struct relay *relay;
static char dir[64];

/* $KUBECONFIG with the relay as its server and, if not NULL, a tls-server-name. */
static const char *relayed_config(const char *server_name)
{
    const char *path = kc_arena_printf(arena, "%s/config", dir);
    const char *server = kc_arena_printf(arena, "https://127.0.0.1:%u", relay_port(relay));
    struct kc_err err = {0};
    KC_JSON_SCOPE *documents = kc_yaml_read_file(getenv("KUBECONFIG"), 1 << 20, &err);
    json_t *root = json_array_get(documents, 0), *entry;
    size_t i;
    json_array_foreach(json_object_get(root, "clusters"), i, entry)
    {
        json_t *cluster = json_object_get(entry, "cluster");
        json_object_set_new(cluster, "server", json_string(server));
        if (server_name)
            json_object_set_new(cluster, "tls-server-name", json_string(server_name));
    }
    assert_int_equal(json_dump_file(root, path, 0), 0);
    return path;
}

static int set_up(void **state)
{
    struct kc_err err = {0};
    (void)state;
    arena = kc_arena_create();
    snprintf(dir, sizeof(dir), "%s/kc-relay-XXXXXX", P_tmpdir);
    struct kc_config *direct = kc_config_load(NULL, NULL, &err);
    if (!direct || !mkdtemp(dir)) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    const char *server = kc_config_server(direct);
    relay = relay_start((uint16_t)strtoul(strrchr(server, ':') + 1, NULL, 10));
    struct kc_config *config = kc_config_load(relayed_config(NULL), NULL, &err);
    kc_config_unref(direct);
    return config ? (kc_config_unref(config), 0) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(kc_arena_printf(arena, "%s/config", dir));
    rmdir(dir);
    relay = relay_stop(relay);
    arena = kc_arena_destroy(arena);
    return 0;
}

/* Each test has a client, and so connections, of its own. */
static int connect_anew(void **state)
{
    struct kc_err err = {0};
    (void)state;
    relay_set(relay, RELAY_PASS);
    http = kc_http_client_create(&err);
    struct kc_config *config = kc_config_load(kc_arena_printf(arena, "%s/config", dir), NULL, &err);
    if (!http || !config)
        return -1;
    kube = kc_kube_create(http, config, NULL);
    kc_config_unref(config);
    return kc_kube_get(kube, "/api", NULL, NULL, arena, NULL, &err) ? 0 : -1;
}

static int disconnect(void **state)
{
    (void)state;
    kube = kc_kube_unref(kube);
    http = kc_http_client_destroy(http);
    return 0;
}

static bool get(const char *path, const char *query, int64_t timeout_ms, struct kc_api_response *r, struct kc_err *err)
{
    const struct kc_api_request req = {.method = "GET", .path = path, .query = query};
    const struct kc_call call = {.timeout_ms = timeout_ms};
    *err = (struct kc_err){0};
    return kc_kube_do(kube, &req, &call, arena, r, err);
}

/* The connection opens and takes bytes, and nothing ever comes back. libcurl would use it for the next call, too. */
static void test_dead_connection_is_left(void **state)
{
    struct kc_api_response r;
    struct kc_err err;
    int accepted = relay_accepted(relay);
    (void)state;
    relay_set(relay, RELAY_SWALLOW);
    assert_false(get("/api", NULL, 1500, &r, &err));
    assert_string_equal(err.reason, "Timeout");
    assert_true(r.sent);
    relay_set(relay, RELAY_PASS); /* for new connections only */
    int64_t started = kc_mono_ms();
    if (!get("/api", NULL, 60000, &r, &err))
        fail_msg("%s", err.message);
    assert_in_range(kc_mono_ms() - started, 0, 20000);
    assert_int_equal(relay_accepted(relay), accepted + 1);
}

static void *get_often(void *arg)
{
    int *failed = arg;
    for (int i = 0; i < 40; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        *failed += !kc_kube_get(kube, "/api", NULL, NULL, a, NULL, &err);
        usleep(50000);
    }
    return NULL;
}

/* A call that is merely slow takes nobody else's connection down. */
static void test_live_connection_stays(void **state)
{
    struct kc_api_response r;
    struct kc_err err;
    pthread_t t;
    int failed = 0, accepted = relay_accepted(relay);
    (void)state;
    pthread_create(&t, NULL, get_often, &failed);
    assert_false(get("/api/v1/namespaces/default/events", "watch=1&resourceVersion=9007199254740991", 1500, &r, &err));
    assert_string_equal(err.reason, "Timeout");
    pthread_join(t, NULL);
    assert_int_equal(failed, 0);
    assert_int_equal(relay_accepted(relay), accepted);
}

static atomic_bool was_cut;

/* More than once: the call may begin late. */
static void *cut_soon(void *arg)
{
    while (!atomic_load(&was_cut)) {
        usleep(500000);
        relay_cut(arg);
    }
    return NULL;
}

static void test_cut(void **state)
{
    struct kc_api_response r;
    struct kc_err err;
    pthread_t t;
    (void)state;
    atomic_store(&was_cut, false);
    pthread_create(&t, NULL, cut_soon, relay);
    assert_false(get("/api/v1/namespaces/default/events", "watch=1", 60000, &r, &err));
    atomic_store(&was_cut, true);
    pthread_join(t, NULL);
    assert_string_equal(err.reason, "ConnectionLost");
    assert_true(r.sent);
    assert_true(get("/api", NULL, 60000, &r, &err));
}

static void *come_back_soon(void *arg)
{
    usleep(100000);
    relay_set(arg, RELAY_PASS);
    return NULL;
}

static void test_away(void **state)
{
    struct kc_api_response r;
    struct kc_err err;
    pthread_t t;
    (void)state;
    relay_set(relay, RELAY_AWAY);
    usleep(100000);
    assert_false(get("/api", NULL, 60000, &r, &err));
    assert_string_equal(err.reason, "ConnectionFailed");
    assert_false(r.sent);
    pthread_create(&t, NULL, come_back_soon, relay);
    bool fine = get("/api", NULL, 60000, &r, &err);
    pthread_join(t, NULL);
    if (!fine)
        fail_msg("%s", err.message);
}

struct caller {
    pthread_t thread;
    struct kc_err err;
    bool fine;
};

static void *hold_for_two_seconds(void *arg)
{
    KC_ARENA_SCOPE(a);
    struct caller *c = arg;
    const struct kc_call call = {.timeout_ms = 100000};
    struct kc_api_response r;
    const struct kc_api_request req = {
        .method = "GET", .path = "/api/v1/namespaces/default/events", .query = "watch=1&timeoutSeconds=2"};
    c->fine = kc_kube_do(kube, &req, &call, a, &r, &c->err);
    return NULL;
}

/* The API server takes 100 streams a connection: as many run at a time, the others after them. */
static void test_many_at_once(void **state)
{
    static struct caller callers[200];
    int accepted = relay_accepted(relay);
    int64_t started = kc_mono_ms();
    (void)state;
    for (size_t i = 0; i < 200; i++)
        pthread_create(&callers[i].thread, NULL, hold_for_two_seconds, &callers[i]);
    for (size_t i = 0; i < 200; i++) {
        pthread_join(callers[i].thread, NULL);
        if (!callers[i].fine)
            fail_msg("%zu: %s", i, callers[i].err.message);
    }
    assert_in_range(kc_mono_ms() - started, 3900, 100000);
    assert_int_equal(relay_accepted(relay), accepted);
}

/* Certificate and SNI by another name than the URL's. */
static void test_server_name(void **state)
{
    static const struct {
        const char *name;
        bool fine;
    } cases[] = {{"kubernetes.default.svc", true}, {"elsewhere.example.org", false}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct kc_err err = {0};
        struct kc_config *c = kc_config_load(relayed_config(cases[i].name), NULL, &err);
        if (!c)
            fail_msg("%s", err.message);
        struct kc_kube *k = kc_kube_create(http, c, NULL);
        bool fine = kc_kube_get(k, "/api", NULL, NULL, arena, NULL, &err);
        if (fine != cases[i].fine)
            fail_msg("%s: %s", cases[i].name, err.message);
        if (!fine)
            assert_string_equal(err.reason, "TLS");
        kc_kube_unref(k);
        kc_config_unref(c);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, connect_anew, disconnect)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_dead_connection_is_left),
        CASE(test_live_connection_stays),
        CASE(test_cut),
        CASE(test_away),
        CASE(test_many_at_once),
        CASE(test_server_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
