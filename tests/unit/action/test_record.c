#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/record.h"
#include "tests/unit/action/types.h"

/* A plan of two steps, and everything that can be altered in it. */
struct plan {
    struct kc_plan_record r;
    struct kc_record_step steps[2];
    struct kc_change changes[2];
    const char *flags[2][2];
    struct kc_set_field sets[1];
    const char *groups[2];
    struct kc_extra extra;
    const char *values[1];
};

static void fill(struct plan *p)
{
    *p = (struct plan){0};
    p->groups[0] = "sre";
    p->groups[1] = "system:authenticated";
    p->values[0] = "eu";
    p->extra = (struct kc_extra){.key = "example.com/region", .values = {p->values, 1}};
    p->changes[0] =
        (struct kc_change){.path = "metadata.annotations.at", .from = "", .to = "12:00", .volatile_value = true};
    p->changes[1] = (struct kc_change){.path = "spec.replicas", .from = "3", .to = "5"};
    for (size_t i = 0; i < 2; i++) {
        struct kc_record_step *s = &p->steps[i];
        *s = (struct kc_record_step){.action = {.verb = kc_verb_find("scale")},
                                     .effect = KC_MUTATING,
                                     .reason = "\"five\"",
                                     .command = i ? "kubectl scale statefulset/db" : "kubectl scale deployment/web",
                                     .uid = i ? "u2" : "u1",
                                     .controller = i ? NULL : "Operator/shop",
                                     .fingerprint = "",
                                     .undo = "kubectl scale",
                                     .reversible = KC_REVERSIBLE};
        s->action.target = kc_target_of(&types[i ? 6 : 4], "shop", i ? "db" : "web");
        p->flags[i][0] = "5";
        p->flags[i][1] = i ? "3" : NULL;
        s->action.flags = p->flags[i];
        s->request =
            (struct kc_api_request){.method = "PATCH",
                                    .path = i ? "/apis/apps/v1/statefulsets/db" : "/apis/apps/v1/deployments/web",
                                    .query = "fieldManager=kubechat",
                                    .content_type = "application/merge-patch+json",
                                    .body = "{}",
                                    .body_len = 2};
    }
    p->steps[1].deferred = true;
    p->steps[0].changes = p->changes;
    p->steps[0].n_changes = 2;
    p->sets[0] = (struct kc_set_field){"spec.replicas", "5"};
    p->steps[0].sets = p->sets;
    p->steps[0].n_sets = 1;
    p->r = (struct kc_plan_record){
        .requester = {.username = "ana", .uid = "7", .groups = {p->groups, 2}, .extras = &p->extra, .n_extras = 1},
        .cluster_uid = "c1",
        .request_uid = "r1",
        .made_at = 1764000000123,
        .expires_at = 1764000900456,
        .follows = "sha256:01",
        .why = KC_WHY_ROLLBACK,
        .cause_reason = "StepRefused",
        .cause = "step 2: exceeded quota",
        .steps = p->steps,
        .n_steps = 2};
}

static const char *digest(struct kc_arena *a, const struct plan *p)
{
    struct kc_err err = {0};
    const char *d = kc_plan_digest(a, &p->r, &err);
    if (!d)
        fail_msg("%s", err.message);
    return d;
}

