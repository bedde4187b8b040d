/* registration: the chart's APIService v1alpha1.view.kubechat.io, kept pointing at us.
 *
 * The chart owns group, priorities and the Service; the manager owns caBundle, which nobody else can know, and the port
 * when the API server reaches it beside the cluster.
 */
#pragma once

#include "controller/kube/client.h"

#define KC_VIEW_APISERVICE "v1alpha1.view.kubechat.io"

/* port 0: as the chart has it. False: it was right already. */
bool kc_view_registration_set(struct kc_arena *a, json_t *api_service, const char *ca_bundle, uint16_t port);
/* Reads it, writes what differs. NOT_FOUND: the chart was installed without it (view.enabled). */
KC_CHECK bool kc_view_registration_apply(struct kc_arena *a, struct kc_kube *kube, const char *ca_bundle, uint16_t port,
                                         struct kc_err *err);
