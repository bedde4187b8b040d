/* The reflector against a real API server, through a relay that breaks connections. Everything happens in a namespace
 * of its own, on ConfigMaps. */
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
#include "controller/base/text.h"
#include "controller/kube/reflector.h"
#include "tests/integration/c/kube/relay.h"

#define RECOVERY_MS 15000 /* after a fault's end; on an idle machine it takes less than 5 s */
#define SEEN_MS     30000 /* for what nothing hinders */

struct fixture {
    struct kc_http_client *http;
    struct kc_kube *direct; /* past the relay: what other people do */
    struct kc_kube *relayed;
    struct relay *relay;
    char ns[64];
    char path[128];
    char file[64]; /* kubeconfig that leads through the relay */

    struct kc_store *store;
    struct kc_reflector *reflector;
    pthread_mutex_t lock; /* guards what the handler writes */
    struct kc_buf log;    /* "+name~name-name" in order; upper-case letters for initial ones: "A" added, "M", "D" */
    int events;
    struct kc_buf bad;
    struct kc_buf states; /* reasons, "up" */
};

static void die_on(const struct kc_err *err)
{
    if (err->class != KC_NONE)
        fail_msg("%s: %s", err->reason, err->message);
}

static const char *log_name(const struct kc_record *r)
{
    return strrchr(r->key, '/') + 1;
}

static void on_event(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct fixture *f = arg;

    pthread_mutex_lock(&f->lock);
    if (!KC_STREQ(log_name(r), "kube-root-ca.crt")) { /* the controller manager's */
        kc_buf_printf(&f->log, "%c%s ", (initial ? "AMD" : "+~-")[event], log_name(r));
        f->events++;
    }
    pthread_mutex_unlock(&f->lock);
}

static void on_state(void *arg, const struct kc_err *err)
{
    struct fixture *f = arg;

    pthread_mutex_lock(&f->lock);
    kc_buf_printf(&f->states, "%s ", err ? err->reason : "up");
    pthread_mutex_unlock(&f->lock);
}

static void on_bad(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    struct fixture *f = arg;

    (void)ns;
    pthread_mutex_lock(&f->lock);
    kc_buf_printf(&f->bad, "%s:%s ", name, err->reason);
    pthread_mutex_unlock(&f->lock);
}

static void request(struct fixture *f, const char *method, const char *name, const char *value)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    bool create = KC_STREQ(method, "POST"), patch = KC_STREQ(method, "PATCH");
    const char *path = create ? f->path : kc_arena_printf(a, "%s/%s", f->path, name);
    KC_JSON_SCOPE *body = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata",
                                    "name", name, "data", "value", value ? value : "");
    const char *type = create ? "application/json" : "application/merge-patch+json";

    if (!kc_kube_send(f->direct, method, path, NULL, create || patch ? type : NULL, create || patch ? body : NULL, NULL,
                      a, NULL, &err))
        fail_msg("%s %s: %s", method, name, err.message);
}

static char *seen(struct fixture *f)
{
    pthread_mutex_lock(&f->lock);
    char *log = strdup(kc_buf_str(&f->log));
    pthread_mutex_unlock(&f->lock);
    return log;
}

/* Waits until the log ends with what, and returns how long it took. */
static int64_t await(struct fixture *f, const char *what, int64_t within_ms)
{
    int64_t begin = kc_mono_ms();

    for (;;) {
        char *log = seen(f);
        bool there = kc_str_ends(log, what);
        if (!there && kc_mono_ms() - begin > within_ms)
            fail_msg("not seen within %lld ms: %s in: %s; states: %s", (long long)within_ms, what, log,
                     kc_buf_str(&f->states));
        free(log);
        if (there)
            return kc_mono_ms() - begin;
        usleep(5000);
    }
}

static void forget(struct fixture *f)
{
    pthread_mutex_lock(&f->lock);
    kc_buf_clear(&f->log);
    kc_buf_clear(&f->states);
    f->events = 0;
    pthread_mutex_unlock(&f->lock);
}

