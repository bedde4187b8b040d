/* registration: the chart's MutatingWebhookConfiguration and ValidatingWebhookConfiguration "kubechat", kept pointing
 * at us.
 *
 * The chart owns what they match and when; the manager owns clientConfig, which nobody else can know.
 */
#pragma once

#include "controller/kube/client.h"
#include "webhook/endpoint.h"

#define KC_WEBHOOK_CONFIGURATION "kubechat"
#define KC_MUTATE_PATH           "/mutate"
#define KC_VALIDATE_PATH         "/validate"

/* Sets clientConfig of every webhook in configuration. False: it was right already. */
bool kc_registration_set(struct kc_arena *a, json_t *configuration, const struct kc_endpoint *e, const char *path,
                         const char *ca_bundle);
/* Reads both, writes what differs. NOT_FOUND: the chart is not installed; FORBIDDEN: names the missing right. */
KC_CHECK bool kc_registration_apply(struct kc_arena *a, struct kc_kube *kube, const struct kc_endpoint *e,
                                    const char *ca_bundle, struct kc_err *err);
