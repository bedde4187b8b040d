/* config: where a cluster is and who we are there: kubeconfig files (client-go's format v1) and the in-cluster service
 * account.
 *
 * Supported: certificate-authority(-data), insecure-skip-tls-verify, tls-server-name, proxy-url;
 * client-certificate(-data) with client-key(-data), token, tokenFile (read again every minute), exec credential plugins
 * (client.authentication.k8s.io/v1 and v1beta1, run by posix_spawn, cached until expirationTimestamp; their standard
 * error is ours), as/as-uid/as-groups/as-user-extra. Not supported, refused by name: auth-provider (removed from
 * client-go), basic auth. Relative paths are relative to the file. KUBECONFIG lists are merged as kubectl merges them:
 * first file wins by entry. A kc_config is immutable after loading, but for what a plugin gives; its strings live as
 * long as it does. Thread-safe; kc_config_token is the only call that may block.
 */
#pragma once

#include "controller/base/resource.h"
#include "controller/http/client.h"

struct kc_config;

/* path NULL: $KUBECONFIG, then ~/.kube/config. context NULL: current-context. Errors name file, entry and field. */
struct kc_config *kc_config_load(const char *path, const char *context, struct kc_err *err);
/* /var/run/secrets/kubernetes.io/serviceaccount and KUBERNETES_SERVICE_HOST/PORT; the token is read again every minute.
 * NOT_FOUND when this process is not in a pod. */
struct kc_config *kc_config_in_cluster(struct kc_err *err);
struct kc_config *kc_config_unref(struct kc_config *c);
struct kc_config *kc_config_ref(struct kc_config *c);

const char *kc_config_server(const struct kc_config *c);    /* base URL */
const char *kc_config_context(const struct kc_config *c);   /* context's name; "in-cluster" in a pod */
const char *kc_config_namespace(const struct kc_config *c); /* context's namespace, or the pod's; "default" if none */
/* Borrowed, good as long as c. A plugin may have given another client certificate: ask again after kc_config_token. */
struct kc_http_target *kc_config_target(struct kc_config *c);
/* Whom the file says to impersonate in every call; an empty username for nobody. Never NULL. */
const struct kc_identity *kc_config_as(const struct kc_config *c);
/* True when asking for the token again, with refresh, may give another one. */
bool kc_config_renewable(const struct kc_config *c);

/* The bearer token to send now ("" when certificates do the job), in the arena; may read a file or run a plugin (blocks
 * a worker, up to 30 s). refresh: the server said 401, drop what is cached. */
KC_CHECK bool kc_config_token(struct kc_config *c, bool refresh, struct kc_arena *a, const char **ret,
                              struct kc_err *err);
