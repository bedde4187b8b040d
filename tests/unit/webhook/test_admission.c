#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reviews.h"
#include "tests/unit/guard/policies.h"

static void refused(const json_t *response, const char *name, int code, const char *words)
{
    const char *message = kc_json_str(response, "status.message");
    if (kc_json_bool(response, "allowed", true) || !message || !strstr(message, words))
        fail_msg("%s: %s, want: %s", name, message ? message : "allowed", words);
    if (kc_json_int(response, "status.code", 0) != code)
        fail_msg("%s: code %d, want %d", name, (int)kc_json_int(response, "status.code", 0), code);
}

/* A request as it is stored after both webhooks. */
static json_t *stored(struct kc_arena *a, const char *who, const char *spec)
{
    json_t *o = object(a, spec, NULL);
    json_object_del(json_object_get(o, "metadata"), "uid");
    json_t *answer = ask(a, kc_admit_mutating, review(a, who, o, NULL), NULL);
    assert_true(kc_json_bool(answer, "allowed", false));
    apply(a, answer, o);
    answer = ask(a, kc_admit_validating, review(a, who, o, NULL), NULL);
    if (!kc_json_bool(answer, "allowed", false))
        fail_msg("not stored: %s", kc_json_str(answer, "status.message"));
    json_object_set_new(json_object_get(o, "metadata"), "uid", json_string("0a0a"));
    return o;
}

static void test_create_is_stamped_and_sealed(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_admission_verdict v;
    json_t *o = object(a, "{'prompt':'scale checkout to five'}", NULL);
    json_t *answer = ask(a, kc_admit_mutating, review(a, ANA, o, NULL), &v);
    assert_string_equal(kc_json_str(answer, "uid"), "r-1");
    assert_string_equal(kc_json_str(answer, "patchType"), "JSONPatch");
    assert_true(v.allowed);
    assert_string_equal(v.who.username, "ana");
    apply(a, answer, o);
    json_t *by = kc_json_at(o, "spec.requestedBy");
    assert_string_equal(kc_json_str(by, "username"), "ana");
    assert_string_equal(kc_json_str(by, "uid"), "u-1");
    assert_int_equal(json_array_size(kc_json_at(by, "groups")), 2);
    assert_true(json_equal(kc_json_at(by, "extra"), parse(a, "{'scopes':['read']}")));
    assert_int_equal(strlen(kc_json_str(by, "nonce")), 32);

    struct kc_chatrequest cr;
    assert_true(kc_chatrequest_decode(a, o, true, &cr, NULL));
    assert_true(kc_seal_request_valid(&snapshot.key, CLUSTER, &cr));
    const char *first = kc_json_str(by, "nonce");
    apply(a, ask(a, kc_admit_mutating, review(a, ANA, o, NULL), NULL), o); /* reinvocation, or an exported file */
    assert_string_not_equal(kc_json_str(o, "spec.requestedBy.nonce"), first);
    answer = ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL);
    assert_true(kc_json_bool(answer, "allowed", false));
}

static void test_name_chosen_by_the_server(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *o = object(a, "{'prompt':'scale checkout to five'}", NULL), *meta = json_object_get(o, "metadata");
    json_object_del(meta, "name");
    json_object_set_new(meta, "generateName", json_string("bump-"));
    apply(a, ask(a, kc_admit_mutating, review(a, ANA, o, NULL), NULL), o);
    json_object_set_new(meta, "name", json_string("bump-x7k2p"));
    assert_true(kc_json_bool(ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL), "allowed", false));
}

