/* Kubeconfig files and credentials, with files in a directory of their own and a shell script as credential plugin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/http/target.h"
#include "controller/kube/config.h"
#include "controller/kube/config_dir.h"
#include "tests/unit/http/cert.h"

#define CLUSTER "clusters: [{name: lab, cluster: {server: 'https://127.0.0.1:6443'}}]\n"
#define CONTEXT "contexts: [{name: here, context: {cluster: lab, user: ana}}]\ncurrent-context: here\n"

static char dir[64];
static struct kc_arena *arena;
static struct test_cert cert;

static const char *at(const char *name)
{
    return kc_arena_printf(arena, "%s/%s", dir, name);
}

static const char *put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return at(name);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "%s/kc-config-XXXXXX", P_tmpdir);
    arena = kc_arena_create();
    test_cert_make(&cert);
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"config", "a", "b", "token", "ca.crt", "namespace", "plugin", "runs", "info"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(at(names[i]));
    arena = kc_arena_destroy(arena);
    return rmdir(dir);
}

static struct kc_config *load(const char *yaml)
{
    struct kc_err err = {0};
    struct kc_config *c = kc_config_load(put("config", yaml), NULL, &err);
    if (!c)
        fail_msg("%s", err.message);
    return c;
}

static const char *token(struct kc_config *c, bool refresh)
{
    struct kc_err err = {0};
    const char *t;
    if (!kc_config_token(c, refresh, arena, &t, &err))
        fail_msg("%s", err.message);
    return t;
}

static void test_plain(void **state)
{
    (void)state;
    struct kc_config *c = load(CLUSTER CONTEXT "users: [{name: ana, user: {token: t0}}]\n");
    assert_string_equal(kc_config_server(c), "https://127.0.0.1:6443");
    assert_string_equal(kc_config_context(c), "here");
    assert_string_equal(kc_config_namespace(c), "default");
    assert_string_equal(kc_config_as(c)->username, "");
    assert_string_equal(token(c, false), "t0");
    assert_false(kc_config_renewable(c));
    assert_non_null(kc_config_target(c));
    kc_config_unref(kc_config_ref(c));
    kc_config_unref(c);

    /* A context without a user calls the API as nobody. */
    c = load(CLUSTER "contexts: [{name: here, context: {cluster: lab, namespace: shop}}]\ncurrent-context: here\n");
    assert_string_equal(token(c, false), "");
    assert_string_equal(kc_config_namespace(c), "shop");
    kc_config_unref(c);
}

static void test_certificates(void **state)
{
    const char *data = kc_base64(arena, cert.cert, strlen(cert.cert));
    (void)state;
    put("ca.crt", cert.cert);
    struct kc_config *c = load(kc_arena_printf(
        arena,
        "clusters: [{name: lab, cluster: {server: 'https://127.0.0.1:6443', tls-server-name: kubernetes,\n"
        "  certificate-authority: ca.crt, proxy-url: 'http://127.0.0.1:3128'}}]\n" CONTEXT
        "users: [{name: ana, user: {client-certificate-data: %s, client-key-data: %s}}]\n",
        data, kc_base64(arena, cert.key, strlen(cert.key))));
    const struct kc_http_target *t = kc_config_target(c);
    assert_string_equal(t->ca_pem, cert.cert); /* the path is relative to the file */
    assert_string_equal(t->cert_pem, cert.cert);
    assert_string_equal(t->key_pem, cert.key);
    assert_string_equal(t->proxy_url, "http://127.0.0.1:3128");
    assert_string_equal(t->base_url, "https://kubernetes:6443");
    assert_false(t->insecure);
    assert_string_equal(token(c, false), "");
    kc_config_unref(c);
}

static void test_impersonation(void **state)
{
    (void)state;
    struct kc_config *c =
        load(CLUSTER CONTEXT "users: [{name: ana, user: {as: bob, as-uid: u1, as-groups: [dev, ops],\n"
                             "  as-user-extra: {example.org/scopes: [a, b]}}}]\n");
    const struct kc_identity *as = kc_config_as(c);
    assert_string_equal(as->username, "bob");
    assert_string_equal(as->uid, "u1");
    assert_int_equal(as->groups.n, 2);
    assert_string_equal(as->groups.v[1], "ops");
    assert_int_equal(as->n_extras, 1);
    assert_string_equal(as->extras[0].key, "example.org/scopes");
    assert_string_equal(as->extras[0].values.v[1], "b");
    kc_config_unref(c);
}

