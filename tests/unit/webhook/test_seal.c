#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "webhook/seal.h"

#define CLUSTER "6f0cdb6c-0000-4000-8000-000000000001"

static const struct kc_seal_key key = {{1, 2, 3}}, other_key = {{1, 2, 4}};
static const char *groups[] = {"sre", "system:authenticated"};
static const char *other_groups[] = {"sre", "platform-admins"};
static const char *scopes[] = {"read"};
static const struct kc_extra extras[] = {{"scopes", {scopes, 1}}};
static const char *commands[] = {"kubectl scale deployment/checkout --replicas=5"};

static struct kc_chatrequest request(void)
{
    return (struct kc_chatrequest){
        .meta = {.name = "bump", .generate_name = "", .ns = "shop"},
        .spec = {.prompt = "scale checkout to five",
                 .cluster = KC_IN_CLUSTER,
                 .commands = {commands, 1},
                 .deadline = "1h",
                 .ttl_seconds_after_finished = -1,
                 .requested_by =
                     {.who = {.username = "ana", .uid = "u-1", .groups = {groups, 2}, .extras = extras, .n_extras = 1},
                      .nonce = "00112233445566778899aabbccddeeff",
                      .seal = ""}},
    };
}

static struct kc_approval approval(void)
{
    return (struct kc_approval){.who = {.username = "bob", .uid = "u-2", .groups = {groups, 2}},
                                .decision = KC_APPROVE,
                                .plan_digest = "sha256:aa",
                                .confirm = "prod/shop",
                                .comment = "fine",
                                .time = 1767323045000};
}

/* What stands in objects must not change from one version to the next: computed with Python's hmac over the documented
 * form. */
static void test_form_is_stable(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = request();
    struct kc_approval ap = approval();
    assert_string_equal(kc_seal_request(a, &key, CLUSTER, &cr, NULL),
                        "v1:3TgFPyVU03Tcu/jxct/r7tGKDAAH/tjePN7dHChT6fg=");
    assert_string_equal(kc_seal_approval(a, &key, CLUSTER, "uid-1", &ap, NULL),
                        "v1:M1Ct5nEA8Cs3CWWeHvsklcphR0Qv8YxKj5fIgDXbqqs=");
}

#define CHANGE(what, statement)                                                                                        \
    static void what(struct kc_chatrequest *cr)                                                                        \
    {                                                                                                                  \
        statement;                                                                                                     \
    }
CHANGE(change_ns, cr->meta.ns = "pay")
CHANGE(change_name, cr->meta.name = "bumb")
CHANGE(change_prompt, cr->spec.prompt = "scale checkout to six")
CHANGE(change_cluster, cr->spec.cluster = "prod")
CHANGE(change_commands, cr->spec.commands.n = 0)
CHANGE(change_read_only, cr->spec.read_only = true)
CHANGE(change_deadline, cr->spec.deadline = "2h")
CHANGE(change_rollback, cr->spec.rollback_of = "bump")
CHANGE(change_overwriting, cr->spec.overwrite_later_changes = true)
CHANGE(change_on_failure, cr->spec.on_failure = KC_ON_FAILURE_ROLLBACK)
CHANGE(change_username, cr->spec.requested_by.who.username = "anb")
CHANGE(change_uid, cr->spec.requested_by.who.uid = "")
CHANGE(change_groups, cr->spec.requested_by.who.groups.v = other_groups)
CHANGE(change_extras, cr->spec.requested_by.who.n_extras = 0)
CHANGE(change_nonce, cr->spec.requested_by.nonce = "00112233445566778899aabbccddeef0")
CHANGE(change_seal, cr->spec.requested_by.seal = "v1:AAAA")
CHANGE(remove_seal, cr->spec.requested_by.seal = "")

