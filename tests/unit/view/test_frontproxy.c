/* Whom the API server may speak for, and what its headers say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/view/frontproxy.h"

#define CA "-----BEGIN CERTIFICATE-----\n"

static json_t *config_map(const char *names)
{
    return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "data", "requestheader-client-ca-file", CA,
                     "requestheader-allowed-names", names, "requestheader-username-headers", "[\"X-Remote-User\"]",
                     "requestheader-group-headers", "[\"X-Remote-Group\"]", "requestheader-extra-headers-prefix",
                     "[\"X-Remote-Extra-\"]", "requestheader-uid-headers", "[\"X-Remote-Uid\"]");
}

static struct kc_frontproxy proxy_of(struct kc_arena *a, const char *names)
{
    KC_JSON_SCOPE *map = config_map(names);
    struct kc_frontproxy f;
    struct kc_err err = {0};

    if (!kc_frontproxy_decode(a, map, &f, &err))
        fail_msg("%s", err.message);
    return f;
}

static void config_maps(void **state)
{
    static const struct {
        const char *key, *value, *says;
    } cases[] = {
        {"requestheader-client-ca-file", NULL, "requestheader-client-ca-file is missing"},
        {"requestheader-username-headers", NULL, "requestheader-username-headers is missing"},
        {"requestheader-username-headers", "[]", "requestheader-username-headers is missing"},
        {"requestheader-group-headers", "{}", "requestheader-group-headers is no list"},
        {"requestheader-allowed-names", "[", "requestheader-allowed-names"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        KC_JSON_SCOPE *map = config_map("[\"front\"]");
        struct kc_frontproxy f;
        struct kc_err err = {0};
        json_object_del(json_object_get(map, "data"), cases[i].key);
        if (cases[i].value)
            json_object_set_new(json_object_get(map, "data"), cases[i].key, json_string(cases[i].value));
        assert_false(kc_frontproxy_decode(a, map, &f, &err));
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s", err.message);
    }
}

static void who_is_not_believed(void **state)
{
    static const struct kc_header admin[] = {{"X-Remote-User", "admin"}, {"X-Remote-Group", "system:masters"}};
    static const struct kc_header nobody[] = {{"X-Remote-User", ""}, {"X-Remote-Group", "sre"}};
    static const struct {
        const char *name, *names, *peer;
        const struct kc_header *headers;
        const char *says;
    } cases[] = {
        {"no certificate", "[\"front\"]", NULL, admin, "no client certificate"},
        {"no certificate, any name", "[]", NULL, admin, "no client certificate"},
        {"another's certificate", "[\"front\"]", "kubelet", admin, "none of the API server's aggregation layer"},
        {"no common name", "[\"front\"]", "", admin, "none of the API server's aggregation layer"},
        {"no user", "[\"front\"]", "front", nobody, "did not say who is calling"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_frontproxy f = proxy_of(a, cases[i].names);
        struct kc_identity who;
        struct kc_err err = {0};
        if (kc_frontproxy_identity(a, &f, cases[i].peer, cases[i].headers, 2, &who, &err))
            fail_msg("%s: believed", cases[i].name);
        assert_int_equal(err.http_status, 401);
        if (!strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].name, err.message);
    }
}

static void who_is(void **state)
{
    static const struct kc_header headers[] = {
        {"Host", "h"},
        {"x-remote-user", "ana"},
        {"X-Remote-User", "bob"}, /* the first counts */
        {"X-Remote-Group", "sre"},
        {"x-remote-group", "system:authenticated"},
        {"X-Remote-Uid", "u-1"},
        {"X-Remote-Extra-Example.com%2fProject", "a"},
        {"x-remote-extra-example.com%2fproject", "b"},
        {"X-Remote-Extra-Authentication.kubernetes.io%2fcredential-Id", "X509SHA256=1"},
        {"X-Remote-Extra-", "no key"},
        {"X-Remote-Extra-50%", "odd"},
    };
    KC_ARENA_SCOPE(a);
    struct kc_frontproxy f = proxy_of(a, "[]");
    struct kc_identity who;
    struct kc_err err = {0};

    (void)state;
    assert_true(kc_frontproxy_identity(a, &f, "anybody that the CA signed", headers, sizeof headers / sizeof headers[0],
                                       &who, &err));
    assert_string_equal(who.username, "ana");
    assert_string_equal(who.uid, "u-1");
    assert_int_equal(who.groups.n, 2);
    assert_string_equal(who.groups.v[0], "sre");
    assert_string_equal(who.groups.v[1], "system:authenticated");
    assert_int_equal(who.n_extras, 2);
    assert_string_equal(who.extras[0].key, "example.com/project");
    assert_int_equal(who.extras[0].values.n, 2);
    assert_string_equal(who.extras[0].values.v[1], "b");
    assert_string_equal(who.extras[1].key, "50%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_maps),
        cmocka_unit_test(who_is_not_believed),
        cmocka_unit_test(who_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
