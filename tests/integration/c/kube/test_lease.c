/* Leader election on a real API server. One of two candidates reaches it through a relay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "controller/base/yaml.h"
#include "controller/kube/client.h"
#include "controller/kube/lease.h"
#include "controller/kube/lease_record.h"
#include "tests/integration/c/kube/relay.h"

/* Short ones, and long enough for a busy machine: the ratios are those of the defaults. */
static const struct kc_lease_times times = {.duration_ms = 6000, .renew_deadline_ms = 4000, .retry_ms = 800};

#define SOON_MS 30000 /* for what nothing hinders */

static struct kc_arena *arena;
static struct kc_http_client *http;
static struct kc_config *direct, *relayed;
static struct kc_kube *admin;
static struct relay *relay;
static char dir[64], name[64];

static struct kc_config *relayed_config(struct kc_err *err)
{
    const char *path = kc_arena_printf(arena, "%s/config", dir);
    KC_JSON_SCOPE *documents = kc_yaml_read_file(getenv("KUBECONFIG"), 1 << 20, err);
    json_t *root = json_array_get(documents, 0), *entry;
    size_t i;

    json_array_foreach(json_object_get(root, "clusters"), i, entry)
    {
        json_object_set_new(json_object_get(entry, "cluster"), "server",
                            json_string(kc_arena_printf(arena, "https://127.0.0.1:%u", relay_port(relay))));
    }
    assert_int_equal(json_dump_file(root, path, 0), 0);
    struct kc_config *c = kc_config_load(path, NULL, err);
    unlink(path);
    return c;
}

static int set_up(void **state)
{
    struct kc_err err = {0};
    (void)state;
    arena = kc_arena_create();
    snprintf(dir, sizeof(dir), "%s/kc-lease-XXXXXX", P_tmpdir);
    if (!mkdtemp(dir) || !(http = kc_http_client_create(&err)) || !(direct = kc_config_load(NULL, NULL, &err))) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    relay = relay_start((uint16_t)strtoul(strrchr(kc_config_server(direct), ':') + 1, NULL, 10));
    relayed = relayed_config(&err);
    admin = kc_kube_create(http, direct, NULL);
    return relayed ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    kc_kube_unref(admin);
    kc_config_unref(relayed);
    kc_config_unref(direct);
    relay_stop(relay);
    kc_http_client_destroy(http);
    kc_arena_destroy(arena);
    rmdir(dir);
    return 0;
}

static const char *lease_path(void)
{
    return kc_arena_printf(arena, "/apis/coordination.k8s.io/v1/namespaces/default/leases/%s", name);
}

static int new_name(void **state)
{
    char id[37];
    (void)state;
    snprintf(name, sizeof(name), "test-%s", kc_uuid(id));
    relay_set(relay, RELAY_PASS);
    return 0;
}

static int delete_lease(void **state)
{
    struct kc_err err = {0};
    (void)state;
    (void)!kc_kube_send(admin, "DELETE", lease_path(), NULL, NULL, NULL, NULL, arena, NULL, &err);
    return 0;
}

static json_t *get_lease(void)
{
    struct kc_err err = {0};
    json_t *v = NULL;

    if (!kc_kube_get(admin, lease_path(), NULL, NULL, arena, &v, &err))
        fail_msg("%s", err.message);
    return v;
}

static void patch_lease(const char *patch)
{
    struct kc_err err = {0};
    KC_JSON_SCOPE *body = json_loads(patch, 0, NULL);

    if (!kc_kube_send(admin, "PATCH", lease_path(), NULL, "application/merge-patch+json", body, NULL, arena, NULL,
                      &err))
        fail_msg("%s", err.message);
}

/* One candidate that leads again and again until it is closed. */
struct candidate {
    struct kc_lease *lease;
    pthread_t thread;
    atomic_int terms;            /* begun */
    atomic_bool leads;           /* its work runs */
    _Atomic int64_t began, lost; /* kc_boot_ms of the last one */
    struct kc_err why;           /* the last term was lost; read when leads is false */
    bool started;
};

static atomic_int leaders; /* of candidates that work now */
static atomic_bool two_led;

static void *lead(void *arg)
{
    struct candidate *c = arg;

    while (kc_lease_acquire(c->lease)) {
        if (atomic_fetch_add(&leaders, 1) > 0)
            atomic_store(&two_led, true);
        atomic_store(&c->began, kc_boot_ms());
        atomic_fetch_add(&c->terms, 1);
        atomic_store(&c->leads, true);
        bool lost = kc_lease_await_loss(c->lease, &c->why);
        atomic_store(&c->lost, kc_boot_ms());
        atomic_fetch_sub(&leaders, 1);
        atomic_store(&c->leads, false);
        kc_lease_release(c->lease);
        if (!lost)
            break;
    }
    return NULL;
}

