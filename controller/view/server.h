/* view server: the aggregated API view.kubechat.io: its thread, its workers, its registration.
 *
 * HTTPS on a port of its own: the API server's aggregation layer is asked for its client certificate here, which the
 * webhook's callers need not have, and large outputs never stand in admission's way. The loop's thread answers
 * discovery and refusals itself and hands looks (viewer.h) to a few workers; when all are busy and the queue is full
 * the answer is 503. Connections are accepted from the first kc_view_maintain that succeeds: without the chart's
 * APIService, never.
 *
 *   GET /apis/view.kubechat.io/v1alpha1/namespaces/NS/outputs/NAME   Output, Table or (Accept: text/plain,
 * ?format=text) text; NAME is a ChatRequest's
 */
#pragma once

#include "controller/view/viewer.h"

#define KC_VIEW_SERVICE "kubechat-view" /* the chart's name for it: the server's certificate covers it */

struct kc_view;

struct kc_view_options {
    const char *address; /* "0.0.0.0" */
    uint16_t port;       /* 0: any free one */
    bool beside; /* the API server reaches us on this very port, not through a Service's: the APIService says so */
    const struct kc_cluster *cluster;
    struct kc_audit *audit;
    const struct kc_locker *locker; /* NULL: none. All borrowed */
};

struct kc_view *kc_view_start(const struct kc_view_options *o, struct kc_err *err);
struct kc_view *kc_view_stop(struct kc_view *v); /* accepts NULL, returns NULL; looks under way end first */
uint16_t kc_view_port(const struct kc_view *v);

/* The webhook's certificates, which cover kubechat-view.<namespace>.svc too. */
struct kc_view_certificates {
    const char *bundle, *cert, *key;
};
/* Call every minute or so from one thread (not the loop's): reads whom to believe, registers, takes renewed
 * certificates. NOT_FOUND: the chart was installed without the API. */
KC_CHECK bool kc_view_maintain(struct kc_view *v, const struct kc_view_certificates *c, struct kc_err *err);
