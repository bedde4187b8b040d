/* What the API says of itself, its errors, and the three forms of an output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/text.h"
#include "controller/view/documents.h"
#include "controller/view/jobs.h"
#include "controller/view/output.h"
#include "controller/view/registration.h"

static void documents(void **state)
{
    static const struct {
        const char *path, *accept, *at, *is;
    } cases[] = {
        {"/apis", "application/json", "kind", "APIGroupList"},
        {"/apis/", "", "kind", "APIGroupList"},
        {"/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json", "kind",
         "APIGroupDiscoveryList"},
        {"/apis/view.kubechat.io", "", "preferredVersion.version", "v1alpha1"},
        {"/apis/view.kubechat.io/v1alpha1", "", "kind", "APIResourceList"},
        {"/apis/view.kubechat.io/v1alpha1/", "", "groupVersion", "view.kubechat.io/v1alpha1"},
        {"/openapi/v2", "", "swagger", "2.0"},
        {"/openapi/v3/apis/view.kubechat.io/v1alpha1", "", "openapi", "3.0.0"},
        {"/apis/view.kubechat.io/v1beta1", "", NULL, NULL},
        {"/", "", NULL, NULL},
        {"", "", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *type;
        KC_JSON_SCOPE *v = kc_view_document(cases[i].path, cases[i].accept, &type);
        if (!cases[i].at) {
            assert_null(v);
            continue;
        }
        if (!v || !KC_STREQ(kc_json_str(v, cases[i].at) ? kc_json_str(v, cases[i].at) : "", cases[i].is))
            fail_msg("%s", cases[i].path);
    }
}

static void failures(void **state)
{
    static const struct {
        enum kc_class class;
        int http, code;
        const char *reason;
    } cases[] = {
        {KC_FORBIDDEN, 401, 401, "Unauthorized"},   {KC_FORBIDDEN, 403, 403, "Forbidden"},
        {KC_FORBIDDEN, 0, 403, "Forbidden"},        {KC_NOT_FOUND, 404, 404, "NotFound"},
        {KC_INVALID, 422, 400, "BadRequest"},       {KC_INVALID, 405, 405, "MethodNotAllowed"},
        {KC_RETRY, 500, 503, "ServiceUnavailable"}, {KC_UNAVAILABLE, 0, 503, "ServiceUnavailable"},
        {KC_FATAL, 0, 500, "InternalError"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct kc_err e = {.class = cases[i].class, .http_status = cases[i].http, .message = "m"};
        KC_JSON_SCOPE *s = kc_view_status(&e, 0);
        assert_int_equal(kc_json_int(s, "code", 0), cases[i].code);
        assert_string_equal(kc_json_str(s, "reason"), cases[i].reason);
        assert_string_equal(kc_json_str(s, "message"), "m");
    }
}

static void an_output_has_three_forms(void **state)
{
    struct kc_output_step steps[] = {
        {.id = "1", .command = "kubectl get pod", .output = "NAME\nweb \xff\n", .note = ""},
        {.id = "3", .command = "kubectl get node", .note = "nodes is forbidden"},
    };
    struct kc_output two = {.ns = "shop", .name = "r", .uid = "u", .made_at = 0, .steps = steps, .n_steps = 2};
    struct kc_output one = {.ns = "shop", .name = "r", .uid = "u", .made_at = 0, .steps = steps, .n_steps = 1};
    KC_JSON_SCOPE *object = kc_output_encode(&two);
    KC_JSON_SCOPE *table = kc_output_table(&two);
    KC_BUF_SCOPE text = {0};
    KC_BUF_SCOPE alone = {0};

    (void)state;
    assert_string_equal(kc_json_str(object, "apiVersion"), "view.kubechat.io/v1alpha1");
    assert_string_equal(kc_json_str(object, "metadata.name"), "r");
    json_t *list = json_object_get(object, "steps");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(kc_json_str(json_array_get(list, 0), "output"), "NAME\nweb \xef\xbf\xbd\n");
    assert_null(json_object_get(json_array_get(list, 1), "output"));
    assert_string_equal(kc_json_str(json_array_get(list, 1), "note"), "nodes is forbidden");
    assert_string_equal(kc_json_str(table, "kind"), "Table");
    const json_t *cells = json_object_get(json_array_get(json_object_get(table, "rows"), 0), "cells");
    assert_string_equal(json_string_value(json_array_get(cells, 0)), "r/1");
    assert_int_equal(json_integer_value(json_array_get(cells, 2)), 2);
    kc_output_text(&two, &text);
    assert_string_equal(kc_buf_str(&text),
                        "$ kubectl get pod\nNAME\nweb \xff\n\n$ kubectl get node\nnodes is forbidden\n");
    kc_output_text(&one, &alone);
    assert_string_equal(kc_buf_str(&alone), "NAME\nweb \xff\n");
}

static void the_api_service_is_kept_right(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *s = json_pack("{s:{s:b, s:{s:s, s:i}}}", "spec", "insecureSkipTLSVerify", 1, "service", "name",
                                 "kubechat-view", "port", 443);

    (void)state;
    assert_true(kc_view_registration_set(a, s, "PEM", 0));
    assert_string_equal(kc_json_str(s, "spec.caBundle"), "UEVN");
    assert_null(kc_json_at(s, "spec.insecureSkipTLSVerify"));
    assert_int_equal(kc_json_int(s, "spec.service.port", 0), 443);
    assert_false(kc_view_registration_set(a, s, "PEM", 0));
    assert_true(kc_view_registration_set(a, s, "PEM", 9444));
    assert_int_equal(kc_json_int(s, "spec.service.port", 0), 9444);
    assert_false(kc_view_registration_set(a, s, "PEM", 9444));
    assert_true(kc_view_registration_set(a, s, "PEM2", 9444));
}

static void add_one(void *arg)
{
    __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void jobs_are_done_before_the_stop_and_bounded(void **state)
{
    struct kc_err err = {0};
    int done = 0, taken = 0;
    struct kc_jobs *j = kc_jobs_start(2, 8, &err);

    (void)state;
    for (int i = 0; i < 2000; i++)
        taken += kc_jobs_add(j, add_one, &done);
    assert_null(kc_jobs_stop(j));
    assert_true(taken >= 8);
    assert_int_equal(done, taken);
    j = kc_jobs_start(0, 2, &err); /* nobody takes any */
    assert_true(kc_jobs_add(j, add_one, &done));
    assert_true(kc_jobs_add(j, add_one, &done));
    assert_false(kc_jobs_add(j, add_one, &done));
    assert_null(kc_jobs_stop(j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),
        cmocka_unit_test(failures),
        cmocka_unit_test(an_output_has_three_forms),
        cmocka_unit_test(the_api_service_is_kept_right),
        cmocka_unit_test(jobs_are_done_before_the_stop_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
