/* Watch lists in protobuf against a real API server, through the fault proxy: refused, expired, broken off, cut into
 * single bytes; and types that have JSON alone. */
#include <curl/curl.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/kube/fleet.h"
#include "controller/kube/kind_list.h"
#include "controller/kube/reflector.h"

#define SYNC_MS 60000

extern char **environ;

static const struct kc_fleet_options watch_lists = {.start = KC_FLEET_WATCH_LISTS};

struct fixture {
    pid_t proxy;
    char admin[128]; /* URL */
    char file[64];   /* kubeconfig that leads through the proxy */
    struct kc_http_client *http;
    struct kc_kube *kube;
};

/* Standard output of a program, up to its first line's end. */
static pid_t run(char *const argv[], char *line, size_t cap)
{
    posix_spawn_file_actions_t files;
    int out[2];
    pid_t pid;
    size_t n = 0;

    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    assert_int_equal(posix_spawn(&pid, argv[0], &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    close(out[1]);
    while (n + 1 < cap && read(out[0], line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
    close(out[0]);
    return pid;
}

static char *need_env(const char *name)
{
    char *value = getenv(name);

    if (!value)
        fail_msg("%s has to be set, as hack/test does", name);
    return value;
}

static int set_up_group(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    char user_file[512], line[512];
    struct kc_err err = {0};
    char *name = need_env("KUBECHAT_TEST_CLUSTER");

    /* The proxy passes tokens on, and no client certificates. */
    pid_t pid = run((char *[]){need_env("KUBECHAT_CLUSTER_TOOL"), "kubeconfig", "--name", name, "admin-sso", NULL},
                    user_file, sizeof(user_file));
    waitpid(pid, NULL, 0);
    snprintf(f->file, sizeof(f->file), "/tmp/kubeconfig-XXXXXX");
    close(mkstemp(f->file));
    f->proxy = run((char *[]){need_env("KUBECHAT_FAULTPROXY"), "--cluster", name, "--kubeconfig-in", user_file,
                              "--kubeconfig-out", f->file, NULL},
                   line, sizeof(line));
    KC_JSON_SCOPE *said = kc_json_parse(line, strlen(line), sizeof(line), "faultproxy", &err);
    if (!kc_json_str(said, "admin"))
        fail_msg("faultproxy said: %s", line);
    snprintf(f->admin, sizeof(f->admin), "%s", kc_json_str(said, "admin"));
    f->http = kc_http_client_create(&err);
    struct kc_config *config = kc_config_load(f->file, NULL, &err);
    if (!config)
        fail_msg("%s", err.message);
    f->kube = kc_kube_create(f->http, config, &(struct kc_kube_options){0});
    kc_config_unref(config);
    *state = f;
    return 0;
}

static int tear_down_group(void **state)
{
    struct fixture *f = *state;

    kc_kube_unref(f->kube);
    kc_http_client_destroy(f->http);
    kill(f->proxy, SIGTERM);
    waitpid(f->proxy, NULL, 0);
    unlink(f->file);
    free(f);
    return 0;
}

static size_t collect(char *bytes, size_t size, size_t n, void *arg)
{
    kc_buf_add(arg, bytes, size * n);
    return size * n;
}

/* Asks the proxy's admin interface; the answer is the caller's. */
static struct kc_buf ask(struct fixture *f, const char *method, const char *path, const char *body)
{
    struct kc_buf url = {0}, answer = {0};
    CURL *easy = curl_easy_init();

    kc_buf_printf(&url, "%s%s", f->admin, path);
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (body)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    if (curl_easy_perform(easy) != CURLE_OK)
        fail_msg("%s %s failed", method, url.data);
    curl_easy_cleanup(easy);
    kc_buf_finish(&url);
    return answer;
}

static int set_up(void **state)
{
    struct fixture *f = *state;
    struct kc_buf a = ask(f, "DELETE", "/rules", NULL), b = ask(f, "DELETE", "/requests", NULL);

    kc_buf_finish(&a);
    kc_buf_finish(&b);
    return 0;
}

/* Requests that went by, as selected. */
static size_t requests(struct fixture *f, const char *selection)
{
    KC_BUF_SCOPE path = {0};
    struct kc_err err = {0};

    kc_buf_printf(&path, "/requests?%s", selection);
    KC_BUF_SCOPE answer = ask(f, "GET", path.data, NULL);
    KC_JSON_SCOPE *list = kc_json_parse(kc_buf_str(&answer), answer.len, answer.len + 1, "requests", &err);
    return json_array_size(list);
}

static void add_rule(struct fixture *f, const char *rule)
{
    struct kc_buf answer = ask(f, "POST", "/rules", rule);

    kc_buf_finish(&answer);
}

static size_t count_listed(struct fixture *f, const struct kc_kind *kind)
{
    KC_ARENA_SCOPE(a);
    struct kc_records list;
    struct kc_err err = {0};
    const struct kc_call call = {0};

    if (!kc_kind_list(f->kube, kind, "", NULL, &call, a, &list, &err))
        fail_msg("%s", err.message);
    return list.n;
}

/* Everything is listed, and complete: as many objects as a list without faults has. Others make and delete objects
 * meanwhile, which a watch tells of a little later. */
static void expect_synced(struct fixture *f, struct kc_fleet *fleet)
{
    int64_t until = kc_mono_ms() + SYNC_MS;

    for (; !kc_fleet_synced(fleet); usleep(10000))
        assert_true(kc_mono_ms() < until);
    for (size_t i = 0; i < kc_n_kinds; i++) {
        size_t wanted = count_listed(f, &kc_kinds[i]);
        for (; kc_fleet_count(fleet, &kc_kinds[i]) != wanted && kc_mono_ms() < until; usleep(10000))
            wanted = count_listed(f, &kc_kinds[i]);
        assert_int_equal(kc_fleet_count(fleet, &kc_kinds[i]), wanted);
        while (!kc_fleet_has(fleet, &kc_kinds[i]) && kc_mono_ms() < until) /* the watch behind the list comes up */
            usleep(10000);
        assert_true(kc_fleet_has(fleet, &kc_kinds[i]));
    }
}

static void one_watch_brings_it_all(void **state)
{
    struct fixture *f = *state;
    struct kc_fleet *fleet = kc_fleet_create(f->kube, &watch_lists);

    expect_synced(f, fleet);
    kc_fleet_destroy(fleet);
    assert_int_equal(requests(f, "query=sendInitialEvents=true"), kc_n_kinds);
}

static void pods_come_in_pages(void **state)
{
    struct fixture *f = *state;
    struct kc_fleet *fleet = kc_fleet_create(f->kube, NULL);

    expect_synced(f, fleet);
    kc_fleet_destroy(fleet);
    assert_int_equal(requests(f, "path=/pods$&query=sendInitialEvents=true"), 0);
    assert_int_equal(requests(f, "path=/nodes$&query=sendInitialEvents=true"), 1);
}

/* What a server without the feature answers: LISTs, at once, and for ever. */
static void a_server_without_watch_lists(void **state)
{
    static const int codes[] = {400, 403, 422};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        KC_BUF_SCOPE rule = {0};
        set_up(state);
        kc_buf_printf(&rule,
                      "{\"match\":{\"query\":\"sendInitialEvents\"},\"action\":{\"type\":\"status\",\"code\":%d,"
                      "\"reason\":\"Invalid\",\"message\":\"sendInitialEvents: Forbidden\"}}",
                      codes[i]);
        add_rule(f, rule.data);
        struct kc_fleet *fleet = kc_fleet_create(f->kube, &watch_lists);
        expect_synced(f, fleet);
        kc_fleet_destroy(fleet);
        assert_int_equal(requests(f, "query=sendInitialEvents=true"), kc_n_kinds);
    }
}

static void expired_and_overloaded(void **state)
{
    struct fixture *f = *state;

    add_rule(f, "{\"match\":{\"path\":\"/pods$\",\"query\":\"sendInitialEvents\",\"times\":1},\"action\":{\"type\":"
                "\"status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}}");
    add_rule(f, "{\"match\":{\"path\":\"/nodes$\",\"query\":\"sendInitialEvents\",\"times\":1},\"action\":{\"type\":"
                "\"status\",\"code\":429,\"reason\":\"TooManyRequests\",\"message\":\"slow\"}}");
    struct kc_fleet *fleet = kc_fleet_create(f->kube, &watch_lists);
    expect_synced(f, fleet);
    kc_fleet_destroy(fleet);
    assert_int_equal(requests(f, "path=/pods$&query=sendInitialEvents=true"), 2);
    assert_int_equal(requests(f, "path=/nodes$&query=sendInitialEvents=true"), 2);
}

/* Broken off at every sort of place within what the list brings: nothing is lost, nothing is there twice. */
static void broken_off(void **state)
{
    struct fixture *f = *state;

    for (int after = 1; after < 3000; after = after * 3 + 1) {
        KC_BUF_SCOPE rule = {0};
        set_up(state);
        kc_buf_printf(&rule,
                      "{\"match\":{\"path\":\"/pods$\",\"query\":\"sendInitialEvents\",\"times\":2},\"action\":{"
                      "\"type\":\"cut\",\"after_bytes\":%d,\"stream\":true}}",
                      after);
        add_rule(f, rule.data);
        struct kc_fleet *fleet = kc_fleet_create(f->kube, &watch_lists);
        expect_synced(f, fleet);
        kc_fleet_destroy(fleet);
        assert_int_equal(requests(f, "path=/pods$&query=sendInitialEvents=true"), 3);
    }
}

static void byte_by_byte(void **state)
{
    struct fixture *f = *state;

    add_rule(f, "{\"match\":{\"path\":\"/(deployments|configmaps)$\"},\"action\":{\"type\":\"split\"}}");
    struct kc_fleet *fleet = kc_fleet_create(f->kube, &watch_lists);
    expect_synced(f, fleet);
    kc_fleet_destroy(fleet);
}

struct pages {
    const struct kc_kind *kind;
    struct kc_intern *strings;
    struct kc_scratch *scratch;
};

static struct kc_record *from_protobuf(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    const struct pages *p = arg;

    return kc_kind_decode(p->kind, p->strings, p->scratch, object, len, err);
}

static struct kc_record *no_json(void *arg, const json_t *object, struct kc_err *err)
{
    (void)arg, (void)object;
    kc_fail(err, KC_INVALID, "JSON", "pods have protobuf");
    return NULL;
}

/* Lists all pods in pages of two and compares with what is there. Returns how often a page behind the first was asked
 * for, and how many there are. */
static size_t list_in_pages(struct fixture *f, size_t *ret_pages)
{
    struct pages p = {kc_kind_find("", "pods"), kc_intern_create(), kc_scratch_create()};
    struct kc_store *store = kc_store_create();
    struct kc_reflector *r = kc_reflector_create(f->kube, store,
                                                 &(struct kc_reflector_options){.path = "/api/v1/pods",
                                                                                .page = 2,
                                                                                .bulk = true,
                                                                                .decode = no_json,
                                                                                .decode_protobuf = from_protobuf,
                                                                                .arg = &p});
    KC_ARENA_SCOPE(a);
    const struct kc_call call = {0};
    struct kc_records listed;
    struct kc_err err = {0};

    for (int64_t until = kc_mono_ms() + SYNC_MS; !kc_reflector_synced(r); usleep(10000))
        assert_true(kc_mono_ms() < until);
    size_t asked = requests(f, "path=/pods$&query=continue=");
    if (!kc_kind_list(f->kube, p.kind, "", NULL, &call, a, &listed, &err))
        fail_msg("%s", err.message);
    assert_int_equal(kc_store_count(store), listed.n);
    assert_true(listed.n > 6);
    *ret_pages = (listed.n + 1) / 2;
    kc_reflector_destroy(r);
    kc_store_destroy(store);
    kc_scratch_destroy(p.scratch);
    kc_intern_unref(p.strings);
    return asked;
}

/* The page behind the one that comes is asked for early. Whatever becomes of it, the list is whole. */
static void pages_come_ahead(void **state)
{
    static const struct {
        const char *name, *rule;
        size_t again; /* pages that are asked for a second time */
    } cases[] = {
        {"no fault", NULL, 0},
        {"it comes before the one in front of it",
         "{\"match\":{\"path\":\"/"
         "pods$\",\"query\":\"limit=2$\",\"times\":1},\"action\":{\"type\":\"split\",\"chunk_bytes\":4096,"
         "\"chunk_delay_ms\":150}}",
         0},
        {"it is refused",
         "{\"match\":{\"path\":\"/"
         "pods$\",\"query\":\"continue=\",\"times\":1},\"action\":{\"type\":\"status\",\"code\":500}}",
         1},
        {"it breaks off",
         "{\"match\":{\"path\":\"/"
         "pods$\",\"query\":\"continue=\",\"times\":1},\"action\":{\"type\":\"cut\",\"after_bytes\":900,"
         "\"stream\":true}}",
         1},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t pages;
        set_up(state);
        if (cases[i].rule)
            add_rule(f, cases[i].rule);
        size_t asked = list_in_pages(f, &pages);
        if (asked != pages - 1 + cases[i].again)
            fail_msg("%s: %zu requests for %zu pages behind the first", cases[i].name, asked, pages - 1);
    }
}

/* Its token is too old: the list begins again. */
static void a_page_ahead_expires(void **state)
{
    struct fixture *f = *state;
    size_t pages;

    /* The first page takes its time, so that the one behind it is answered before. */
    add_rule(f, "{\"match\":{\"path\":\"/"
                "pods$\",\"query\":\"limit=2$\",\"times\":1},\"action\":{\"type\":\"split\",\"chunk_bytes\":4096,"
                "\"chunk_delay_ms\":150}}");
    add_rule(f, "{\"match\":{\"path\":\"/"
                "pods$\",\"query\":\"continue=\",\"times\":2},\"action\":{\"type\":\"status\",\"code\":410,"
                "\"reason\":\"Expired\",\"message\":\"too old\"}}");
    assert_int_equal(list_in_pages(f, &pages), 2); /* ahead, then in its turn; then the whole list at once */
}

static struct kc_record *no_protobuf(void *arg, const uint8_t *object, size_t len, struct kc_err *err)
{
    (void)arg, (void)object, (void)len;
    kc_fail(err, KC_INVALID, "Protobuf", "a CRD's objects have no protobuf");
    return NULL;
}

static struct kc_record *from_json(void *arg, const json_t *object, struct kc_err *err)
{
    (void)arg;
    return kc_record_of_object(object, "json", 5, err);
}

static void what_has_json_alone_is_read_as_json(void **state)
{
    struct fixture *f = *state;
    struct kc_store *store = kc_store_create();
    struct kc_reflector *r =
        kc_reflector_create(f->kube, store,
                            &(struct kc_reflector_options){.path = "/apis/kwok.x-k8s.io/v1alpha1/stages",
                                                           .decode = from_json,
                                                           .decode_protobuf = no_protobuf,
                                                           .watch_list = true});

    for (int64_t until = kc_mono_ms() + SYNC_MS; !kc_reflector_synced(r); usleep(10000))
        assert_true(kc_mono_ms() < until);
    KC_ARENA_SCOPE(a);
    json_t *list;
    struct kc_err err = {0};
    assert_true(kc_kube_get(f->kube, "/apis/kwok.x-k8s.io/v1alpha1/stages", NULL, NULL, a, &list, &err));
    assert_int_equal(kc_store_count(store), json_array_size(json_object_get(list, "items")));
    kc_reflector_destroy(r);
    kc_store_destroy(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_watch_brings_it_all, set_up),
        cmocka_unit_test_setup(pods_come_in_pages, set_up),
        cmocka_unit_test_setup(a_server_without_watch_lists, set_up),
        cmocka_unit_test_setup(expired_and_overloaded, set_up),
        cmocka_unit_test_setup(broken_off, set_up),
        cmocka_unit_test_setup(byte_by_byte, set_up),
        cmocka_unit_test_setup(pages_come_ahead, set_up),
        cmocka_unit_test_setup(a_page_ahead_expires, set_up),
        cmocka_unit_test_setup(what_has_json_alone_is_read_as_json, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
