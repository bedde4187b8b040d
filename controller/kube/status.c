#include "controller/kube/client.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/kube/proto/meta.pb-c.h"
#include "controller/kube/wire.h"

/* For answers that are no metav1.Status: a proxy's, or "404 page not found". The reasons are metav1.StatusReason. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {400, "BadRequest"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "NotFound"},
    {405, "MethodNotAllowed"},
    {406, "NotAcceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "RequestEntityTooLarge"},
    {422, "Invalid"},
    {415, "UnsupportedMediaType"},
    {429, "TooManyRequests"},
    {500, "InternalError"},
    {503, "ServiceUnavailable"},
    {504, "Timeout"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "UnexpectedStatus";
}

/* The first line of a text that is no Status, made fit to print. */
static void excerpt(char out[200], const char *body, size_t len)
{
    size_t n = 0;
    for (; n < len && n < 199 && body[n] != '\n' && body[n] != '\r'; n++)
        out[n] = isprint((unsigned char)body[n]) ? body[n] : '?';
    out[n] = '\0';
}

/* What a metav1.Status says, in whatever encoding it came. */
struct status {
    bool there;
    int code;
    const char *reason, *message;
    int64_t retry_after_s;
    const char *budget; /* of an eviction that a disruption budget does not allow: which, and why */
    json_t *json;
    Pb__Status *protobuf; /* who owns the strings */
};

/* policy/v1's DisruptionBudgetCause. */
static const char *budget_of(const json_t *status)
{
    const json_t *causes = kc_json_at(status, "details.causes");

    for (size_t i = 0; i < json_array_size(causes); i++)
        if (KC_STREQ(kc_or(kc_json_str(json_array_get(causes, i), "reason"), ""), KC_DISRUPTION_BUDGET))
            return kc_json_str(json_array_get(causes, i), "message");
    return NULL;
}

static bool read_json(const char *body, size_t len, struct status *ret)
{
    struct kc_err ignored = {0};
    json_t *s = kc_json_parse(body, len, len, "status", &ignored);
    const char *kind = kc_json_str(s, "kind");

    *ret = (struct status){.there = kind && KC_STREQ(kind, "Status"), .json = s};
    if (ret->there) {
        ret->code = (int)kc_json_int(s, "code", 0);
        ret->reason = kc_json_str(s, "reason");
        ret->message = kc_json_str(s, "message");
        ret->retry_after_s = kc_json_int(s, "details.retryAfterSeconds", 0);
        ret->budget = budget_of(s);
    }
    return ret->there;
}

static bool read_protobuf(const char *body, size_t len, struct status *ret)
{
    struct kc_bytes raw = kc_wire_open((struct kc_bytes){(const uint8_t *)body, len});
    Pb__Status *s = raw.p ? (Pb__Status *)protobuf_c_message_unpack(&pb__status__descriptor, NULL, raw.n, raw.p) : NULL;

    *ret = (struct status){.there = s != NULL, .protobuf = s};
    if (s) {
        ret->code = s->code;
        ret->reason = s->reason;
        ret->message = s->message && kc_utf8_valid(s->message, strlen(s->message), NULL) ? s->message : NULL;
        ret->retry_after_s = s->details ? s->details->retry_after_seconds : 0;
    }
    return ret->there;
}

static void status_finish(struct status *s)
{
    json_decref(s->json);
    if (s->protobuf)
        protobuf_c_message_free_unpacked(&s->protobuf->base, NULL);
}

bool kc_status_fail(struct kc_err *err, int http_status, const char *body, size_t len)
{
    struct status s = {0};
    bool is_status = len && (read_protobuf(body, len, &s) || read_json(body, len, &s));
    int status = http_status ? http_status : s.code;
    const char *reason = kc_or(s.reason, reason_of(status));
    enum kc_class class = status ? kc_class_of_http(status) : KC_RETRY;

    if (s.message && s.budget) {
        kc_fail(err, class, KC_DISRUPTION_BUDGET, "%s %s", s.message, s.budget);
    } else if (s.message && *s.message) {
        kc_fail(err, class, reason, "%s", s.message);
    } else {
        char text[200];
        excerpt(text, is_status ? reason : body, is_status ? strlen(reason) : len);
        kc_fail(err, class, reason, "the API server answered with HTTP status %d%s%s", status, *text ? ": " : "", text);
    }
    if (err) {
        err->http_status = status;
        err->retry_after_ms = s.retry_after_s > 0 && s.retry_after_s <= 3600 ? s.retry_after_s * KC_SECOND_MS : 0;
    }
    status_finish(&s);
    return false;
}