static void start(struct fixture *f, struct kc_reflector_options o)
{
    o.path = f->path;
    o.on_event = on_event;
    o.on_state = on_state;
    o.on_bad = on_bad;
    o.arg = f;
    f->store = kc_store_create();
    f->reflector = kc_reflector_create(f->relayed, f->store, &o);
}

static void await_sync(struct fixture *f)
{
    for (int64_t end = kc_mono_ms() + SEEN_MS; !kc_reflector_synced(f->reflector);) {
        if (kc_mono_ms() > end)
            fail_msg("not synced; states: %s", kc_buf_str(&f->states));
        usleep(2000);
    }
}

static void await_state(struct fixture *f, const char *what, int64_t within_ms)
{
    for (int64_t end = kc_mono_ms() + within_ms;;) {
        pthread_mutex_lock(&f->lock);
        bool there = strstr(kc_buf_str(&f->states), what) != NULL;
        pthread_mutex_unlock(&f->lock);
        if (there)
            return;
        if (kc_mono_ms() > end)
            fail_msg("state %s not reached: %s", what, kc_buf_str(&f->states));
        usleep(5000);
    }
}

/* The value of a counter's series, 0 when there is none. */
static int metric(const char *series)
{
    KC_BUF_SCOPE text = {0};

    kc_metrics_render(&text);
    const char *at = strstr(kc_buf_str(&text), series);
    return at ? (int)strtol(at + strlen(series), NULL, 10) : 0;
}

#define LISTS "kubechat_lists_total{resource=\"configmaps\"} "

/* A copy of the kubeconfig with another port in every server: line. */
static void write_relayed_config(struct fixture *f, const char *original, uint16_t port)
{
    char line[1 << 16];
    FILE *in = fopen(original, "r");
    snprintf(f->file, sizeof(f->file), "/tmp/kubeconfig-XXXXXX");
    FILE *out = fdopen(mkstemp(f->file), "w");

    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        char *host = strstr(line, "https://127.0.0.1:");
        if (host) {
            char *port_at = host + strlen("https://127.0.0.1:");
            fprintf(out, "%.*s%u%s", (int)(port_at - line), line, (unsigned)port,
                    port_at + strspn(port_at, "0123456789"));
        } else {
            fputs(line, out);
        }
    }
    fclose(in);
    fclose(out);
}

static int set_up_group(void **state)
{
    const char *file = getenv("KUBECONFIG");
    struct kc_err err = {0};

    if (!file) {
        fprintf(stderr, "KUBECONFIG has to name a cluster that may be written to\n");
        return -1;
    }
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    pthread_mutex_init(&f->lock, NULL);
    f->http = kc_http_client_create(&err);
    struct kc_config *config = kc_config_load(file, NULL, &err);
    die_on(&err);
    f->direct = kc_kube_create(f->http, config, NULL);
    const char *port = strrchr(kc_config_server(config), ':');
    f->relay = relay_start((uint16_t)strtol(port + 1, NULL, 10));
    kc_config_unref(config);

    write_relayed_config(f, file, relay_port(f->relay));
    config = kc_config_load(f->file, NULL, &err);
    die_on(&err);
    f->relayed = kc_kube_create(f->http, config, NULL);
    kc_config_unref(config);

    KC_ARENA_SCOPE(a);
    snprintf(f->ns, sizeof(f->ns), "reflector-%d", (int)getpid());
    snprintf(f->path, sizeof(f->path), "/api/v1/namespaces/%s/configmaps", f->ns);
    KC_JSON_SCOPE *body =
        json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "Namespace", "metadata", "name", f->ns);
    if (!kc_kube_send(f->direct, "POST", "/api/v1/namespaces", NULL, "application/json", body, NULL, a, NULL, &err))
        die_on(&err);
    *state = f;
    return 0;
}

