#include "controller/audit/claims.h"

const struct kc_claim_type kc_claim_types[KC_CLAIM_KINDS] = {
    [KC_CLAIM_ONCE] = {"once", 3, KC_HELD_DONE},          /* request uid, row type, key */
    [KC_CLAIM_INTENT] = {"intent", 4, KC_HELD_REFUSED},   /* request uid, plan digest, step, attempt */
    [KC_CLAIM_OUTCOME] = {"outcome", 4, KC_HELD_REFUSED}, /* the same */
    [KC_CLAIM_NONCE] = {"nonce", 1, KC_HELD_OWN},         /* nonce */
    [KC_CLAIM_RUN] = {"run", 3, KC_HELD_OWN},             /* namespace, name, spec digest */
};

static bool step_claim(struct kc_arena *a, const struct kc_row *r, struct kc_claim *ret)
{
    if (!r->claims.attempt || (r->type != KC_ROW_INTENT && r->type != KC_ROW_OUTCOME))
        return false;
    *ret = (struct kc_claim){
        .kind = r->type == KC_ROW_INTENT ? KC_CLAIM_INTENT : KC_CLAIM_OUTCOME,
        .key = {kc_or(r->request_uid, ""), kc_or(r->plan_digest, ""), kc_or(r->step, ""),
                kc_arena_printf(a, "%lld", (long long)r->claims.attempt)},
    };
    return true;
}

size_t kc_row_claims_of(struct kc_arena *a, const struct kc_row *r, struct kc_claim out[KC_CLAIM_KINDS])
{
    const char *uid = kc_or(r->request_uid, "");
    size_t n = 0;
    if (*kc_or(r->claims.once, ""))
        out[n++] = (struct kc_claim){.kind = KC_CLAIM_ONCE, .key = {uid, kc_row_type_name(r->type), r->claims.once}};
    if (step_claim(a, r, &out[n]))
        n++;
    if (*kc_or(r->claims.nonce, ""))
        out[n++] = (struct kc_claim){.kind = KC_CLAIM_NONCE, .key = {r->claims.nonce}};
    if (*kc_or(r->claims.run, ""))
        out[n++] = (struct kc_claim){.kind = KC_CLAIM_RUN,
                                     .key = {kc_or(r->request_ns, ""), kc_or(r->request_name, ""), r->claims.run}};
    for (size_t i = 0; i < n; i++)
        out[i].request_uid = uid;
    return n;
}