static void a_record_comes_back_whole(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct plan p;
    struct kc_plan_record r;
    struct kc_err err = {0};
    size_t len, again_len;
    fill(&p);
    const char *bytes = kc_plan_record_encode(a, &p.r, &len, &err);
    assert_non_null(bytes);
    if (!kc_plan_record_decode(a, bytes, len, &r, &err))
        fail_msg("%s", err.message);
    assert_string_equal(r.requester.username, "ana");
    assert_string_equal(r.requester.uid, "7");
    assert_int_equal(r.requester.groups.n, 2);
    assert_string_equal(r.requester.groups.v[0], "sre");
    assert_int_equal(r.requester.n_extras, 1);
    assert_string_equal(r.requester.extras[0].values.v[0], "eu");
    assert_string_equal(r.cluster_uid, "c1");
    assert_string_equal(r.request_uid, "r1");
    assert_true(r.made_at == 1764000000123 && r.expires_at == 1764000900456);
    assert_string_equal(r.follows, "sha256:01");
    assert_string_equal(r.why, KC_WHY_ROLLBACK);
    assert_string_equal(r.cause_reason, "StepRefused");
    assert_string_equal(r.cause, "step 2: exceeded quota");
    assert_int_equal(r.n_steps, 2);
    const struct kc_record_step *s = &r.steps[0];
    assert_true(kc_action_equal(&s->action, &p.steps[0].action));
    assert_true(kc_action_equal(&r.steps[1].action, &p.steps[1].action));
    assert_int_equal(s->effect, KC_MUTATING);
    assert_string_equal(s->reason, "\"five\"");
    assert_string_equal(s->command, "kubectl scale deployment/web");
    assert_string_equal(s->uid, "u1");
    assert_string_equal(s->controller, "Operator/shop");
    assert_string_equal(r.steps[1].controller, "");
    assert_string_equal(s->undo, "kubectl scale");
    assert_string_equal(s->fingerprint, "");
    assert_int_equal(s->reversible, KC_REVERSIBLE);
    assert_string_equal(s->request.method, "PATCH");
    assert_string_equal(s->request.path, "/apis/apps/v1/deployments/web");
    assert_string_equal(s->request.query, "fieldManager=kubechat");
    assert_string_equal(s->request.content_type, "application/merge-patch+json");
    assert_string_equal(s->request.body, "{}");
    assert_int_equal(s->request.body_len, 2);
    assert_true(r.steps[1].deferred && !s->deferred);
    assert_int_equal(s->n_sets, 1);
    assert_string_equal(s->sets[0].path, "spec.replicas");
    assert_string_equal(s->sets[0].value, "5");
    assert_int_equal(r.steps[1].n_sets, 0);
    assert_int_equal(s->n_changes, 2);
    assert_true(s->changes[0].volatile_value);
    assert_false(s->changes[1].volatile_value);
    assert_string_equal(s->changes[1].path, "spec.replicas");
    assert_string_equal(s->changes[1].from, "3");
    assert_string_equal(s->changes[1].to, "5");
    assert_string_equal(kc_plan_digest(a, &r, &err), digest(a, &p));
    assert_memory_equal(kc_plan_record_encode(a, &r, &again_len, &err), bytes, len);
    assert_int_equal(again_len, len);
    assert_int_equal(kc_plan_mutating(&r), 2);
    r.steps[1].effect = KC_READ_ONLY;
    assert_int_equal(kc_plan_mutating(&r), 1);
}

static void parts_come_back(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct plan p;
    struct kc_plan_record r;
    struct kc_err err = {0};
    size_t len;
    fill(&p);
    assert_int_equal(kc_plan_groups(&p.r), 2);
    p.steps[0].part = "scale deployment/shop/web";
    p.steps[0].whole = "kubectl scale deployment/web deployment/db";
    p.steps[1].part = "scale deployment/shop/db";
    p.steps[0].group = p.steps[1].group = 3;
    const char *bytes = kc_plan_record_encode(a, &p.r, &len, &err);
    assert_non_null(bytes);
    assert_true(kc_plan_record_decode(a, bytes, len, &r, &err));
    assert_int_equal(r.steps[0].group, 3);
    assert_string_equal(r.steps[0].part, "scale deployment/shop/web");
    assert_string_equal(r.steps[0].whole, "kubectl scale deployment/web deployment/db");
    assert_string_equal(r.steps[1].part, "scale deployment/shop/db");
    assert_string_equal(r.steps[1].whole, "");
    assert_string_equal(kc_plan_digest(a, &r, &err), digest(a, &p));
    assert_int_equal(kc_plan_groups(&r), 1);
    assert_int_equal(kc_plan_group_end(&r, 0), 2);
    assert_int_equal(kc_plan_group_of(&r, 1), 0);
    r.steps[1].group = 4; /* parts of two steps that stand side by side */
    assert_int_equal(kc_plan_groups(&r), 2);
    assert_int_equal(kc_plan_group_of(&r, 1), 1);
}