static void test_create_refused_by_the_mutating_webhook(void **state)
{
    (void)state;
    static const struct {
        const char *name, *who, *spec;
        int code;
        const char *words;
    } cases[] = {
        {"for somebody else", BOB, "{'prompt':'x','requestedBy':{'username':'ana'}}", 403,
         "\"ana\" is not you (\"bob\")"},
        {"another uid", ANA, "{'prompt':'x','requestedBy':{'uid':'u-2'}}", 403, "spec.requestedBy.uid"},
        {"a foreign group", ANA, "{'prompt':'x','requestedBy':{'username':'ana','groups':['sre','system:masters']}}",
         403, "not a member of \"system:masters\""},
        {"approvals", ANA, "{'prompt':'x','approvals':[{'decision':'Approve','planDigest':'" DIGEST_A "'}]}", 422,
         "spec.approvals must be empty"},
        {"system:masters", "{'username':'kubernetes-admin','groups':['system:masters']}", "{'prompt':'x'}", 403,
         "system:masters"},
        {"system user", "{'username':'system:kube-scheduler'}", "{'prompt':'x'}", 403, "system:kube-scheduler"},
        {"no prompt", ANA, "{}", 422, "spec.prompt"},
        {"empty prompt", ANA, "{'prompt':''}", 422, "spec.prompt"},
        {"unknown field", ANA, "{'prompt':'x','promt':'y'}", 422, "promt"},
        {"prompt is no string", ANA, "{'prompt':7}", 422, "spec.prompt"},
        {"requestedBy is no object", ANA, "{'prompt':'x','requestedBy':7,'commands':'x'}", 422, "spec.commands"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_admission_verdict v;
        json_t *o = object(a, cases[i].spec, NULL);
        refused(ask(a, kc_admit_mutating, review(a, cases[i].who, o, NULL), &v), cases[i].name, cases[i].code,
                cases[i].words);
        assert_false(v.allowed);
        assert_true(*v.reason && *v.message && KC_STREQ(v.ns, "shop") && KC_STREQ(v.name, "bump"));
    }
}

static void test_create_refused_by_the_validating_webhook(void **state)
{
    (void)state;
    static const struct {
        const char *name, *spec, *words;
    } cases[] = {
        {"bidi", "{'prompt':'scale \\u202echeckout'}", "spec.prompt: U+202E at byte 6"},
        {"control", "{'prompt':'a\\u0007b'}", "spec.prompt: U+0007 at byte 1"},
        {"not UTF-8", "{'prompt':'a\\ufffdb'}", "spec.prompt: U+FFFD at byte 1"},
        {"zero width in a command", "{'prompt':'x','commands':['kubectl get pods','kubectl\\u200b get pods']}",
         "spec.commands[1]: U+200B at byte 7"},
        {"cluster", "{'prompt':'x','context':{'cluster':'prod'}}",
         "spec.context.cluster: \"prod\" is not registered; known: "},
        {"shell", "{'prompt':'x','commands':['kubectl scale deployment/a --replicas=1; rm -rf /']}",
         "spec.commands[0]"},
        {"flag",
         "{'prompt':'x','commands':['kubectl scale deployment/a --replicas=1','kubectl scale deployment/a --replicas=1 "
         "--as=root']}",
         "spec.commands[1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        json_t *o = object(a, cases[i].spec, NULL);
        json_t *answer = ask(a, kc_admit_mutating, review(a, ANA, o, NULL), NULL);
        apply(a, answer, o);
        refused(ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL), cases[i].name, 422, cases[i].words);
    }
}

static void test_nothing_unsealed_is_stored(void **state)
{
    (void)state;
    static const struct {
        const char *name, *path, *value, *words;
    } cases[] = {
        {"prompt changed by another webhook", "prompt", "'scale checkout to fifty'", "does not fit the request"},
        {"command added by another webhook", "commands", "['kubectl scale deployment/a --replicas=1']", "does not fit"},
        {"read-only taken away", "readOnly", "true", "does not fit"},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = stored(a, ANA, "{'prompt':'scale checkout to five'}");
        json_object_set(json_object_get(o, "spec"), cases[i].path,
                        json_object_get(parse(a, kc_arena_printf(a, "{'v':%s}", cases[i].value)), "v"));
        refused(ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL), cases[i].name, 403, cases[i].words);
    }
    json_t *o = stored(a, ANA, "{'prompt':'scale checkout to five'}");
    refused(ask(a, kc_admit_validating, review(a, BOB, o, NULL), NULL), "caller", 403,
            "is not the identity that sends");
    json_object_del(kc_json_at(o, "spec.requestedBy"), "seal");
    refused(ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL), "no seal", 403, "seal is missing");
}

