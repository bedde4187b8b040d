/* kubechat plan as a person calls it: what it prints and how it exits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/base/json.h"
#include "controller/cli/plan.h"

static const char yaml[] = "apiVersion: apps/v1\n"
                           "kind: Deployment\n"
                           "metadata: {name: checkout, namespace: shop}\n"
                           "spec: {replicas: 3}\n"
                           "---\n"
                           "apiVersion: v1\n"
                           "kind: List\n"
                           "items:\n"
                           "- apiVersion: apps/v1\n"
                           "  kind: StatefulSet\n"
                           "  metadata: {name: ledger}\n" /* in the namespace that is worked in */
                           "  spec: {}\n"
                           "- apiVersion: apps/v1\n"
                           "  kind: Deployment\n"
                           "  metadata: {name: cart, namespace: pay}\n"
                           "  spec: {replicas: 1}\n";

static const char json[] = "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"checkout\","
                           "\"namespace\":\"shop\"},\"spec\":{\"replicas\":3}}";

struct run {
    int code;
    const char *out, *err;
};

static const char *read_back(struct kc_arena *a, FILE *file)
{
    char *text = kc_arena_alloc(a, 1 << 16);
    rewind(file);
    text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

/* Runs the command with content as its standard input and its output in files. args end with NULL. */
static struct run run(struct kc_arena *a, const char *content, const char *const *args)
{
    static const int fds[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    char *argv[16] = {"plan"};
    int argc = 1, old[3];
    FILE *files[] = {tmpfile(), tmpfile(), tmpfile()};
    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    assert_true(files[0] && files[1] && files[2] && argc < 15);
    (void)fputs(content, files[0]);
    rewind(files[0]);
    (void)fflush(stdout);
    (void)fflush(stderr);
    clearerr(stdin);
    for (int i = 0; i < 3; i++) {
        old[i] = dup(fds[i]);
        (void)dup2(fileno(files[i]), fds[i]);
    }
    struct run r = {.code = kc_cmd_plan(argc, argv)};
    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 3; i++) {
        (void)dup2(old[i], fds[i]);
        (void)close(old[i]);
    }
    r.out = read_back(a, files[1]);
    r.err = read_back(a, files[2]);
    (void)fclose(files[0]);
    return r;
}
#define RUN(a, ...) run(a, yaml, (const char *const[]){__VA_ARGS__, NULL})

static void test_json(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct run r = RUN(a, "--inventory", "-", "--namespace", "shop", "scale checkout to five", "-o", "json");
    const json_t *v = kc_json_parse_in(a, r.out, strlen(r.out), 1 << 16, "output", &err);
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "");
    assert_int_equal(json_object_size(v), 4);
    assert_string_equal(kc_json_str(v, "outcome"), "Planned");
    assert_string_equal(kc_json_str(v, "question"), "");
    assert_int_equal(json_array_size(kc_json_at(v, "candidates")), 0);
    const json_t *step = json_array_get(kc_json_at(v, "steps"), 0);
    assert_int_equal(json_array_size(kc_json_at(v, "steps")), 1);
    assert_int_equal(json_object_size(step), 3);
    assert_string_equal(kc_json_str(step, "command"),
                        "kubectl scale deployment/checkout --namespace=shop --replicas=5");
    assert_string_equal(kc_json_str(step, "effect"), "Mutating");
    assert_non_null(strstr(kc_json_str(step, "reason"), "scale checkout to five"));

    r = RUN(a, "--inventory", "-", "-n", "shop", "scale", "chekout", "to", "five", "-o", "json");
    v = kc_json_parse_in(a, r.out, strlen(r.out), 1 << 16, "output", &err);
    assert_int_equal(r.code, 2);
    assert_string_equal(kc_json_str(v, "outcome"), "NeedsClarification");
    assert_int_equal(json_array_size(kc_json_at(v, "steps")), 0);
    assert_string_equal(json_string_value(json_array_get(kc_json_at(v, "candidates"), 0)), "deployment/shop/checkout");

    /* Bytes that are no text still give an answer that is JSON. */
    r = RUN(a, "--inventory", "-", "-n", "shop", "--command", "kubectl scale \xff\xfe --replicas=1", "-o", "json");
    v = kc_json_parse_in(a, r.out, strlen(r.out), 1 << 16, "output", &err);
    assert_int_equal(r.code, 3);
    assert_string_equal(kc_json_str(v, "outcome"), "Refused");
}

static void test_calls(void **state)
{
    static const struct {
        const char *args[8];
        int code;
        const char *out, *err; /* somewhere in it */
    } cases[] = {
        {{"-f", "-", "-n", "shop", "double checkout"},
         0,
         "1  kubectl scale deployment/checkout --namespace=shop --replicas=6",
         ""},
        {{"-f", "-", "-n", "shop", "scale ledger to 2"}, 0, "statefulset/ledger --namespace=shop --replicas=2", ""},
        {{"-f", "-", "-n", "shop,pay", "scale cart to 2"}, 0, "deployment/cart --namespace=pay --replicas=2", ""},
        {{"-f", "-", "-n", "shop", "-n", "pay", "scale cart to 2"}, 0, "--namespace=pay", ""},
        {{"-f", "-", "scale ledger to 2"}, 0, "--namespace=default --replicas=2", ""},
        {{"-f", "-", "-n", "shop", "scale ledgre to 2"}, 2, "- statefulset/shop/ledger", ""},
        {{"-f", "-", "-n", "shop", "delete namespace shop"}, 2, "NeedsClarification: ", ""},
        {{"-f", "-", "-n", "shop", "--command", "kubectl scale deploy/checkout --replicas=4"}, 0, "--replicas=4", ""},
        {{"-f", "-", "-n", "shop", "--command", "kubectl explode deploy/checkout"}, 3, "Refused: ", ""},
        {{"-f", "-", "-n", "shop", "--command", "kubectl scale deploy/nope --replicas=4"},
         2,
         "deployment/shop/nope",
         ""},
        {{"--help"}, 0, "usage: kubechat plan", ""},
        {{NULL}, 1, "", "usage: kubechat plan"},
        {{"double checkout"}, 1, "", "--inventory FILE is needed"},
        {{"-f", "-", "-o", "xml", "double checkout"}, 1, "", "-o \"xml\": only json"},
        {{"-f", "-", "--command", "kubectl version", "words"}, 1, "", "not both"},
        {{"-f", "/nonexistent/objects.json", "double checkout"}, 1, "", "/nonexistent/objects.json"},
        {{"-f", "-", "--nosuch", "double checkout"}, 1, "", "unknown flag: --nosuch"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct run r = run(a, yaml, cases[i].args);
        if (r.code != cases[i].code || !strstr(r.out, cases[i].out) || !strstr(r.err, cases[i].err))
            fail_msg("case %zu: exit %d, \"%s\", \"%s\"", i, r.code, r.out, r.err);
    }
}

static void test_inputs(void **state)
{
    static const struct {
        const char *content;
        int code;
        const char *err;
    } cases[] = {
        {json, 0, ""},
        {"[]", 1, "document 1: expected a Kubernetes object"},
        {"{\"kind\": \"Deployment\"", 1, "--inventory"},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\n", 1, "document 1: a Deployment has no metadata.name"},
        {"", 2, ""},
    };
    static const char *const args[] = {"-f", "-", "-n", "shop", "double checkout", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct run r = run(a, cases[i].content, args);
        if (r.code != cases[i].code || !strstr(r.err, cases[i].err))
            fail_msg("case %zu: exit %d, \"%s\", \"%s\"", i, r.code, r.out, r.err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
