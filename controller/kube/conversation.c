#include "controller/kube/conversation.h"

#include "controller/kube/carried.h"

static bool try_once(struct kc_kube *k, const struct kc_conversation *c, bool renew, struct kc_arena *a,
                     struct kc_websocket_ended *ret, struct kc_err *err)
{
    const struct kc_kube_headers carried = {.as = c->as, .renew = renew};
    struct kc_http_header *headers = NULL;
    size_t n = 0;

    *ret = (struct kc_websocket_ended){.body = ""};
    if (!kc_kube_headers(k, &carried, a, &headers, &n, err))
        return false;
    const struct kc_websocket_request req = {
        .target = kc_config_target(kc_kube_config(k)), /* after the headers: a plugin may bring a certificate */
        .path = kc_or(c->query, NULL) ? kc_arena_printf(a, "%s?%s", c->path, c->query) : c->path,
        .headers = headers,
        .n_headers = n,
        .protocol = c->protocol,
        .timeout_ms = c->timeout_ms,
        .not_after_ms = kc_kube_not_after(k),
        .max_message = c->max_message,
        .cancel_fd = c->cancel_fd,
        .on_message = c->on_message,
        .arg = c->arg};
    return kc_websocket_run(&req, a, ret, err);
}

bool kc_kube_converse(struct kc_kube *k, const struct kc_conversation *c, struct kc_arena *a,
                      struct kc_websocket_ended *ret, struct kc_err *err)
{
    bool ended = try_once(k, c, false, a, ret, err);

    if (ended && ret->status == 401 && kc_config_renewable(kc_kube_config(k)))
        ended = try_once(k, c, true, a, ret, err);
    if (!ended || ret->status == 101)
        return ended;
    kc_status_fail(err, ret->status, ret->body, ret->body_len);
    if (!err->retry_after_ms)
        err->retry_after_ms = ret->retry_after_ms;
    return false;
}