#define AWAITING "{'phase':'AwaitingApproval','plan':{'digest':'" DIGEST_A "'}}"

static json_t *with_status(struct kc_arena *a, json_t *o, const char *status)
{
    json_t *copy = json_deep_copy(o);
    json_object_set(copy, "status", parse(a, status));
    return copy;
}

static json_t *with_approval(struct kc_arena *a, const json_t *old, const char *approval)
{
    json_t *copy = json_deep_copy(old), *spec = json_object_get(copy, "spec");
    if (!json_object_get(spec, "approvals"))
        json_object_set_new(spec, "approvals", json_array());
    json_t *entry = json_object_get(parse(a, kc_arena_printf(a, "{'v':%s}", approval)), "v");
    json_array_append(json_object_get(spec, "approvals"), entry);
    return copy;
}

static void test_approval_is_stamped_and_sealed(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *first = stored(a, ANA, "{'prompt':'scale checkout to five'}");
    KC_JSON_SCOPE *old = with_status(a, first, AWAITING);
    KC_JSON_SCOPE *new_object = with_approval(a, old,
                                              "{'decision':'Approve','planDigest':'" DIGEST_A "','comment':'fine',"
                                              "'time':'2020-01-01T00:00:00Z','seal':'v1:Zm9yZ2Vk'}");
    json_t *answer = ask(a, kc_admit_mutating, review(a, BOB, new_object, old), NULL);
    assert_true(kc_json_bool(answer, "allowed", false));
    apply(a, answer, new_object);
    struct kc_chatrequest cr;
    assert_true(kc_chatrequest_decode(a, new_object, true, &cr, NULL));
    const struct kc_approval *approval = &cr.spec.approvals.v[0];
    assert_string_equal(approval->who.username, "bob");
    assert_int_equal(approval->time, NOW);
    assert_string_equal(approval->comment, "fine");
    assert_true(kc_seal_approval_valid(&snapshot.key, CLUSTER, "0a0a", approval));
    assert_true(kc_json_bool(ask(a, kc_admit_validating, review(a, BOB, new_object, old), NULL), "allowed", false));

    refused(ask(a, kc_admit_validating, review(a, ANA, new_object, old), NULL), "of another caller", 403, "is not you");
    json_object_set_new(json_array_get(kc_json_at(new_object, "spec.approvals"), 0), "comment", json_string("changed"));
    refused(ask(a, kc_admit_validating, review(a, BOB, new_object, old), NULL), "changed afterwards", 403,
            "did not stamp");
}

static void test_approval_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *who, *status, *approval;
        int code;
        const char *words;
    } cases[] = {
        {"for somebody else", BOB, AWAITING, "{'decision':'Approve','planDigest':'" DIGEST_A "','username':'ana'}", 403,
         "spec.approvals[0].username: \"ana\" is not you (\"bob\")"},
        {"another plan", BOB, AWAITING, "{'decision':'Approve','planDigest':'" DIGEST_B "'}", 422,
         "sha256:bbbbbbbbbbbb is not the plan that is shown (sha256:aaaaaaaaaaaa)"},
        {"no digest", BOB, AWAITING, "{'decision':'Approve'}", 422, "planDigest is missing"},
        {"no decision", BOB, AWAITING, "{'planDigest':'" DIGEST_A "'}", 422, "spec.approvals[0].decision"},
        {"a wrong decision", BOB, AWAITING, "{'decision':'approve','planDigest':'" DIGEST_A "'}", 422,
         "\"approve\" is neither"},
        {"too early", BOB, "{}", "{'decision':'Approve','planDigest':'" DIGEST_A "'}", 422, "not planned yet"},
        {"planning", BOB, "{'phase':'Planning'}", "{'decision':'Approve','planDigest':'" DIGEST_A "'}", 422,
         "is Planning"},
        {"too late", BOB, "{'phase':'Succeeded','plan':{'digest':'" DIGEST_A "'}}",
         "{'decision':'Approve','planDigest':'" DIGEST_A "'}", 422, "has ended (Succeeded)"},
        {"no plan", BOB, "{'phase':'AwaitingApproval'}", "{'decision':'Approve','planDigest':'" DIGEST_A "'}", 422,
         "no plan"},
        {"a service account", "{'username':'system:serviceaccount:shop:robot'}", AWAITING,
         "{'decision':'Approve','planDigest':'" DIGEST_A "'}", 403, "service account"},
        {"no object", BOB, AWAITING, "7", 422, "spec.approvals[0].decision"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        json_t *first = stored(a, ANA, "{'prompt':'scale checkout to five'}");
        KC_JSON_SCOPE *old = with_status(a, first, cases[i].status);
        KC_JSON_SCOPE *new_object = with_approval(a, old, cases[i].approval);
        refused(ask(a, kc_admit_mutating, review(a, cases[i].who, new_object, old), NULL), cases[i].name, cases[i].code,
                cases[i].words);
    }
}

