/* What a Lease says and is to say next, and which times may be asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/kube/lease.h"
#include "controller/kube/lease_record.h"

#define NOW INT64_C(1795427280123) /* 2026-11-23T09:48:00.123Z */
#define HELD                                                                                                           \
    "\"holderIdentity\":\"one\",\"leaseDurationSeconds\":15,\"acquireTime\":\"2026-11-23T09:00:00.000000Z\","          \
    "\"renewTime\":\"2026-11-23T09:47:58.000000Z\",\"leaseTransitions\":3"
#define LEASE(spec)                                                                                                    \
    "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"labels\":{\"a\":\"b\"},"            \
    "\"name\":\"kubechat\",\"namespace\":\"sys\",\"resourceVersion\":\"7\"},\"spec\":{" spec "}}"

static json_t *parse(struct kc_arena *a, const char *text)
{
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, text, strlen(text), strlen(text), "lease", &err);

    assert_non_null(v);
    return v;
}

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *lease, *holder;
        int64_t duration_ms, transitions;
    } rows[] = {
        {LEASE(HELD), "one", 15000, 3},
        {LEASE(""), "", 0, 0},
        {"{}", "", 0, 0},
        {"{\"spec\":[]}", "", 0, 0},
        {"{\"spec\":{\"holderIdentity\":7,\"leaseDurationSeconds\":\"x\",\"leaseTransitions\":null}}", "", 0, 0},
        {"{\"spec\":{\"leaseDurationSeconds\":-5,\"leaseTransitions\":-1}}", "", 0, 0},
        {"{\"spec\":{\"leaseDurationSeconds\":9007199254740991,\"leaseTransitions\":9007199254740991}}", "",
         INT64_C(2147483647000), 2147483647},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_lease_record r = kc_lease_record_read(parse(a, rows[i].lease));
        if (!KC_STREQ(r.holder, rows[i].holder) || r.duration_ms != rows[i].duration_ms ||
            r.transitions != rows[i].transitions)
            fail_msg("row %zu: \"%s\" %lld %lld", i, r.holder, (long long)r.duration_ms, (long long)r.transitions);
    }
    assert_string_equal(kc_lease_record_read(NULL).holder, "");
}

/* Only what its holder writes is a renewal. */
static void test_same(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const json_t *one = parse(a, LEASE(HELD)), *labelled = parse(a, "{\"metadata\":{},\"spec\":{" HELD "}}"),
                 *renewed = parse(a, LEASE("\"holderIdentity\":\"one\",\"renewTime\":\"2026-11-23T09:48:00.000000Z\""));

    assert_true(kc_lease_record_same(one, one));
    assert_true(kc_lease_record_same(one, labelled));
    assert_false(kc_lease_record_same(one, renewed));
    assert_false(kc_lease_record_same(one, parse(a, LEASE(""))));
    assert_true(kc_lease_record_same(parse(a, "{}"), parse(a, "{}")));
}

static void test_claim(void **state)
{
    (void)state;
    static const struct {
        const char *name, *lease, *holder, *spec;
    } rows[] = {
        {"a new one", NULL, "two",
         "{\"acquireTime\":\"2026-11-23T09:48:00.123000Z\",\"holderIdentity\":\"two\",\"leaseDurationSeconds\":20,"
         "\"leaseTransitions\":0,\"renewTime\":\"2026-11-23T09:48:00.123000Z\"}"},
        {"renewed", LEASE(HELD), "one",
         "{\"acquireTime\":\"2026-11-23T09:00:00.000000Z\",\"holderIdentity\":\"one\",\"leaseDurationSeconds\":20,"
         "\"leaseTransitions\":3,\"renewTime\":\"2026-11-23T09:48:00.123000Z\"}"},
        {"taken over", LEASE(HELD), "two",
         "{\"acquireTime\":\"2026-11-23T09:48:00.123000Z\",\"holderIdentity\":\"two\",\"leaseDurationSeconds\":20,"
         "\"leaseTransitions\":4,\"renewTime\":\"2026-11-23T09:48:00.123000Z\"}"},
        {"given up", LEASE(HELD), "",
         "{\"acquireTime\":\"2026-11-23T09:48:00.123000Z\",\"holderIdentity\":\"\",\"leaseDurationSeconds\":1,"
         "\"leaseTransitions\":3,\"renewTime\":\"2026-11-23T09:48:00.123000Z\"}"},
        {"taken from nobody", LEASE("\"holderIdentity\":\"\",\"leaseTransitions\":3"), "one",
         "{\"acquireTime\":\"2026-11-23T09:48:00.123000Z\",\"holderIdentity\":\"one\",\"leaseDurationSeconds\":20,"
         "\"leaseTransitions\":4,\"renewTime\":\"2026-11-23T09:48:00.123000Z\"}"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const json_t *was = rows[i].lease ? parse(a, rows[i].lease) : NULL;
        struct kc_lease_claim c = {
            .ns = "sys", .name = "kubechat", .holder = rows[i].holder, .duration_ms = 20000, .now = NOW};
        struct kc_err err = {0};
        KC_JSON_SCOPE *next = kc_lease_record_claim(a, was, &c);
        size_t len;
        const char *spec = kc_json_canonical_in(a, json_object_get(next, "spec"), &len, &err);
        if (!spec || !KC_STREQ(spec, rows[i].spec))
            fail_msg("%s: %s", rows[i].name, spec ? spec : err.message);
        assert_string_equal(kc_json_str(next, "metadata.name"), "kubechat");
        assert_string_equal(kc_json_str(next, "metadata.namespace"), "sys");
        if (!was)
            continue;
        /* The rest of the object stays, and so does the version that the write depends on. */
        assert_true(json_equal(json_object_get(next, "metadata"), json_object_get(was, "metadata")));
        assert_int_equal(kc_lease_record_read(was).transitions, 3);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        struct kc_lease_times times;
        const char *part; /* of the message; NULL: they fit */
    } rows[] = {
        {{15000, 10000, 2000}, NULL},
        {{1000, 500, 100}, NULL},
        {{15000, 14999, 12498}, NULL},
        {{3600000, 10000, 2000}, NULL},
        {{15500, 10000, 2000}, "duration is 15500 ms: whole seconds, 1s to 1h"},
        {{0, 0, 0}, "duration is 0 ms: whole seconds, 1s to 1h"},
        {{3601000, 10000, 2000}, "duration is 3601000 ms: whole seconds, 1s to 1h"},
        {{15000, 15000, 2000}, "renew deadline is 15000 ms: less than its duration, 15000 ms"},
        {{15000, 2400, 2000}, "renew deadline is 2400 ms: more than 1.2 times its retry period, 2000 ms"},
        {{15000, 10000, 0}, "retry period is 0 ms: at least 1ms"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kc_err err = {0};
        bool ok = kc_lease_times_check(&rows[i].times, &err);
        if (ok != !rows[i].part || (!ok && !strstr(err.message, rows[i].part)))
            fail_msg("row %zu: %s", i, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_claim),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
