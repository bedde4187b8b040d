/* evidence: why a pod does not start, in one line for people, without a word of what its containers wrote. Uses action
 * for nothing but text. Pure. */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/json.h"

/* "container app: CrashLoopBackOff, last ended with OOMKilled (exit code 137), 4 restarts"; "" when no container of
 * the pod says why. A terminated container's message is left out: it is the end of its log (or what it wrote for it).
 */
const char *kc_pod_evidence(struct kc_arena *a, const json_t *pod);