static void test_approvals_are_appended_one_by_one(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *entry = "{'decision':'Approve','planDigest':'" DIGEST_A "'}";
    json_t *first = stored(a, ANA, "{'prompt':'scale checkout to five'}");
    KC_JSON_SCOPE *old = with_status(a, first, AWAITING);
    KC_JSON_SCOPE *one = with_approval(a, old, entry);
    KC_JSON_SCOPE *two = with_approval(a, one, entry);
    refused(ask(a, kc_admit_mutating, review(a, BOB, two, old), NULL), "two at once", 422, "one approval at a time");
    refused(ask(a, kc_admit_mutating, review(a, BOB, old, one), NULL), "removed", 422,
            "spec.approvals[0] was changed or removed");
    KC_JSON_SCOPE *changed = with_approval(a, old, "{'decision':'Reject','planDigest':'" DIGEST_A "'}");
    refused(ask(a, kc_admit_mutating, review(a, BOB, changed, one), NULL), "changed", 422,
            "spec.approvals[0] was changed");

    json_t *answer = ask(a, kc_admit_mutating, review(a, BOB, two, one), NULL);
    apply(a, answer, two);
    assert_string_equal(kc_json_str(json_array_get(kc_json_at(two, "spec.approvals"), 1), "username"), "bob");
    answer = ask(a, kc_admit_mutating, review(a, BOB, one, one), NULL);
    assert_true(kc_json_bool(answer, "allowed", false));
    assert_null(kc_json_str(answer, "patch"));
}

/* Written while webhook and policy were away: an approval does not make it good. */
static void test_approval_of_an_unsealed_request(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    json_t *old = object(a, "{'prompt':'x','requestedBy':{'username':'ana'}}", AWAITING);
    KC_JSON_SCOPE *new_object = with_approval(a, old, "{'decision':'Approve','planDigest':'" DIGEST_A "'}");
    apply(a, ask(a, kc_admit_mutating, review(a, BOB, new_object, old), NULL), new_object);
    refused(ask(a, kc_admit_validating, review(a, BOB, new_object, old), NULL), "unsealed", 403,
            "did not come through");
}

/* What the server has: enough to know what a command is about. */
static const struct kc_mapping served[] = {
    {.group = "apps",
     .version = "v1",
     .kind = "Deployment",
     .resource = "deployments",
     .singular = "deployment",
     .namespaced = true,
     .scalable = true,
     .preferred = true},
};
static const struct kc_restmap types = {served, 1};

#define SCALE "'commands':['kubectl scale deployment/checkout --replicas=5']"