static int tear_down_group(void **state)
{
    struct fixture *f = *state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};

    (void)!kc_kube_send(f->direct, "DELETE", kc_arena_printf(a, "/api/v1/namespaces/%s", f->ns), NULL, NULL, NULL, NULL,
                        a, NULL, &err);
    kc_kube_unref(f->direct);
    kc_kube_unref(f->relayed);
    kc_http_client_destroy(f->http);
    relay_stop(f->relay);
    unlink(f->file);
    kc_buf_finish(&f->log);
    kc_buf_finish(&f->states);
    kc_buf_finish(&f->bad);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};

    relay_set(f->relay, RELAY_PASS);
    f->reflector = kc_reflector_destroy(f->reflector);
    f->store = kc_store_destroy(f->store);
    forget(f);
    (void)!kc_kube_send(f->direct, "DELETE", f->path, NULL, NULL, NULL, NULL, a, NULL, &err);
    return 0;
}

static void lists_in_pages_then_follows(void **state)
{
    struct fixture *f = *state;
    char name[16];

    for (int i = 0; i < 23; i++) {
        snprintf(name, sizeof(name), "c%02d", i);
        request(f, "POST", name, "x");
    }
    start(f, (struct kc_reflector_options){.page = 5});
    await_sync(f);
    await(f,
          "Ac00 Ac01 Ac02 Ac03 Ac04 Ac05 Ac06 Ac07 Ac08 Ac09 Ac10 Ac11 Ac12 Ac13 Ac14 Ac15 Ac16 Ac17 Ac18 Ac19 Ac20 "
          "Ac21 Ac22 ",
          0);
    await_state(f, "up ", SEEN_MS);
    assert_true(kc_mono_ms() - kc_reflector_last_contact_ms(f->reflector) < SEEN_MS);

    request(f, "POST", "new", "1");
    request(f, "PATCH", "new", "2 \xe2\x86\x92 \xf0\x9f\x98\x80");
    request(f, "DELETE", "c03", NULL);
    await(f, "+new ~new -c03 ", SEEN_MS);
    KC_BUF_SCOPE key = {0};
    kc_buf_printf(&key, "%s/new", f->ns);
    const struct kc_record *r = kc_store_get(f->store, kc_buf_str(&key));
    assert_non_null(r);
    assert_non_null(strstr(r->data, "\"value\":\"2 \xe2\x86\x92 \xf0\x9f\x98\x80\""));
    kc_record_unref(r);
}

static void a_selector_is_sent(void **state)
{
    struct fixture *f = *state;

    request(f, "POST", "one", "x");
    request(f, "POST", "two", "x");
    start(f, (struct kc_reflector_options){.query = "fieldSelector=metadata.name%3Dtwo"});
    await_sync(f);
    request(f, "PATCH", "one", "y");
    request(f, "PATCH", "two", "y");
    await(f, "~two ", SEEN_MS);
    char *log = seen(f);
    assert_string_equal(log, "Atwo ~two ");
    free(log);
}

/* Cut again and again, the watch resumes where it was: nothing lost, nothing twice, no list. */
static void cuts_lose_and_double_nothing(void **state)
{
    struct fixture *f = *state;
    KC_BUF_SCOPE want = {0};
    char name[16];

    start(f, (struct kc_reflector_options){0});
    await_sync(f);
    await_state(f, "up ", SEEN_MS);
    int lists = metric(LISTS);
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof(name), "k%02d", i);
        request(f, "POST", name, "x");
        kc_buf_printf(&want, "+%s ", name);
        if (i % 10 == 5) {
            usleep(900000);
            relay_cut(f->relay);
        }
        if (i % 20 == 11)
            relay_cut(f->relay); /* and one soon after the other */
    }
    await(f, "+k59 ", RECOVERY_MS);
    char *log = seen(f);
    assert_string_equal(log, kc_buf_str(&want));
    free(log);
    assert_int_equal(metric(LISTS), lists);
}

