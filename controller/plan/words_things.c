/* What it is about: nouns that hint at a verb, states, and what numbers count. */
#include "controller/plan/vocabulary.h"

#define N .part = KC_W_NOUN
#define S .part = KC_W_STATE, .hints = KC_H_STATE

static const struct kc_word rows[] = {
    {.part = KC_W_POD, .num = 1, .den = 1, .words = "pod, replica, instance, copy, po"},
    {.part = KC_W_POD,
     .words = "pods, replicas, instances, copies, members, capacity, replica count, pod count, number of, count of, "
              "amount of, count, "
              "size, scale of"},
    {.part = KC_W_SUFFIX,
     .words = "service, services, microservice, microservices, app, apps, application, applications, workload, "
              "workloads, component, components"},
    {N, .hints = KC_H_LOGS,
     .words = "logs, log, say, says, saying, printed, logged, has printed, has logged, log output, log file, log "
              "entries, output, stdout, stderr, log messages, "
              "logging"},
    {N, .hints = KC_H_PREVIOUS,
     .words = "--previous, -p, before it crashed, before the crash, before it died, before it restarted, before the "
              "restart, "
              "before the last restart, crashed container, crashed containers, last crash, before the last crash, "
              "previously "
              "crashed"},
    {N, .hints = KC_H_EVENTS, .words = "events, event, warnings, happened"},
    {N, .hints = KC_H_USAGE,
     .words = "usage, consumption, utilization, utilisation, resource usage, load, top, hungry, hungriest, "
              "consumers, hogs, memory hog, resource hogs, heaviest, greedy, busy, busiest, hot, hottest"},
    {N, .hints = KC_H_MEMORY, .words = "memory, ram, mem"},
    {N, .hints = KC_H_CPU, .words = "cpu, cpus, processor, --cpu-percent, --cpu"},
    {N, .hints = KC_H_LIMIT, .words = "limit, limits, --limits, cap, ceiling"},
    {N, .hints = KC_H_REQUEST, .words = "request, requests, --requests, reservation"},
    {N, .hints = KC_H_LABEL, .words = "labels, label"},
    {N, .hints = KC_H_ANNOTATION, .words = "annotation, annotations"},
    {N, .hints = KC_H_ENV,
     .words =
         "env, env var, env vars, envvar, envvars, environment variable, environment variables, environment, variable, "
         "variables, env variable, env variables, var"},
    {N, .hints = KC_H_IMAGE,
     .words = "image, images, using image, using the image, from the image, container image, docker image"},
    {N, .hints = KC_H_TAG, .words = "version, versions, tag, release, build, image tag, image version"},
    {N, .hints = KC_H_REVISION, .words = "revision, rev, revisions, --to-revision, revision number"},
    {N, .hints = KC_H_ROLLOUT,
     .words = "rollout, rollouts, deploy, deploys, paused rollout, last deployment, latest deployment, last deploy, "
              "last change, latest change, last update, latest "
              "update, rolling out, roll-out, rolling update, rolled out, deploying"},
    {N, .hints = KC_H_HISTORY, .words = "history, rollout history, revision history, past revisions, past rollouts"},
    {N, .hints = KC_H_STATUS, .words = "status, state, health, progress, condition, shape"},
    {N, .hints = KC_H_STATUS | KC_H_ROLLOUT, .words = "rollout status"},
    {N, .hints = KC_H_DETAILS,
     .words = "details, detail, description, everything about, more about, all about, spec, configuration, config"},
    {N, .hints = KC_H_YAML, .words = "yaml, yml, manifest, manifests, as yaml, in yaml, yaml of, definition"},
    {N, .hints = KC_H_JSON, .words = "json, as json, in json"},
    {N, .hints = KC_H_FIELDS, .words = "fields, field, schema, fields of, api docs, api reference"},
    {N, .hints = KC_H_TYPES,
     .words = "api-resources, api resources, resource types, resource kinds, object types, types of resources, types "
              "of objects, kinds of resources, kinds of objects, kinds of objects, resource type"},
    {N, .hints = KC_H_VERSION,
     .words = "kubernetes version, k8s version, server version, cluster version, version of kubernetes, version of "
              "k8s, version of the cluster, version of the server, kubernetes release"},
    {N, .hints = KC_H_PORT, .words = "port, ports, --port"},
    {N, .hints = KC_H_TARGET_PORT, .words = "target port, target-port, --target-port, targetport, container port"},
    {N, .hints = KC_H_GONE,
     .words =
         "gone, is gone, are gone, has gone, is deleted, are deleted, to be deleted, has been deleted, to be gone, "
         "to go away, goes away, to disappear, disappears"},
    {N, .hints = KC_H_RESTART,
     .words = "restart, bounce, kick, rolling restart, reboot, a cycle, redeploy, redeployment"},
    {N, .hints = KC_H_ROLLBACK, .words = "rollback, revert"},
    {N, .hints = KC_H_AUTOSCALER,
     .words = "itself, themselves, automatically, by itself, on its own, autoscaling, autoscaler, auto-scaling, auto "
              "scaling, auto-scaler, autoscalers"},
    {N, .hints = KC_H_JOB, .words = "one-off, manual run, one-off job, manual job, ad-hoc job"},
    {N, .hints = KC_H_OUT,
     .words =
         "out of rotation, out of service, out of the rotation, out of the pool, from rotation, from the rotation, "
         "from "
         "service, from the pool, unschedulable, out of scheduling, as unschedulable, out of the scheduling pool, from "
         "scheduling, for maintenance, into maintenance, in maintenance, into maintenance mode, in maintenance mode"},
    {N, .hints = KC_H_INTO,
     .words = "into rotation, in rotation, into service, in service, back into rotation, back in the rotation, in the "
              "rotation, back in rotation, back into "
              "service, "
              "back in service, back to rotation, back into the rotation, into the rotation, into the pool, back into "
              "the pool, "
              "back in the pool, schedulable, as schedulable, schedulable again, back online, to the pool, to "
              "rotation, to service"},
    {N, .hints = KC_H_SCHEDULING,
     .words = "scheduling, scheduling pods, scheduling new pods, new pods, scheduling anything"},
    {N, .hints = KC_H_BACK, .words = "back"},
    {N, .hints = KC_H_OFF, .words = "offline"},
    {N, .hints = KC_H_TROUBLE,
     .words = "wrong, problem, problems, trouble, issue, issues, the matter, error, errors, matter, cause, root cause, "
              "start, work, come up, respond"},
    {.part = KC_W_CONTAINER, .words = "container, containers, -c, --container, sidecar"},
    {.part = KC_W_LINES,
     .words = "lines, line, log lines, rows, entries, messages, --tail, lines of log, lines of logs"},
    {.part = KC_W_LAST, .words = "last, past, latest, most recent, recent, preceding, final, newest"},
    {.part = KC_W_LAST,
     .hints = KC_H_PREVIOUS,
     .words = "previous, prior, earlier, old, former, one before, what it was before, what it was, how it was before, "
              "how it was"},
    {.part = KC_W_SINCE, .words = "--since"},
    {.part = KC_W_AGO, .words = "ago"},
    {.part = KC_W_OLDER, .words = "older than, more than, over"},
    {.part = KC_W_SELECTOR, .words = "-l, --selector, labelled, labeled, matching, selector"},
    {.part = KC_W_SELECTOR, .hints = KC_H_LABEL, .words = "with label, with labels, with the label"},
    {.part = KC_W_NAMED, .words = "called, named, with the name, by the name, name, names"},
    /* states */
    {S, .state = KC_STATE_EVICTED, .words = "evicted, evictions, eviction"},
    {S, .state = KC_STATE_CRASHING,
     .words = "crashlooping, crash looping, crash-looping, crashloopbackoff, crashloop, crashing, crash loop, in "
              "crashloopbackoff, "
              "in a crash loop, in crashloop, crashes, crashed, crash, looping, dying, keeps crashing, keeps dying, "
              "flapping"},
    {S, .state = KC_STATE_FAILED, .words = "failed, errored, in error"},
    {S, .state = KC_STATE_FAILING, .words = "failing, erroring, fails, fail"},
    {S, .state = KC_STATE_PENDING,
     .words = "pending, unscheduled, waiting, stuck in pending, stuck pending, waiting to be scheduled"},
    {S, .state = KC_STATE_COMPLETED, .words = "completed, finished, succeeded, done, complete, successful"},
    {S, .state = KC_STATE_RUNNING,
     .words = "running, up and running, live, that run, that runs, which run, which runs"},
    {S, .state = KC_STATE_NOT_RUNNING,
     .words = "not running, aren't running, isn't running, non-running, not currently running, not in running state, "
              "that are not "
              "running, that aren't running, which aren't running, which are not running, not up"},
    {S, .state = KC_STATE_READY, .words = "ready, available"},
    {S, .state = KC_STATE_NOT_READY,
     .words = "not ready, aren't ready, isn't ready, unready, notready, unavailable, not available, never ready"},
    {S, .state = KC_STATE_TERMINATING, .words = "terminating, stuck terminating, stuck in terminating, being deleted"},
    {S, .state = KC_STATE_OOM,
     .words = "oomkilled, oom killed, oom-killed, out of memory, oom, ooming, running out of memory, runs out of "
              "memory, ran out of memory"},
    {S, .state = KC_STATE_IMAGE_PULL,
     .words = "imagepullbackoff, errimagepull, image pull errors, image pull problems, pulling its image, pulling "
              "their image, "
              "pulling images, cannot pull, can't pull"},
    {S, .state = KC_STATE_RESTARTED, .words = "restarts, keeps restarting, keep restarting"},
    {S, .state = KC_STATE_CORDONED, .words = "cordoned, unschedulable"},
    {S, .state = KC_STATE_PAUSED, .words = "paused, suspended"},
    {S, .state = KC_STATE_UNHEALTHY,
     .words =
         "unhealthy, unreachable, not reachable, broken, not healthy, bad, sick, dead, slow, stuck, hung, hanging, "
         "unresponsive, misbehaving, "
         "acting "
         "up, struggling, on fire, timing out, leaking, leaking memory, overloaded, healthy, fine, alive, not "
         "working, not responding, not starting, won't start, wont start, doesn't start, isn't starting, can't start, "
         "cannot start, not coming up, doesn't come up, won't come up, fails to start, failing to start, not happy, "
         "happy, "
         "red, green, not well, wedged, frozen, in a bad state, in trouble, throwing errors, throwing 500s, returning "
         "errors, "
         "returning 500s, 500s, "
         "playing up, starting, doing, in a bad way, borked, isn't working, aren't working, aren't starting, isn't "
         "healthy, "
         "aren't healthy, so slow"},
};

const struct kc_words kc_words_things = {.rows = rows, .n = sizeof rows / sizeof *rows};
