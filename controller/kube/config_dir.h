/* config_dir: kc_config_in_cluster with everything that a pod would give it as parameters. */
#pragma once

#include "controller/kube/config.h"

/* dir holds token, ca.crt and namespace; host and port are what the pod's environment has (NULL: not set). */
struct kc_config *kc_config_in_cluster_from(const char *dir, const char *host, const char *port, struct kc_err *err);