static void the_server_is_away(void **state)
{
    struct fixture *f = *state;

    request(f, "POST", "old", "x");
    start(f, (struct kc_reflector_options){0});
    await_sync(f);
    await_state(f, "up ", SEEN_MS);
    forget(f);
    relay_set(f->relay, RELAY_AWAY);
    await_state(f, "ConnectionFailed ", SEEN_MS);
    request(f, "POST", "meanwhile", "x");
    request(f, "DELETE", "old", NULL);
    sleep(6);
    relay_set(f->relay, RELAY_PASS);
    int64_t took = await(f, "+meanwhile -old ", RECOVERY_MS);
    await_state(f, "up ", SEEN_MS);
    print_message("away for 6 s: went on after %lld ms\n", (long long)took);
}

static void the_server_is_away_from_the_start(void **state)
{
    struct fixture *f = *state;

    request(f, "POST", "one", "x");
    relay_set(f->relay, RELAY_AWAY);
    usleep(50000);
    start(f, (struct kc_reflector_options){0});
    await_state(f, "ConnectionFailed ", SEEN_MS);
    assert_false(kc_reflector_synced(f->reflector));
    assert_int_equal(kc_reflector_last_contact_ms(f->reflector), 0);
    sleep(2);
    relay_set(f->relay, RELAY_PASS);
    await(f, "Aone ", RECOVERY_MS);
}

/* Nothing is closed, nothing arrives: only silence tells. */
static void a_black_hole(void **state)
{
    struct fixture *f = *state;

    start(f, (struct kc_reflector_options){0});
    await_sync(f);
    await_state(f, "up ", SEEN_MS);
    for (int i = 0; i < 2; i++) { /* ends at different moments of the probing */
        char name[16];
        forget(f);
        relay_set(f->relay, RELAY_SWALLOW);
        usleep(50000); /* the relay's next turn */
        snprintf(name, sizeof(name), "hole%d", i);
        request(f, "POST", name, "x");
        usleep(i ? 13700000 : 20000000);
        char *log = seen(f);
        assert_string_equal(log, "");
        free(log);
        relay_set(f->relay, RELAY_PASS);
        KC_BUF_SCOPE want = {0};
        kc_buf_printf(&want, "+%s ", name);
        int64_t took = await(f, kc_buf_str(&want), RECOVERY_MS);
        print_message("black hole %d: went on after %lld ms, states: %s\n", i, (long long)took, kc_buf_str(&f->states));
    }
}

static void a_black_hole_from_the_start(void **state)
{
    struct fixture *f = *state;

    request(f, "POST", "one", "x");
    relay_cut(f->relay);
    relay_set(f->relay, RELAY_SWALLOW);
    usleep(50000);
    start(f, (struct kc_reflector_options){0});
    sleep(7);
    assert_false(kc_reflector_synced(f->reflector));
    relay_set(f->relay, RELAY_PASS);
    await(f, "Aone ", RECOVERY_MS);
}

/* A quiet watch is probed, not cut. */
static void quiet_is_not_dead(void **state)
{
    struct fixture *f = *state;

    start(f, (struct kc_reflector_options){0});
    await_sync(f);
    await_state(f, "up ", SEEN_MS);
    int silent = metric("kubechat_watch_restarts_total{resource=\"configmaps\",reason=\"silent\"} ");
    int accepted = relay_accepted(f->relay);
    sleep(9);
    assert_int_equal(metric("kubechat_watch_restarts_total{resource=\"configmaps\",reason=\"silent\"} "), silent);
    assert_int_equal(relay_accepted(f->relay), accepted); /* the probes went through the watch's connection */
    assert_true(kc_mono_ms() - kc_reflector_last_contact_ms(f->reflector) < 9000);
    request(f, "POST", "one", "x");
    await(f, "+one ", SEEN_MS);
}

static void a_path_that_does_not_exist_says_so(void **state)
{
    struct fixture *f = *state;
    char path[sizeof(f->path)];

    memcpy(path, f->path, sizeof(path));
    snprintf(f->path, sizeof(f->path), "/apis/example.org/v1/nothings");
    start(f, (struct kc_reflector_options){0});
    memcpy(f->path, path, sizeof(path));
    await_state(f, "NotFound ", SEEN_MS);
    assert_false(kc_reflector_synced(f->reflector));
}

