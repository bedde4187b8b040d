#include "controller/kube/lease_record.h"

#include "controller/base/clock.h"
#include "controller/base/text.h"

/* As the API has it: an int32 that is not negative. */
static int64_t integer(const json_t *spec, const char *field)
{
    json_int_t n = json_integer_value(json_object_get(spec, field));

    return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : n;
}

static const char *text(const json_t *spec, const char *field)
{
    return kc_or(json_string_value(json_object_get(spec, field)), "");
}

struct kc_lease_record kc_lease_record_read(const json_t *lease)
{
    const json_t *spec = json_object_get(lease, "spec");

    return (struct kc_lease_record){.holder = text(spec, "holderIdentity"),
                                    .duration_ms = integer(spec, "leaseDurationSeconds") * KC_SECOND_MS,
                                    .transitions = integer(spec, "leaseTransitions"),
                                    .acquired = text(spec, "acquireTime")};
}

bool kc_lease_record_same(const json_t *a, const json_t *b)
{
    const json_t *x = json_object_get(a, "spec"), *y = json_object_get(b, "spec");

    return x == y || json_equal(x, y);
}

static json_t *empty_lease(const struct kc_lease_claim *c)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "apiVersion", "coordination.k8s.io/v1", "kind", "Lease", "metadata",
                     "name", c->name, "namespace", c->ns);
}

json_t *kc_lease_record_claim(struct kc_arena *a, const json_t *lease, const struct kc_lease_claim *c)
{
    struct kc_lease_record was = kc_lease_record_read(lease);
    json_t *next = lease ? json_deep_copy(lease) : empty_lease(c);
    bool given_up = !*c->holder, renewed = KC_STREQ(was.holder, c->holder);
    char *now = kc_arena_alloc(a, KC_TIME_LEN);

    kc_time_format_micro(now, c->now);
    int64_t transitions = was.transitions + (lease && !given_up && !renewed);
    json_object_set_new(next, "spec",
                        json_pack("{s:s, s:I, s:s, s:s, s:I}", "holderIdentity", c->holder, "leaseDurationSeconds",
                                  given_up ? (json_int_t)1 : (json_int_t)(c->duration_ms / KC_SECOND_MS), "acquireTime",
                                  renewed && *was.acquired ? was.acquired : now, "renewTime", now, "leaseTransitions",
                                  (json_int_t)transitions));
    return next;
}
