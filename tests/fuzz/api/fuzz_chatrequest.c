/* Any bytes as a ChatRequest: what is taken means the same after a round trip, keeps its digest and can be fitted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/chatrequest.h"

#define MAX_INPUT (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const char *detail)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

/* A refusal names no place outside the object and fits the message. */
static void check_refusal(const struct kc_err *err)
{
    require(err->class == KC_INVALID, "refused with another class", err->message);
    require(*err->message && *err->reason, "refused without a word", err->reason);
    require(kc_utf8_valid(err->message, strlen(err->message), NULL), "message is not UTF-8", err->message);
}

static void check_round_trip(struct kc_arena *a, const struct kc_chatrequest *cr)
{
    struct kc_err err = {0};
    struct kc_chatrequest back;
    KC_JSON_SCOPE *first = kc_chatrequest_encode(cr);
    require(kc_chatrequest_decode(a, first, true, &back, &err), "not taken back", err.message);
    KC_JSON_SCOPE *second = kc_chatrequest_encode(&back);
    require(json_equal(first, second), "reads differently", "second time");
    const char *digest = kc_chatrequest_spec_digest(a, &cr->spec, &err);
    const char *digest_back = kc_chatrequest_spec_digest(a, &back.spec, &err);
    require(digest && digest_back && KC_STREQ(digest, digest_back), "digest changed", err.message);
    require(kc_phase_of(&cr->status.conditions) == kc_phase_of(&back.status.conditions), "phase changed", "");
}

static void check_fit(struct kc_arena *a, const struct kc_chatrequest *cr)
{
    struct kc_err err = {0};
    struct kc_chatrequest fitted = *cr, back;
    if (!kc_chatrequest_fit_status(a, &fitted.status))
        return;
    KC_JSON_SCOPE *v = kc_chatrequest_encode(&fitted);
    require(kc_chatrequest_decode(a, v, false, &back, &err), "fitted status is not taken", err.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_chatrequest cr;
    KC_JSON_SCOPE *object = kc_json_parse((const char *)data, size, MAX_INPUT, "input", &err);
    if (!object)
        return 0;
    bool strictly = kc_chatrequest_decode(a, object, true, &cr, &err);
    if (!strictly)
        check_refusal(&err);
    if (kc_chatrequest_decode(a, object, false, &cr, &err)) {
        check_round_trip(a, &cr);
        check_fit(a, &cr);
    } else {
        require(!strictly, "strict takes more than lenient", err.message);
        check_refusal(&err);
    }
    return 0;
}