/* As kubectl: the first file that has an entry wins, and the first that names a current context. */
static void test_merged_files(void **state)
{
    struct kc_err err = {0};
    (void)state;
    put("a", "clusters: [{name: lab, cluster: {server: 'https://first:1'}}]\nusers: [{name: bob, user: {token: b}}]\n");
    put("b", "clusters: [{name: lab, cluster: {server: 'https://second:2'}}, {name: other, cluster: {server: "
             "'https://o:3'}}]\n"
             "users: [{name: ana, user: {tokenFile: token}}]\n"
             "contexts: [{name: here, context: {cluster: lab, user: ana}}, {name: there, context: {cluster: other, "
             "user: bob}}]\n"
             "current-context: here\n");
    put("token", "from-file\n");
    setenv("KUBECONFIG", kc_arena_printf(arena, "%s/missing::%s/a:%s/b", dir, dir, dir), 1);
    struct kc_config *c = kc_config_load(NULL, NULL, &err);
    assert_non_null(c);
    assert_string_equal(kc_config_server(c), "https://first:1");
    assert_string_equal(token(c, false), "from-file");
    kc_config_unref(c);
    c = kc_config_load(NULL, "there", &err);
    assert_non_null(c);
    assert_string_equal(kc_config_server(c), "https://o:3");
    assert_string_equal(token(c, false), "b");
    kc_config_unref(c);
    assert_null(kc_config_load(NULL, "nowhere", &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    setenv("KUBECONFIG", at("missing"), 1);
    assert_null(kc_config_load(NULL, NULL, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    unsetenv("KUBECONFIG");
}

static void test_token_file(void **state)
{
    struct kc_err err = {0};
    const char *t;
    (void)state;
    put("token", "one\n");
    struct kc_config *c = load(CLUSTER CONTEXT "users: [{name: ana, user: {token: spare, tokenFile: token}}]\n");
    assert_true(kc_config_renewable(c));
    assert_string_equal(token(c, false), "one");
    put("token", "two");
    assert_string_equal(token(c, false), "one"); /* for a minute */
    assert_string_equal(token(c, true), "two");  /* unless the server refused it */
    put("token", " \n");
    assert_false(kc_config_token(c, true, arena, &t, &err));
    assert_non_null(strstr(err.message, "is empty"));
    put("token", "three");
    assert_string_equal(token(c, false), "three"); /* a failure is not kept */
    kc_config_unref(c);
}

static void test_errors(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"", "current-context is not set"},
        {"- 1", "one YAML mapping is needed"},
        {"a: [", "line "},
        {"current-context: here\n", "there is no context \"here\""},
        {CLUSTER "contexts: [{name: here, context: {user: ana}}]\ncurrent-context: here\n",
         "contexts[here].context.cluster"},
        {"contexts: [{name: here, context: {cluster: lab}}]\ncurrent-context: here\n", "there is no cluster \"lab\""},
        {CLUSTER CONTEXT, "there is no user \"ana\""},
        {CLUSTER CLUSTER CONTEXT, "a key that is there already"},
        {CLUSTER CONTEXT "users: {}\n", "users must be a list"},
        {CLUSTER CONTEXT "users: [{user: {}}]\n", "users[0].name: a string is needed"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {}}, {name: ana, user: {}}]\n", "users[ana] stands there twice"},
        {CLUSTER CONTEXT "users: [{name: ana, user: hunter2}]\n", "users[ana].user: a mapping is needed"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {token: 12345}}]\n", "users[ana].user.token: a string"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {tokenFile: [hunter2]}}]\n", "users[ana].user.tokenFile: a string"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {username: ana, password: hunter2}}]\n",
         "user.username: is not supported"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {auth-provider: {name: gcp}}}]\n",
         "user.auth-provider: is not supported"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {client-certificate-data: hunter2}}]\n",
         "user.client-certificate-data: is not base64"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {client-key: missing.key}}]\n", "users[ana].user.client-key: "},
        {CLUSTER CONTEXT "users: [{name: ana, user: {as-groups: [dev]}}]\n", "users[ana].user.as: is needed"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {as: bob, as-groups: dev}}]\n", "as-groups: a list of strings"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {exec: {command: x}}}]\n", "exec.apiVersion"},
        {CLUSTER CONTEXT
         "users: [{name: ana, user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}}]\n",
         "exec.apiVersion"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {exec: {apiVersion: client.authentication.k8s.io/v1}}}]\n",
         "exec.command: is needed"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x,\n"
                         "  interactiveMode: Always}}}]\n",
         "exec.interactiveMode: Always"},
        {CLUSTER CONTEXT "users: [{name: ana, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x,\n"
                         "  env: [{name: A}]}}}]\n",
         "exec.env[0]"},
        {"clusters: [{name: lab, cluster: {}}]\n" CONTEXT "users: [{name: ana, user: {}}]\n",
         "clusters[lab].cluster.server: is needed"},
        {"clusters: [{name: lab, cluster: {server: 'ftp://x'}}]\n" CONTEXT "users: [{name: ana, user: {}}]\n",
         "clusters[lab].cluster: the server's URL has scheme ftp"},
        {"clusters: [{name: lab, cluster: {server: 'https://x', insecure-skip-tls-verify: maybe}}]\n" CONTEXT
         "users: [{name: ana, user: {}}]\n",
         "insecure-skip-tls-verify: true or false is needed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err = {0};
        struct kc_config *c = kc_config_load(put("config", cases[i].yaml), NULL, &err);
        if (c || !strstr(err.message, cases[i].message) || !strstr(err.message, at("config")) ||
            strstr(err.message, "hunter2"))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].yaml, err.message, cases[i].message);
    }
}