/* Commands are held against the policies as soon as they are stated. */
static void test_policies(void **state)
{
    (void)state;
    static const char freeze[] = "{'p':{'match':{'namespaces':['shop']},'suspend':true}}";
    static const char lock[] = "{'p':{'match':{'namespaces':['pay']},'contextLock':{}}}";
    static const char robots[] = "{'p':{'serviceAccounts':[{'namespace':'shop','name':'robot'}]}}";
    static const char robot[] = "{'username':'system:serviceaccount:shop:robot'}";
    static const struct {
        const char *name, *policies, *who, *spec;
        const char *words; /* of the refusal; NULL: stored */
    } cases[] = {
        {"none", "{}", ANA, "{'prompt':'x'," SCALE "}", NULL},
        {"suspended", freeze, ANA, "{'prompt':'x'," SCALE "}",
         "spec.commands[0]: policy p: changes are suspended here"},
        {"suspended, words", freeze, ANA, "{'prompt':'scale checkout to five'}", NULL},
        {"suspended, read only", freeze, ANA, "{'prompt':'x','readOnly':true," SCALE "}", NULL},
        {"suspended elsewhere", freeze, ANA, "{'prompt':'x','context':{'namespaces':['pay']}," SCALE "}", NULL},
        {"suspended where the command says", freeze, ANA,
         "{'prompt':'x','context':{'namespaces':['pay','shop']},'commands':['kubectl scale deployment/a -n pay "
         "--replicas=1',"
         "'kubectl scale deployment/a -n shop --replicas=1']}",
         "spec.commands[1]: policy p"},
        {"locked", lock, ANA, "{'prompt':'x','context':{'namespaces':['pay']}," SCALE "}",
         "a request in namespace shop may not change namespace pay; ask in namespace pay"},
        {"a type that is not known here", freeze, ANA,
         "{'prompt':'x','commands':['kubectl scale rollout/a --replicas=1']}", NULL},
        {"more approvals are no refusal", "{'p':{'approvals':[{'required':8}]}}", ANA, "{'prompt':'x'," SCALE "}",
         NULL},
        {"a service account", "{}", robot, "{'prompt':'x'," SCALE "}", "is a service account"},
        {"a service account, words", "{}", robot, "{'prompt':'how is checkout'}", NULL},
        {"a service account that is named", robots, robot, "{'prompt':'x'," SCALE "}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        snapshot.policies = policies_of(a, cases[i].policies, NULL);
        snapshot.types = &types;
        json_t *o = object(a, cases[i].spec, NULL);
        apply(a, ask(a, kc_admit_mutating, review(a, cases[i].who, o, NULL), NULL), o);
        json_t *answer = ask(a, kc_admit_validating, review(a, cases[i].who, o, NULL), NULL);
        if (cases[i].words)
            refused(answer, cases[i].name, 403, cases[i].words);
        else if (!kc_json_bool(answer, "allowed", false))
            fail_msg("%s: %s", cases[i].name, kc_json_str(answer, "status.message"));
        assert_null(json_object_get(answer, "warnings"));
    }
    snapshot.policies = NULL;
    snapshot.types = NULL;
}

static void test_policies_that_warn(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    snapshot.policies =
        policies_of(a, "{'d':{'enforcement':'DryRun','suspend':true},'w':{'enforcement':'Warn','suspend':true}}", NULL);
    snapshot.types = &types;
    json_t *o = object(a, "{'prompt':'x'," SCALE "}", NULL);
    apply(a, ask(a, kc_admit_mutating, review(a, ANA, o, NULL), NULL), o);
    json_t *answer = ask(a, kc_admit_validating, review(a, ANA, o, NULL), NULL);
    assert_true(kc_json_bool(answer, "allowed", false));
    assert_int_equal(json_array_size(json_object_get(answer, "warnings")), 1);
    assert_non_null(strstr(json_string_value(json_array_get(json_object_get(answer, "warnings"), 0)),
                           "policy w (Warn): would refuse: changes are suspended here"));
    snapshot.policies = NULL;
    snapshot.types = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_is_stamped_and_sealed),
        cmocka_unit_test(test_name_chosen_by_the_server),
        cmocka_unit_test(test_create_refused_by_the_mutating_webhook),
        cmocka_unit_test(test_create_refused_by_the_validating_webhook),
        cmocka_unit_test(test_nothing_unsealed_is_stored),
        cmocka_unit_test(test_approval_is_stamped_and_sealed),
        cmocka_unit_test(test_approval_refused),
        cmocka_unit_test(test_approvals_are_appended_one_by_one),
        cmocka_unit_test(test_approval_of_an_unsealed_request),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_policies_that_warn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