static void post(struct fixture *f, struct kc_arena *a, const char *path, json_t *body, json_t **ret)
{
    struct kc_err err = {0};

    if (!kc_kube_send(f->direct, "POST", path, NULL, "application/json", body, NULL, a, ret, &err))
        fail_msg("%s: %s", path, err.message);
    json_decref(body);
}

/* A token of the namespace's default service account, which may view things there. */
static const char *viewer_token(struct fixture *f, struct kc_arena *a)
{
    json_t *answer;

    post(f, a, kc_arena_printf(a, "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings", f->ns),
         json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "apiVersion",
                   "rbac.authorization.k8s.io/v1", "kind", "RoleBinding", "metadata", "name", "view", "roleRef",
                   "apiGroup", "rbac.authorization.k8s.io", "kind", "ClusterRole", "name", "view", "subjects", "kind",
                   "ServiceAccount", "name", "default", "namespace", f->ns),
         NULL);
    for (int i = 0;; i++) { /* the controller manager makes the account */
        struct kc_err err = {0};
        const char *path = kc_arena_printf(a, "/api/v1/namespaces/%s/serviceaccounts/default/token", f->ns);
        KC_JSON_SCOPE *body =
            json_pack("{s:s, s:s, s:{}}", "apiVersion", "authentication.k8s.io/v1", "kind", "TokenRequest", "spec");
        if (kc_kube_send(f->direct, "POST", path, NULL, "application/json", body, NULL, a, &answer, &err))
            return kc_json_str(answer, "status.token");
        if (i == 300)
            die_on(&err);
        usleep(100000);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/* The token in the file has expired; when somebody puts a new one there, it is taken on the next refusal. */
static void a_refused_token_is_read_again(void **state)
{
    struct fixture *f = *state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *file = kc_arena_printf(a, "%s.bytoken", f->file), *token_file = kc_arena_printf(a, "%s.token", f->file);
    const char *token = viewer_token(f, a);

    request(f, "POST", "one", "x");
    write_file(token_file, "not-a-token");
    write_file(file, kc_arena_printf(a,
                                     "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                                     "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%u', "
                                     "insecure-skip-tls-verify: true}}]\n"
                                     "users: [{name: u, user: {tokenFile: %s}}]\n"
                                     "contexts: [{name: c, context: {cluster: c, user: u}}]\n",
                                     (unsigned)relay_port(f->relay), token_file));
    struct kc_config *config = kc_config_load(file, NULL, &err);
    die_on(&err);
    struct kc_kube *admin = f->relayed;
    f->relayed = kc_kube_create(f->http, config, NULL);
    start(f, (struct kc_reflector_options){0});
    await_state(f, "Unauthorized ", SEEN_MS);
    write_file(token_file, token);
    await(f, "Aone ", SEEN_MS);
    await_state(f, "up ", SEEN_MS);
    f->reflector = kc_reflector_destroy(f->reflector);
    kc_kube_unref(f->relayed);
    kc_config_unref(config);
    f->relayed = admin;
    unlink(file);
    unlink(token_file);
}

static void it_ends_at_any_moment(void **state)
{
    struct fixture *f = *state;

    for (useconds_t us = 0; us < 40000; us += 1500) {
        start(f, (struct kc_reflector_options){0});
        usleep(us);
        f->reflector = kc_reflector_destroy(f->reflector);
        f->store = kc_store_destroy(f->store);
    }
    assert_null(kc_reflector_destroy(NULL));
    start(f, (struct kc_reflector_options){0});
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_teardown(fn, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(lists_in_pages_then_follows),
        CASE(a_selector_is_sent),
        CASE(cuts_lose_and_double_nothing),
        CASE(the_server_is_away),
        CASE(the_server_is_away_from_the_start),
        CASE(a_black_hole),
        CASE(a_black_hole_from_the_start),
        CASE(quiet_is_not_dead),
        CASE(a_path_that_does_not_exist_says_so),
        CASE(a_refused_token_is_read_again),
        CASE(it_ends_at_any_moment),
    };
    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
