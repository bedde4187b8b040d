/* vault: the Secret "kubechat-webhook" in the cluster: read, or made, or renewed, by several replicas at once.
 *
 * Who writes first wins: a conflict reads again and takes what is there.
 */
#pragma once

#include "controller/kube/client.h"
#include "webhook/keys.h"

/* Reads the Secret, makes what is missing or near its end, writes it back when something changed. seal (may be NULL):
 * the key to keep when somebody deleted the Secret. Everything in *ret lives in the arena. */
KC_CHECK bool kc_vault_sync(struct kc_arena *a, struct kc_kube *kube, const char *ns, const struct kc_strs *names,
                            const struct kc_seal_key *seal, int64_t now, struct kc_webhook_keys *ret,
                            struct kc_err *err);
