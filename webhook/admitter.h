/* admitter: the HTTP side of admission: reviews in, answers out, refusals to the audit log, figures to the metrics.
 *
 * Lives on the admission thread; only create and destroy may happen elsewhere, while that thread does not run.
 */
#pragma once

#include "controller/audit/log.h"
#include "controller/httpd/server.h"
#include "controller/kube/discovery.h"
#include "webhook/admission.h"

struct kc_admitter;

/* audit: borrowed; NULL: refusals leave no row. */
struct kc_admitter *kc_admitter_create(struct kc_audit *audit, const char *cluster_uid, const struct kc_seal_key *key);
struct kc_admitter *kc_admitter_destroy(struct kc_admitter *m); /* accepts NULL, returns NULL */
/* Reviews from now on are answered with this key. */
void kc_admitter_set_key(struct kc_admitter *m, const struct kc_seal_key *key);
/* The same for what policies and types are known; the references are taken over. */
void kc_admitter_set_policies(struct kc_admitter *m, const struct kc_policy_set *policies);
void kc_admitter_set_types(struct kc_admitter *m, struct kc_restmap_ref *types);
/* kc_httpd_handler; arg is the admitter. */
void kc_admitter_mutate(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res);
void kc_admitter_validate(void *arg, const struct kc_httpd_request *req, struct kc_httpd_response *res);
