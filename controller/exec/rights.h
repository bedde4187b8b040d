/* rights: which of the fleet's kinds a person may list, asked as that person and remembered for ten seconds.
 *
 * One SelfSubjectRulesReview tells of all kinds in a namespace; where the API server says that it is incomplete (an
 * authorizer that cannot list its rules), and for cluster-scoped kinds, a SelfSubjectAccessReview asks for each kind.
 * Thread-safe; bounded to 4096 pairs of person and namespace. Uses kube.
 */
#pragma once

#include "controller/kube/client.h"
#include "controller/kube/kind.h"

struct kc_rights;

struct kc_rights *kc_rights_create(void);
struct kc_rights *kc_rights_destroy(struct kc_rights *x); /* accepts NULL, returns NULL */

/* What who may list in ns: bit i stands for kc_kinds[i]; ns "": the cluster-scoped kinds, else the namespaced ones. x
 * NULL: nothing is remembered. Fails as the API server's answer says, FORBIDDEN when it does not even let who ask: then
 * only trying tells. Blocks for the calls. */
KC_CHECK bool kc_rights_listable(struct kc_rights *x, struct kc_kube *kube, const struct kc_identity *who,
                                 const char *ns, uint64_t *ret, struct kc_err *err);

/* Pure: what the status of a SelfSubjectRulesReview says of listing k; *ret_complete: and it tells of all rules. */
bool kc_rights_rules_allow(const json_t *status, const struct kc_kind *k, bool *ret_complete);
