/* answer: one request to the view API, as far as it can be answered without a call. Private to view.
 *
 * The loop's thread only; what has to be looked up becomes a look that a worker carries out.
 */
#pragma once

#include "controller/httpd/server.h"
#include "controller/view/frontproxy.h"
#include "controller/view/output.h"

enum kc_view_format { KC_VIEW_JSON, KC_VIEW_TABLE, KC_VIEW_TEXT };

struct kc_view_look {
    const char *ns, *name;
    enum kc_view_format format;
    struct kc_identity who;
};

/* True: *ret is a look that somebody who was believed asks for; it lives in a. False: res holds the answer. proxy NULL:
 * nobody is believed yet. */
bool kc_view_parse(struct kc_arena *a, const struct kc_httpd_request *req, const struct kc_frontproxy *proxy,
                   struct kc_view_look *ret, struct kc_httpd_response *res);
void kc_view_refuse(const struct kc_err *e, struct kc_httpd_response *res);
void kc_view_give(const struct kc_output *o, enum kc_view_format format, struct kc_httpd_response *res);
