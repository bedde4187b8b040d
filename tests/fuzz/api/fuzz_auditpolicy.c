/* Any bytes as an AuditPolicy: what is taken means the same after a round trip, and its selector can be asked about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/auditpolicy.h"

#define MAX_INPUT (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

static void check_round_trip(struct kc_arena *a, const struct kc_auditpolicy *p)
{
    struct kc_err err = {0};
    struct kc_auditpolicy back;
    KC_JSON_SCOPE *spec = kc_auditpolicy_encode_spec(&p->spec);
    KC_JSON_SCOPE *object = json_pack("{s:{s:s}, s:O}", "metadata", "name", "p", "spec", spec);
    require(kc_auditpolicy_decode(a, object, &back, &err), "not taken back", err.message);
    KC_JSON_SCOPE *again = kc_auditpolicy_encode_spec(&back.spec);
    require(json_equal(spec, again), "reads differently", "second time");
}

/* A selector that is in order agrees with itself, and an empty one with everything. */
static void check_selector(const struct kc_auditpolicy *p)
{
    const struct kc_label_selector *s = &p->spec.match.namespace_selector;
    struct kc_err err = {0};
    bool matches = kc_label_selector_matches(s, s->labels, s->n_labels);
    if (kc_label_selector_check(s, &err))
        require(matches || s->n_terms > 0, "labels do not match themselves", "");
    else
        require(err.class == KC_INVALID && *err.message, "refused without a word", err.reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_auditpolicy p;
    KC_JSON_SCOPE *object = kc_json_parse((const char *)data, size, MAX_INPUT, "input", &err);
    if (!object)
        return 0;
    if (kc_auditpolicy_decode(a, object, &p, &err)) {
        check_round_trip(a, &p);
        check_selector(&p);
    } else {
        require(err.class == KC_INVALID, "refused with another class", err.message);
        require(kc_utf8_valid(err.message, strlen(err.message), NULL), "message is not UTF-8", err.message);
    }
    return 0;
}