static void start(struct candidate *c, struct kc_config *config, const char *identity)
{
    struct kc_lease_options o = {.config = config, .ns = "default", .name = name, .identity = identity, .times = times};
    struct kc_err err = {0};

    *c = (struct candidate){.started = true};
    c->lease = kc_lease_start(&o, &err);
    if (!c->lease)
        fail_msg("%s", err.message);
    pthread_create(&c->thread, NULL, lead, c);
}

/* Returns how long it took. */
static int64_t stop(struct candidate *c)
{
    int64_t began = kc_mono_ms();

    kc_lease_close(c->lease);
    pthread_join(c->thread, NULL);
    kc_lease_destroy(c->lease);
    return kc_mono_ms() - began;
}

static bool leads_within(struct candidate *c, bool leads, int64_t ms)
{
    int64_t end = kc_mono_ms() + ms;

    while (atomic_load(&c->leads) != leads && kc_mono_ms() < end)
        usleep(2000);
    return atomic_load(&c->leads) == leads;
}

static void test_handed_over(void **state)
{
    struct candidate a, b;
    (void)state;
    start(&a, direct, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    assert_true(kc_lease_leading(a.lease));
    assert_in_range(kc_lease_deadline_ms(a.lease) - kc_boot_ms(), 1, times.renew_deadline_ms);
    start(&b, direct, "b");
    usleep((useconds_t)(times.duration_ms + 1000) * 1000); /* longer than a Lease that nobody renews lives */
    assert_true(atomic_load(&a.leads));
    assert_int_equal(atomic_load(&a.terms), 1);
    assert_false(atomic_load(&b.leads));
    assert_false(kc_lease_leading(b.lease));
    assert_int_equal(kc_lease_deadline_ms(b.lease), 0);
    assert_string_equal(kc_lease_record_read(get_lease()).holder, "a");
    stop(&a);
    assert_true(leads_within(&b, true, times.duration_ms - 1000)); /* and not the Lease's duration */
    struct kc_lease_record r = kc_lease_record_read(get_lease());
    assert_string_equal(r.holder, "b");
    assert_int_equal(r.transitions, 1);
    assert_int_equal(r.duration_ms, times.duration_ms);
    stop(&b);
    assert_string_equal(kc_lease_record_read(get_lease()).holder, "");
}

/* Cut off, the leader stops by its own clock, and only then another one begins. */
static void test_cut_off(void **state)
{
    struct candidate a, b;
    (void)state;
    start(&a, relayed, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    start(&b, direct, "b");
    relay_set(relay, RELAY_SWALLOW);
    int64_t cut = kc_boot_ms();
    assert_true(leads_within(&a, false, SOON_MS));
    /* From the last renewal on, and before anybody else may begin. */
    assert_in_range(atomic_load(&a.lost) - cut, times.renew_deadline_ms / 2, times.duration_ms);
    assert_false(kc_lease_leading(a.lease));
    assert_non_null(strstr(a.why.message, "not renewed for 4000 ms"));
    assert_true(leads_within(&b, true, SOON_MS));
    assert_true(atomic_load(&b.began) > atomic_load(&a.lost));
    relay_set(relay, RELAY_PASS);
    usleep(2000000); /* a candidate again, it reads and waits */
    assert_true(atomic_load(&b.leads));
    assert_int_equal(atomic_load(&a.terms), 1);
    stop(&b);
    assert_true(leads_within(&a, true, SOON_MS));
    assert_int_equal(atomic_load(&a.terms), 2);
    stop(&a);
}

/* A short one costs nothing, whether the answers or the connections are lost. */
static void test_short_outage(void **state)
{
    struct candidate a;
    (void)state;
    start(&a, relayed, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    static const enum relay_mode modes[] = {RELAY_AWAY, RELAY_SWALLOW, RELAY_AWAY};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        relay_set(relay, modes[i]);
        usleep(500000);
        relay_set(relay, RELAY_PASS);
        usleep((useconds_t)times.renew_deadline_ms * 1000);
    }
    assert_true(kc_lease_leading(a.lease));
    assert_int_equal(atomic_load(&a.terms), 1);
    assert_int_equal(kc_lease_record_read(get_lease()).transitions, 0);
    stop(&a);
}

static void test_taken_and_deleted(void **state)
{
    struct candidate a;
    (void)state;
    start(&a, direct, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    /* Somebody else's label is none of our business. */
    patch_lease("{\"metadata\":{\"labels\":{\"team\":\"ops\"}}}");
    usleep((useconds_t)times.retry_ms * 3000);
    assert_true(kc_lease_leading(a.lease));
    assert_int_equal(atomic_load(&a.terms), 1);
    assert_string_equal(kc_or(kc_json_str(get_lease(), "metadata.labels.team"), ""), "ops");
    patch_lease("{\"spec\":{\"holderIdentity\":\"b\",\"leaseDurationSeconds\":1}}");
    assert_true(leads_within(&a, false, SOON_MS));
    assert_string_equal(a.why.reason, "LeaseTaken");
    assert_non_null(strstr(a.why.message, "held by b"));
    assert_true(leads_within(&a, true, SOON_MS)); /* b never renews */
    assert_int_equal(delete_lease(NULL), 0);
    assert_true(leads_within(&a, false, SOON_MS));
    assert_string_equal(a.why.reason, "LeaseDeleted");
    assert_true(leads_within(&a, true, SOON_MS));
    assert_int_equal(atomic_load(&a.terms), 3);
    stop(&a);
}

static void test_many_candidates(void **state)
{
    enum { N = 5 };
    struct candidate c[N];
    size_t left = N;
    (void)state;
    atomic_store(&two_led, false);
    for (size_t i = 0; i < N; i++)
        start(&c[i], i % 2 ? relayed : direct, kc_arena_printf(arena, "c%zu", i));
    while (left > 0) {
        size_t leader = N;
        for (int64_t end = kc_mono_ms() + SOON_MS; leader == N && kc_mono_ms() < end; usleep(2000))
            for (size_t i = 0; i < N; i++)
                if (c[i].started && atomic_load(&c[i].leads))
                    leader = i;
        assert_in_range(leader, 0, N - 1);
        stop(&c[leader]);
        c[leader].started = false;
        left--;
    }
    assert_false(atomic_load(&two_led));
    assert_int_equal(kc_lease_record_read(get_lease()).transitions, N - 1);
}

static bool label(struct kc_kube *k, const char *query, struct kc_api_response *r, struct kc_err *err)
{
    static const char body[] = "{\"metadata\":{\"labels\":{\"fenced\":\"no\"}}}";
    const struct kc_api_request req = {.method = "PATCH",
                                       .path = lease_path(),
                                       .query = query,
                                       .content_type = "application/merge-patch+json",
                                       .body = body,
                                       .body_len = strlen(body)};

    *err = (struct kc_err){0};
    return kc_kube_do(k, &req, NULL, arena, r, err);
}

/* What a client with a lease may send, and when. */
static void test_fence(void **state)
{
    struct candidate a;
    struct kc_api_response r;
    struct kc_err err;
    (void)state;
    start(&a, relayed, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    struct kc_kube *fenced = kc_kube_create(http, direct, &(struct kc_kube_options){.lease = a.lease});
    assert_true(label(fenced, NULL, &r, &err));
    patch_lease("{\"metadata\":{\"labels\":{\"fenced\":\"yes\"}}}");
    relay_set(relay, RELAY_SWALLOW);
    while (kc_lease_leading(a.lease)) /* its renew deadline: nobody needs to notice first */
        usleep(1000);
    assert_false(label(fenced, NULL, &r, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "TooLate");
    assert_false(r.sent);
    assert_true(label(fenced, "dryRun=All", &r, &err));
    assert_true(kc_kube_get(fenced, lease_path(), NULL, NULL, arena, NULL, &err));
    assert_string_equal(kc_or(kc_json_str(get_lease(), "metadata.labels.fenced"), ""), "yes");
    relay_set(relay, RELAY_PASS);
    assert_true(leads_within(&a, false, SOON_MS)); /* that term is over, though nobody else wanted it */
    assert_true(leads_within(&a, true, SOON_MS));
    assert_true(label(fenced, NULL, &r, &err));
    stop(&a);
    kc_kube_unref(fenced);
}

/* Nobody is kept waiting for an API server that does not answer. */
static void test_stop_while_cut_off(void **state)
{
    struct candidate a, b;
    (void)state;
    start(&a, relayed, "a");
    assert_true(leads_within(&a, true, SOON_MS));
    start(&b, relayed, "b");
    relay_set(relay, RELAY_SWALLOW);
    usleep(100000);
    assert_in_range(stop(&b), 0, 15000);
    assert_in_range(stop(&a), 0, 15000);
    relay_set(relay, RELAY_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_handed_over, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_cut_off, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_short_outage, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_taken_and_deleted, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_many_candidates, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_fence, new_name, delete_lease),
        cmocka_unit_test_setup_teardown(test_stop_while_cut_off, new_name, delete_lease),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
