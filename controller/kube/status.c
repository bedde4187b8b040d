#include "controller/kube/client.h"

#include <ctype.h>
#include <string.h>

#include "controller/base/clock.h"

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

bool kc_status_fail(struct kc_err *err, int http_status, const char *body, size_t len)
{
    struct kc_err ignored = {0};
    KC_JSON_SCOPE *s = len ? kc_json_parse(body, len, len, "status", &ignored) : NULL;
    const char *kind = kc_json_str(s, "kind");
    bool is_status = kind && KC_STREQ(kind, "Status");
    int status = http_status ? http_status : is_status ? (int)kc_json_int(s, "code", 0) : 0;
    const char *reason = is_status ? kc_or(kc_json_str(s, "reason"), reason_of(status)) : reason_of(status);
    const char *message = is_status ? kc_or(kc_json_str(s, "message"), NULL) : NULL;
    enum kc_class class = status ? kc_class_of_http(status) : KC_RETRY;
    if (message) {
        kc_fail(err, class, reason, "%s", message);
    } else {
        char text[200];
        excerpt(text, is_status ? reason : body, is_status ? strlen(reason) : len);
        kc_fail(err, class, reason, "the API server answered with HTTP status %d%s%s", status, *text ? ": " : "", text);
    }
    if (err) {
        int64_t seconds = is_status ? kc_json_int(s, "details.retryAfterSeconds", 0) : 0;
        err->http_status = status;
        err->retry_after_ms = seconds > 0 && seconds <= 3600 ? seconds * KC_SECOND_MS : 0;
    }
    return false;
}
