#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/identity.h"

#define STRS(...)                                                                                                      \
    {                                                                                                                  \
        .v = (const char *[]){__VA_ARGS__}, .n = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)                \
    }

static const struct kc_identity_filter everything = {.all_extras = true};

/* "Name: value\n..." of all headers, or NULL with err. */
static const char *headers(struct kc_arena *a, const struct kc_identity *as, const struct kc_identity_filter *f,
                           struct kc_err *err)
{
    struct kc_http_header *v = kc_arena_array(a, kc_identity_max_headers(as), sizeof(*v));
    const char *text = "";
    size_t n = 0;
    *err = (struct kc_err){0};
    if (!kc_identity_headers(a, as, f, v, &n, err))
        return NULL;
    for (size_t i = 0; i < n; i++)
        text = kc_arena_printf(a, "%s%s: %s\n", text, v[i].name, v[i].value);
    return text;
}

static void test_headers(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err;
    const struct kc_extra extras[] = {
        {"example.org/Roles%", STRS("a", "b")},
        {"scopes", STRS("view")},
        {"authentication.kubernetes.io/pod-name", STRS("p")},
    };
    const char *const groups_listed[] = {"ops", NULL}, *const extras_listed[] = {"scopes", NULL};
    const struct kc_identity_filter listed = {.groups = groups_listed, .extras = extras_listed}, plain = {0};
    const struct kc_identity ana = {.username = "ana",
                                    .uid = "u1",
                                    .groups = STRS("dev", "system:authenticated", "ops"),
                                    .extras = extras,
                                    .n_extras = 3};
    const struct kc_identity robot = {.username = "system:serviceaccount:shop:robot", .groups = STRS("dev")};
    const struct kc_identity accented = {.username = "jos\xc3\xa9@example.org"};
    (void)state;
    assert_string_equal(headers(a, &ana, &everything, &err),
                        "Impersonate-User: ana\nImpersonate-Uid: u1\nImpersonate-Group: dev\nImpersonate-Group: ops\n"
                        "Impersonate-Extra-example.org%2f%52oles%25: a\nImpersonate-Extra-example.org%2f%52oles%25: b\n"
                        "Impersonate-Extra-scopes: view\n");
    assert_string_equal(headers(a, &ana, &listed, &err),
                        "Impersonate-User: ana\nImpersonate-Uid: u1\nImpersonate-Group: ops\n"
                        "Impersonate-Extra-scopes: view\n");
    assert_string_equal(headers(a, &ana, &plain, &err),
                        "Impersonate-User: ana\nImpersonate-Uid: u1\nImpersonate-Group: dev\nImpersonate-Group: ops\n");
    assert_string_equal(headers(a, &robot, &everything, &err), "Impersonate-User: system:serviceaccount:shop:robot\n");
    assert_string_equal(headers(a, &accented, &everything, &err), "Impersonate-User: jos\xc3\xa9@example.org\n");
}

static void test_refused(void **state)
{
    const struct kc_extra split = {"k", STRS("v\r\nImpersonate-Group: system:masters")}, bad_key = {"k\xff", STRS("v")};
    const struct {
        const char *name, *field;
        struct kc_identity as;
    } cases[] = {
        {"line end in the user", "the user name", {.username = "ana\r\nImpersonate-Group: system:masters"}},
        {"line feed", "the user name", {.username = "ana\n"}},
        {"space before", "the user name", {.username = " ana"}},
        {"space after", "the user name", {.username = "ana "}},
        {"tab", "the user name", {.username = "a\tb"}},
        {"zero-width space", "the user name", {.username = "a\xe2\x80\x8b"}},
        {"not UTF-8", "the user name", {.username = "a\xff"}},
        {"uid", "the uid", {.username = "ana", .uid = "1\n2"}},
        {"group", "groups[1]", {.username = "ana", .groups = STRS("dev", "ops\r\n")}},
        {"empty group", "groups[0]", {.username = "ana", .groups = STRS("")}},
        {"extra", "extra[k][0]", {.username = "ana", .extras = &split, .n_extras = 1}},
        {"extra's key", "the key of an extra", {.username = "ana", .extras = &bad_key, .n_extras = 1}},
    };
    KC_ARENA_SCOPE(a);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct kc_err err;
        if (headers(a, &cases[i].as, &everything, &err))
            fail_msg("%s: accepted", cases[i].name);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].field) || strchr(err.message, '\n') || strstr(err.message, "masters"))
            fail_msg("%s: %s", cases[i].name, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