/* Each alters one thing. */
#define ALTER(name, statement)                                                                                         \
    static void name(struct plan *p)                                                                                   \
    {                                                                                                                  \
        statement;                                                                                                     \
    }
ALTER(requester, p->r.requester.username = "bob")
ALTER(requester_uid, p->r.requester.uid = "8")
ALTER(requester_group, p->groups[0] = "admins")
ALTER(requester_groups, p->r.requester.groups.n = 1)
ALTER(requester_extra, p->values[0] = "us")
ALTER(cluster, p->r.cluster_uid = "c2")
ALTER(request, p->r.request_uid = "r2")
ALTER(fewer_steps, p->r.n_steps = 1)
ALTER(order_of_steps, struct kc_record_step s = p->steps[0]; p->steps[0] = p->steps[1]; p->steps[1] = s)
ALTER(replicas, p->flags[0][0] = "6")
ALTER(current_replicas, p->flags[0][1] = "3")
ALTER(method, p->steps[0].request.method = "PUT")
ALTER(path, p->steps[0].request.path = "/api/v1/pods/web")
ALTER(query, p->steps[0].request.query = "fieldManager=kubechat&force=true")
ALTER(content_type, p->steps[0].request.content_type = "application/json-patch+json")
ALTER(body, p->steps[0].request.body = "[]")
ALTER(name, p->steps[0].action.target.name = "cart")
ALTER(namespace, p->steps[0].action.target.ns = "pay")
ALTER(resource, p->steps[0].action.target.resource = "replicasets")
ALTER(kind, p->steps[0].action.target.kind = "ReplicaSet")
ALTER(group, p->steps[0].action.target.group = "fleet.example.com")
ALTER(version, p->steps[0].action.target.version = "v1beta2")
ALTER(effect, p->steps[0].effect = KC_DESTRUCTIVE)
ALTER(command, p->steps[0].command = "kubectl scale deployment/cart")
ALTER(uid, p->steps[1].uid = "u3")
ALTER(change_path, p->changes[1].path = "spec.paused")
ALTER(change_from, p->changes[1].from = "4")
ALTER(change_to, p->changes[1].to = "6")
ALTER(change_gone, p->steps[0].n_changes = 1)
ALTER(no_longer_volatile, p->changes[0].volatile_value = false)
ALTER(follows, p->r.follows = "sha256:02")
ALTER(first, p->r.follows = "")
ALTER(why, p->r.why = KC_WHY_DEFERRED)
ALTER(deferred, p->steps[0].deferred = true)
ALTER(fingerprint, p->steps[0].fingerprint = "sha256:00")
ALTER(parts, p->steps[0].part = "a"; p->steps[1].part = "b")

ALTER(cause, p->r.cause = "another")
ALTER(made_at, p->r.made_at++)
ALTER(expires_at, p->r.expires_at++)
ALTER(reason, p->steps[0].reason = "because")
ALTER(undo, p->steps[0].undo = "")
ALTER(reversible, p->steps[0].reversible = KC_PARTIAL)
ALTER(volatile_to, p->changes[0].to = "13:00")
ALTER(volatile_path, p->changes[0].path = "metadata.annotations.other")

