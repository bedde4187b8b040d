/* What is added to a recorded request when it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/request.h"

#define JSON   "application/json"
#define MERGE  "application/merge-patch+json"
#define RV     "\"resourceVersion\":\"4711\""
#define DELETE "\"propagationPolicy\":\"Background\""

static const struct row {
    const char *name, *method, *path, *type, *body;
    const char *sent, *dry_run, *dry_run_query;
} rows[] = {
    {"merge patch", "PATCH", "/p", MERGE, "{\"spec\":{\"replicas\":0}}",
     "{\"metadata\":{" RV "},\"spec\":{\"replicas\":0}}", "{\"spec\":{\"replicas\":0}}",
     "dryRun=All&fieldManager=kubechat"},
    {"merge patch of metadata", "PATCH", "/p", MERGE, "{\"metadata\":{\"labels\":{\"a\":null}}}",
     "{\"metadata\":{\"labels\":{\"a\":null}," RV "}}", "{\"metadata\":{\"labels\":{\"a\":null}}}",
     "dryRun=All&fieldManager=kubechat"},
    {"strategic patch", "PATCH", "/p", "application/strategic-merge-patch+json", "{}", "{\"metadata\":{" RV "}}", "{}",
     "dryRun=All&fieldManager=kubechat"},
    {"apply", "PATCH", "/p", "application/apply-patch+yaml", "{\"kind\":\"A\"}",
     "{\"kind\":\"A\",\"metadata\":{" RV ",\"uid\":\"u-1\"}}", "{\"kind\":\"A\"}", "dryRun=All&fieldManager=kubechat"},
    {"JSON patch", "PATCH", "/p", "application/json-patch+json", "[{\"op\":\"remove\",\"path\":\"/spec/x\"}]",
     "[{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\",\"value\":\"4711\"},"
     "{\"op\":\"remove\",\"path\":\"/spec/x\"}]",
     "[{\"op\":\"remove\",\"path\":\"/spec/x\"}]", "dryRun=All&fieldManager=kubechat"},
    {"update", "PUT", "/p", JSON,
     "{\"metadata\":{\"name\":\"a\","
     "\"resourceVersion\":\"1\"}}",
     "{\"metadata\":{\"name\":\"a\"," RV ",\"uid\":\"u-1\"}}", "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}",
     "dryRun=All&fieldManager=kubechat"},
    {"create", "POST", "/p", JSON, "{\"kind\":\"Job\"}", "{\"kind\":\"Job\"}", "{\"kind\":\"Job\"}",
     "dryRun=All&fieldManager=kubechat"},
    {"delete", "DELETE", "/p", JSON, "{" DELETE "}", "{\"preconditions\":{" RV ",\"uid\":\"u-1\"}," DELETE "}",
     "{\"dryRun\":[\"All\"]," DELETE "}", "fieldManager=kubechat"},
    {"eviction", "POST", "/api/v1/namespaces/a/pods/b/eviction", JSON, "{\"kind\":\"Eviction\"}",
     "{\"deleteOptions\":{\"preconditions\":{" RV ",\"uid\":\"u-1\"}},\"kind\":\"Eviction\"}",
     "{\"deleteOptions\":{\"dryRun\":[\"All\"]},\"kind\":\"Eviction\"}", "fieldManager=kubechat"},
};

static struct kc_api_request recorded(const struct row *r)
{
    return (struct kc_api_request){.method = r->method,
                                   .path = r->path,
                                   .query = "fieldManager=kubechat",
                                   .content_type = r->type,
                                   .body = r->body,
                                   .body_len = strlen(r->body)};
}

static void adds_the_precondition_or_the_dry_run(void **state)
{
    (void)state;
    const struct kc_precondition pre = {.resource_version = "4711", .uid = "u-1"},
                                 none = {.resource_version = "", .uid = ""};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const struct row *r = &rows[i];
        struct kc_api_request was = recorded(r), req;
        struct kc_err err = {0};
        if (!kc_request_prepare(a, &was, &pre, false, &req, &err))
            fail_msg("%s: %s", r->name, err.message);
        assert_string_equal(req.body, r->sent);
        assert_int_equal(req.body_len, strlen(req.body));
        assert_string_equal(req.query, "fieldManager=kubechat");
        assert_true(kc_request_prepare(a, &was, NULL, true, &req, &err));
        assert_string_equal(req.body, r->dry_run);
        assert_string_equal(req.query, r->dry_run_query);
        assert_string_equal(req.method, r->method);
        assert_string_equal(req.path, r->path);
        assert_string_equal(req.content_type, r->type);
        assert_true(kc_request_prepare(a, &was, NULL, false, &req, &err));
        assert_string_equal(req.body, r->body);
        assert_true(kc_request_prepare(a, &was, &none, false, &req, &err));
        assert_null(strstr(req.body, "4711"));
    }
}

static void a_body_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const struct row wrong[] = {
        {.method = "PATCH", .path = "/p", .type = MERGE, .body = "[]"},
        {.method = "PATCH", .path = "/p", .type = MERGE, .body = "{\"metadata\":5}"},
        {.method = "PATCH", .path = "/p", .type = "application/json-patch+json", .body = "{}"},
        {.method = "PATCH", .path = "/p", .type = "text/plain", .body = "{}"},
        {.method = "PATCH", .path = "/p", .type = MERGE, .body = "{"},
        {.method = "DELETE", .path = "/p", .type = JSON, .body = "{\"preconditions\":[]}"},
        {.method = "POST", .path = "/p/eviction", .type = JSON, .body = "{\"deleteOptions\":1}"},
        {.method = "GET", .path = "/p", .type = JSON, .body = "{}"},
        {.method = "POST", .path = "/p", .type = JSON, .body = ""},
    };
    const struct kc_precondition pre = {.resource_version = "4711", .uid = "u-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_api_request was = recorded(&wrong[i]), req;
        struct kc_err err = {0};
        if (kc_request_prepare(a, &was, &pre, false, &req, &err))
            fail_msg("%s %s: accepted", wrong[i].method, wrong[i].body);
        assert_int_equal(err.class, KC_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_the_precondition_or_the_dry_run),
        cmocka_unit_test(a_body_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