static void test_in_cluster(void **state)
{
    struct kc_err err = {0};
    (void)state;
    put("token", "robot");
    put("ca.crt", cert.cert);
    put("namespace", "kubechat-system");
    struct kc_config *c = kc_config_in_cluster_from(dir, "10.96.0.1", "443", &err);
    assert_non_null(c);
    assert_string_equal(kc_config_server(c), "https://10.96.0.1:443");
    assert_string_equal(kc_config_context(c), "in-cluster");
    assert_string_equal(kc_config_namespace(c), "kubechat-system");
    assert_string_equal(token(c, false), "robot");
    put("token", "rotated");
    assert_string_equal(token(c, true), "rotated");
    kc_config_unref(c);
    c = kc_config_in_cluster_from(dir, "fd00::1", "443", &err);
    assert_non_null(c);
    assert_string_equal(kc_config_server(c), "https://[fd00::1]:443");
    kc_config_unref(c);
    assert_null(kc_config_in_cluster_from(dir, NULL, NULL, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    unlink(at("token"));
    assert_null(kc_config_in_cluster_from(dir, "10.96.0.1", "443", &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
}

#define EXEC(rest)                                                                                                     \
    CLUSTER CONTEXT                                                                                                    \
        "users: [{name: ana, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, "           \
        "args: [get, \"a b\"], env: [{name: SUFFIX, value: x}]" rest "}}}]\n"
#define CREDENTIAL(status)                                                                                             \
    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{" status "}}"

/* A plugin that counts its runs and prints what text says, in which $n is that count. */
static void put_plugin(const char *text)
{
    put("runs", "");
    put("plugin", kc_arena_printf(arena,
                                  "#!/bin/sh\ncd %s\necho run >> runs\nn=$(($(wc -l < runs)))\n"
                                  "echo \"$KUBERNETES_EXEC_INFO $1,$2\" > info\ncat <<EOF\n%s\nEOF\n",
                                  dir, text));
    assert_int_equal(chmod(at("plugin"), 0700), 0);
}

static void test_plugin(void **state)
{
    char info[4096] = "";
    (void)state;
    put_plugin(CREDENTIAL("\"token\":\"t$n$SUFFIX\""));
    struct kc_config *c = load(EXEC(", provideClusterInfo: true"));
    assert_true(kc_config_renewable(c));
    assert_string_equal(token(c, false), "t1x");
    assert_string_equal(token(c, false), "t1x");
    assert_string_equal(token(c, true), "t2x");
    assert_string_equal(token(c, false), "t2x");
    FILE *f = fopen(at("info"), "re");
    assert_non_null(fgets(info, sizeof(info), f));
    fclose(f);
    assert_string_equal(info, "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
                              "\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"https://127.0.0.1:6443\"}}} "
                              "get,a b\n");
    kc_config_unref(c);

    put_plugin(CREDENTIAL("\"token\":\"t$n\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\""));
    c = load(EXEC(""));
    assert_string_equal(token(c, false), "t1");
    assert_string_equal(token(c, false), "t2"); /* each has expired */
    kc_config_unref(c);

    put_plugin(CREDENTIAL("\"token\":\"t$n\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\""));
    c = load(EXEC(""));
    assert_string_equal(token(c, false), "t1");
    assert_string_equal(token(c, false), "t1");
    kc_config_unref(c);
}

static void test_plugin_certificate(void **state)
{
    (void)state;
    json_t *credential =
        json_pack("{s:s, s:s, s:{s:s, s:s}}", "kind", "ExecCredential", "apiVersion", "client.authentication.k8s.io/v1",
                  "status", "clientCertificateData", cert.cert, "clientKeyData", cert.key);
    char *text = json_dumps(credential, JSON_COMPACT);
    put("runs", "");
    put("info", text);
    put("plugin", kc_arena_printf(arena, "#!/bin/sh\ncat %s/info\n", dir));
    assert_int_equal(chmod(at("plugin"), 0700), 0);
    free(text);
    json_decref(credential);
    struct kc_config *c = load(EXEC(""));
    struct kc_http_target *before = kc_config_target(c);
    assert_null(before->cert_pem);
    assert_string_equal(token(c, false), "");
    assert_string_equal(kc_config_target(c)->cert_pem, cert.cert);
    struct kc_http_target *after = kc_config_target(c);
    assert_string_equal(token(c, true), "");
    assert_ptr_equal(kc_config_target(c), after); /* the same certificate, the same connections */
    assert_null(before->cert_pem);                /* still good for who holds it */
    kc_config_unref(c);
}

static void test_plugin_failures(void **state)
{
    static const struct {
        const char *script, *message;
    } cases[] = {
        {"exit 7", "exited with status 7"},
        {"echo hunter2", "the plugin printed no JSON"},
        {"echo '{\"kind\":\"Status\",\"token\":\"hunter2\"}'", "must print an ExecCredential"},
        {"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\","
         "\"status\":{\"token\":\"hunter2\"}}'",
         "must print an ExecCredential of client.authentication.k8s.io/v1"},
        {"echo '" CREDENTIAL("") "'", "neither a token nor a client certificate"},
        {"echo '" CREDENTIAL("\"clientCertificateData\":\"hunter2\"") "'", "without its key"},
        {"echo '" CREDENTIAL("\"clientCertificateData\":\"hunter2\",\"clientKeyData\":\"hunter2\"") "'", "no PEM"},
        {"echo '" CREDENTIAL("\"token\":\"hunter2\",\"expirationTimestamp\":\"tomorrow\"") "'", "expirationTimestamp"},
    };
    struct kc_err err = {0};
    const char *t;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put("plugin", kc_arena_printf(arena, "#!/bin/sh\n%s\n", cases[i].script));
        assert_int_equal(chmod(at("plugin"), 0700), 0);
        struct kc_config *c = load(EXEC(""));
        err = (struct kc_err){0};
        if (kc_config_token(c, false, arena, &t, &err))
            fail_msg("%s: accepted", cases[i].script);
        if (!strstr(err.message, cases[i].message) || !strstr(err.message, "users[ana].user.exec") ||
            strstr(err.message, "hunter2"))
            fail_msg("%s: %s", cases[i].script, err.message);
        kc_config_unref(c);
    }
    unlink(at("plugin"));
    struct kc_config *c = load(EXEC(", installHint: Get it from example.org"));
    assert_false(kc_config_token(c, false, arena, &t, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_non_null(strstr(err.message, "Get it from example.org"));
    kc_config_unref(c);
}

static void *ask(void *arg)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *t;
    return kc_config_token(arg, true, a, &t, &err) && strcmp(t, "t1") == 0 ? arg : NULL;
}

/* All workers get a 401 at once: the plugin runs once. */
static void test_plugin_shared(void **state)
{
    pthread_t threads[8];
    (void)state;
    put_plugin(CREDENTIAL("\"token\":\"t$n\""));
    put("plugin", kc_arena_printf(arena, "#!/bin/sh\nsleep 0.3\ncd %s\necho run >> runs\ncat <<EOF\n%s\nEOF\n", dir,
                                  CREDENTIAL("\"token\":\"t$(($(wc -l < runs)))\"")));
    struct kc_config *c = load(EXEC(""));
    for (size_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, ask, c);
    for (size_t i = 0; i < 8; i++) {
        void *fine;
        pthread_join(threads[i], &fine);
        assert_non_null(fine);
    }
    kc_config_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_impersonation),
        cmocka_unit_test(test_merged_files),
        cmocka_unit_test(test_token_file),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_in_cluster),
        cmocka_unit_test(test_plugin),
        cmocka_unit_test(test_plugin_certificate),
        cmocka_unit_test(test_plugin_failures),
        cmocka_unit_test(test_plugin_shared),
    };
    unsetenv("KUBECONFIG");
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
