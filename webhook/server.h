/* webhook server: the admission thread, its certificates and its registration.
 *
 * One thread with its own loop: HTTPS on /mutate and /validate (admission.h) answered from a snapshot that arrives
 * through the loop's mailbox. Keys and certificates live in the Secret "kubechat-webhook" (namespace of the manager):
 * created once, shared by replicas, rotated before expiry by kc_webhook_maintain, which also keeps clientConfig
 * (caBundle, and url when given) of the chart's MutatingWebhookConfiguration and ValidatingWebhookConfiguration
 * "kubechat" current. Refusals leave audit rows (posted, not waited for).
 */
#pragma once

#include "controller/audit/log.h"
#include "controller/guard/policy_set.h"
#include "controller/kube/discovery.h"
#include "webhook/seal.h"

struct kc_webhook;

struct kc_webhook_options {
    const char *address;    /* "0.0.0.0" */
    uint16_t port;          /* 0: any free one */
    const char *url;        /* how the API server reaches us ("https://127.0.0.1:9443"); NULL: the Service's name */
    const char *ns;         /* the manager's namespace: Secret and Service live there */
    const char *service;    /* Service name, NULL: "kubechat-webhook" */
    const char *other;      /* another Service of ns that the certificate covers; NULL: none */
    struct kc_kube *kube;   /* as ourselves */
    struct kc_audit *audit; /* borrowed; NULL: refusals leave no row */
    const char *cluster_uid;
};

/* Reads or creates the Secret, starts to listen, registers. Blocks for those calls. url with port 0 gets the real port.
 */
struct kc_webhook *kc_webhook_start(const struct kc_webhook_options *o, struct kc_err *err);
struct kc_webhook *kc_webhook_stop(struct kc_webhook *w);
uint16_t kc_webhook_port(const struct kc_webhook *w);
struct kc_seal_key kc_webhook_seal_key(const struct kc_webhook *w);
/* What admission goes by from now on; until then it leaves policies to the controller. Any thread. */
void kc_webhook_set_policies(struct kc_webhook *w, const struct kc_policy_set *set); /* takes a reference of its own */
void kc_webhook_set_types(struct kc_webhook *w, struct kc_restmap_ref *types);       /* takes the reference over */
/* Call every minute or so from any worker thread: rotation, and configurations that somebody reset. */
KC_CHECK bool kc_webhook_maintain(struct kc_webhook *w, int64_t now, struct kc_err *err);
/* Certificates in PEM as of the last round, for another server of this process; copied into a. */
struct kc_webhook_certificates {
    const char *bundle; /* whom to trust */
    const char *cert, *key;
};
void kc_webhook_certificates(const struct kc_webhook *w, struct kc_arena *a, struct kc_webhook_certificates *ret);
bool kc_webhook_ready(const struct kc_webhook *w); /* listening and registered */