static void test_request_seal_covers_everything(void **state)
{
    (void)state;
    static void (*const changes[])(struct kc_chatrequest *) = {
        change_ns,       change_name,     change_prompt,      change_cluster,    change_commands, change_read_only,
        change_deadline, change_rollback, change_overwriting, change_on_failure, change_username, change_uid,
        change_groups,   change_extras,   change_nonce,       change_seal,       remove_seal,
    };
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = request();
    cr.spec.requested_by.seal = kc_seal_request(a, &key, CLUSTER, &cr, NULL);
    assert_true(kc_seal_request_valid(&key, CLUSTER, &cr));
    assert_false(kc_seal_request_valid(&other_key, CLUSTER, &cr));
    assert_false(kc_seal_request_valid(&key, "another cluster", &cr));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct kc_chatrequest changed = cr;
        changes[i](&changed);
        if (kc_seal_request_valid(&key, CLUSTER, &changed))
            fail_msg("change %zu was not noticed", i);
    }
}

static void test_request_seal_leaves_out_what_may_change(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = request();
    struct kc_approval one = approval();
    cr.spec.requested_by.seal = kc_seal_request(a, &key, CLUSTER, &cr, NULL);
    cr.spec.cancel = true;
    cr.spec.approvals.v = &one;
    cr.spec.approvals.n = 1;
    cr.meta.resource_version = "7";
    assert_true(kc_seal_request_valid(&key, CLUSTER, &cr));
}

static void test_name_that_the_server_chooses(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = request();
    cr.meta.name = "";
    cr.meta.generate_name = "bump-";
    cr.spec.requested_by.seal = kc_seal_request(a, &key, CLUSTER, &cr, NULL);
    cr.meta.name = "bump-x7k2p";
    assert_true(kc_seal_request_valid(&key, CLUSTER, &cr));
    cr.meta.name = "other";
    assert_false(kc_seal_request_valid(&key, CLUSTER, &cr));
    cr.meta.name = "bump-x7k2p";
    cr.meta.generate_name = "bump";
    assert_false(kc_seal_request_valid(&key, CLUSTER, &cr));
}

static void test_generate_name_beside_a_name_does_not_matter(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_chatrequest cr = request();
    cr.meta.generate_name = "bump-";
    cr.spec.requested_by.seal = kc_seal_request(a, &key, CLUSTER, &cr, NULL);
    assert_true(kc_seal_request_valid(&key, CLUSTER, &cr));
}

static void test_approval_seal_covers_everything(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_approval good = approval();
    good.seal = kc_seal_approval(a, &key, CLUSTER, "uid-1", &good, NULL);
    assert_true(kc_seal_approval_valid(&key, CLUSTER, "uid-1", &good));
    assert_false(kc_seal_approval_valid(&key, CLUSTER, "uid-2", &good));
    assert_false(kc_seal_approval_valid(&key, "another cluster", "uid-1", &good));
    assert_false(kc_seal_approval_valid(&other_key, CLUSTER, "uid-1", &good));

    struct kc_approval bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].who.username = "eve";
    bad[1].who.groups.n = 1;
    bad[2].decision = KC_REJECT;
    bad[3].plan_digest = "sha256:ab";
    bad[4].confirm = "";
    bad[5].comment = "fine.";
    bad[6].time += 1000;
    bad[7].seal = "";
    for (size_t i = 0; i < 8; i++)
        if (kc_seal_approval_valid(&key, CLUSTER, "uid-1", &bad[i]))
            fail_msg("change %zu was not noticed", i);
    good.time += 400; /* the wire keeps whole seconds */
    assert_true(kc_seal_approval_valid(&key, CLUSTER, "uid-1", &good));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_is_stable),
        cmocka_unit_test(test_request_seal_covers_everything),
        cmocka_unit_test(test_request_seal_leaves_out_what_may_change),
        cmocka_unit_test(test_name_that_the_server_chooses),
        cmocka_unit_test(test_generate_name_beside_a_name_does_not_matter),
        cmocka_unit_test(test_approval_seal_covers_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
