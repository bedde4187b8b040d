#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reviews.h"
#include "webhook/review.h"

static void test_what_is_no_review(void **state)
{
    (void)state;
#define HEAD     "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{"
#define RESOURCE "'resource':{'group':'kubechat.io','version':'v1alpha1','resource':'chatrequests'},"
#define WHO      "'userInfo':{'username':'ana'},"
    static const struct {
        const char *body, *words;
    } cases[] = {
        {"", "AdmissionReview"},
        {"[]", "apiVersion"},
        {"null", "AdmissionReview"},
        {"{'apiVersion':'admission.k8s.io/v1beta1','kind':'AdmissionReview'}", "apiVersion"},
        {"{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview'}", "request.uid"},
        {HEAD "'uid':''}}", "request.uid"},
        {HEAD "'uid':7}}", "request.uid"},
        {HEAD "'uid':'u'}}", "request.resource"},
        {HEAD "'uid':'u','resource':{'group':'','resource':'pods'}}}", "request.resource"},
        {HEAD "'uid':'u'," RESOURCE "'subResource':'status'}}", "request.resource"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'DELETE'}}", "request.operation"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE'}}", "request.object"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':[]}}", "request.object"},
        {HEAD "'uid':'u'," RESOURCE WHO "'operation':'UPDATE','object':{}}}", "request.oldObject"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{}}}", "username"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':''}}}", "username"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':'a\\u0000b'}}}", "NUL"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':'a','groups':'b'}}}",
         "groups"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':'a','groups':[7]}}}",
         "groups"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':'a','extra':[]}}}",
         "extra"},
        {HEAD "'uid':'u'," RESOURCE "'operation':'CREATE','object':{},'userInfo':{'username':'a','extra':{'k':'v'}}}}",
         "extra"},
        {HEAD "'uid':'u','uid':'v'," RESOURCE WHO "'operation':'CREATE','object':{}}}", "AdmissionReview"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        const char *body = quoted(a, cases[i].body);
        struct kc_review r;
        struct kc_err err = {0};
        if (kc_review_decode(a, body, strlen(body), &r, &err))
            fail_msg("taken: %s", body);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, cases[i].words))
            fail_msg("%s: %s, want: %s", body, err.message, cases[i].words);
    }
}

static void test_decode(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *o = object(a, "{'prompt':'x'}", "{'phase':'Succeeded'}");
    json_t *old = object(a, "{'prompt':'x'}", "{'phase':'AwaitingApproval'}");
    const char *body = review(a, ANA, o, old);
    struct kc_review r;
    assert_true(kc_review_decode(a, body, strlen(body), &r, NULL));
    assert_int_equal(r.operation, KC_UPDATE);
    assert_false(r.dry_run);
    assert_string_equal(r.ns, "shop");
    assert_null(json_object_get(r.object, "status"));
    assert_string_equal(kc_json_str(r.old, "status.phase"), "AwaitingApproval");
    assert_int_equal(r.who.n_extras, 1);
    assert_string_equal(r.who.extras[0].key, "scopes");
}

static void test_dry_run_reaches_the_verdict(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *r = parse(a, review(a, ANA, object(a, "{'prompt':'x'}", NULL), NULL));
    json_object_set_new(json_object_get(r, "request"), "dryRun", json_true());
    char *body = json_dumps(r, JSON_COMPACT);
    struct kc_admission_verdict v;
    json_t *answer = ask(a, kc_admit_mutating, body, &v);
    free(body);
    assert_true(v.dry_run);
    assert_non_null(kc_json_str(answer, "patch"));
}

static void test_answers_quote(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_review r = {.uid = "a\"b"};
    struct kc_err why = {0};
    kc_fail(&why, KC_INVALID, "X", "say \"no\"\n");
    KC_BUF_SCOPE out = {0};
    kc_review_refuse(&r, &why, &out);
    json_t *v = kc_json_parse_in(a, out.data, out.len, 1 << 16, "answer", NULL);
    assert_non_null(v);
    assert_string_equal(kc_json_str(v, "response.uid"), "a\"b");
    assert_string_equal(kc_json_str(v, "response.status.message"), "say \"no\"\n");
    assert_string_equal(kc_json_str(v, "response.status.reason"), "Invalid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_review),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_dry_run_reaches_the_verdict),
        cmocka_unit_test(test_answers_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