static void the_digest_covers_what_is_approved_and_nothing_else(void **state)
{
    (void)state;
    static void (*const covered[])(struct plan *) = {
        requester,
        requester_uid,
        requester_group,
        requester_groups,
        requester_extra,
        cluster,
        request,
        fewer_steps,
        parts,
        order_of_steps,
        replicas,
        current_replicas,
        method,
        path,
        query,
        content_type,
        body,
        name,
        namespace,
        resource,
        kind,
        group,
        version,
        effect,
        command,
        uid,
        change_path,
        change_from,
        change_to,
        change_gone,
        fingerprint,
        no_longer_volatile,
        follows,
        first,
        why,
        deferred,
    };
    static void (*const free_to_move[])(struct plan *) = {cause, made_at,    expires_at,  reason,
                                                          undo,  reversible, volatile_to, volatile_path};
    KC_ARENA_SCOPE(a);
    struct plan p;
    fill(&p);
    const char *seen[sizeof covered / sizeof *covered], *base = digest(a, &p);
    assert_true(kc_str_starts(base, "sha256:"));
    assert_int_equal(strlen(base), 7 + 64);
    size_t n = sizeof covered / sizeof *covered;
    for (size_t i = 0; i < n; i++) {
        fill(&p);
        covered[i](&p);
        seen[i] = digest(a, &p);
        if (KC_STREQ(seen[i], base))
            fail_msg("alteration %zu is not covered", i);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
    for (size_t i = 0; i < sizeof free_to_move / sizeof *free_to_move; i++) {
        fill(&p);
        free_to_move[i](&p);
        if (!KC_STREQ(digest(a, &p), base))
            fail_msg("alteration %zu should not matter", i);
    }
}

/* A plan that was shown to somebody before plans could follow each other keeps its digest. */
static void the_first_plan_is_digested_as_ever(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct plan p;
    fill(&p);
    p.r.follows = p.r.why = "";
    p.steps[1].deferred = false;
    assert_string_equal(digest(a, &p), "sha256:772a602880cb25589f02c9fd2c8e65b0c80f1203f0ceaad782c90bf139d89e6c");
}

/* Cutting, or one byte changed: an error or another record, never a crash, and never the old digest for new bytes that
 * matter. */
static void damaged_blobs_are_refused(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct plan p;
    struct kc_plan_record r;
    struct kc_err err = {0};
    size_t len;
    fill(&p);
    const char *bytes = kc_plan_record_encode(a, &p.r, &len, &err);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(kc_plan_record_decode(a, bytes, cut, &r, &err));
    static const struct {
        const char *from, *to, *says;
    } edits[] = {
        {"\"requester\"", "\"requestor\"", "requester: missing"},
        {"\"Mutating\"", "\"Harmless\"", "effect: \"Harmless\""},
        {"\"Reversible\"", "\"Reversable\"", "reversible"},
        {"\"scale\"", "\"stale\"", "verb: \"stale\""},
        {"\"clusterUID\"", "\"clusterUid\"", "clusterUID: missing"},
        {"\"madeAt\":1764000000123", "\"madeAt\":\"764000000123", "plan record"},
        {"\"volatile\":true", "\"volatile\":null", "volatile"},
        {"\"replicas\":\"5\"", "\"replicas\":\"x\"", "--replicas=x"},
        {"\"path\"", "\"paht\"", "path: missing"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char *copy = kc_arena_strndup(a, bytes, len), *at = strstr(copy, edits[i].from);
        assert_non_null(at);
        memcpy(at, edits[i].to, strlen(edits[i].to));
        if (kc_plan_record_decode(a, copy, len, &r, &err))
            fail_msg("%s: accepted", edits[i].to);
        assert_int_equal(err.class, KC_INVALID);
        if (!strstr(err.message, edits[i].says))
            fail_msg("%s: %s", edits[i].to, err.message);
    }
}

static void what_is_not_utf8_is_an_error(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct plan p;
    struct kc_err err = {0};
    size_t len;
    fill(&p);
    p.steps[0].reason = "\xFF";
    assert_null(kc_plan_record_encode(a, &p.r, &len, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_non_null(strstr(err.message, "reason"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_whole),
        cmocka_unit_test(parts_come_back),
        cmocka_unit_test(the_digest_covers_what_is_approved_and_nothing_else),
        cmocka_unit_test(the_first_plan_is_digested_as_ever),
        cmocka_unit_test(damaged_blobs_are_refused),
        cmocka_unit_test(what_is_not_utf8_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
