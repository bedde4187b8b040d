/* Rollouts as the workloads' own controllers report them (API server 1.34, zeros left out). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "controller/exec/verify.h"

#define DEPLOYMENT "'apiVersion':'apps/v1','kind':'Deployment'"
#define STATEFUL   "'apiVersion':'apps/v1','kind':'StatefulSet'"
#define DAEMON     "'apiVersion':'apps/v1','kind':'DaemonSet'"
#define REPLICASET "'apiVersion':'apps/v1','kind':'ReplicaSet'"
#define SHARD      "'apiVersion':'db.example.com/v1','kind':'Shard'"
#define GEN        "'metadata':{'generation':2}"

static const struct row {
    const char *name, *object;
    enum kc_verification verdict;
    const char *says;
} rows[] = {
    {"deployment done",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':5},'status':{'observedGeneration':2,'replicas':5,'updatedReplicas':5,"
     "'readyReplicas':5,'availableReplicas':5}}",
     KC_VERIFY_HOLDS, "5 of 5 replicas available"},
    {"not observed yet",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':5},'status':{'observedGeneration':1,'replicas':5,'updatedReplicas':5,"
     "'readyReplicas':5,'availableReplicas':5}}",
     KC_VERIFY_WAITING, "observe"},
    {"never observed", "{" DEPLOYMENT "," GEN ",'spec':{'replicas':0},'status':{}}", KC_VERIFY_WAITING, "observe"},
    {"pods missing",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':5},'status':{'observedGeneration':2,'replicas':3,'updatedReplicas':3,"
     "'readyReplicas':3,'availableReplicas':3}}",
     KC_VERIFY_WAITING, "3 of 5 replicas exist"},
    {"pods too many",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':3},'status':{'observedGeneration':2,'replicas':5,'updatedReplicas':5,"
     "'readyReplicas':5,'availableReplicas':5}}",
     KC_VERIFY_WAITING, "5 replicas, 3 wanted"},
    {"pods not ready",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':5},'status':{'observedGeneration':2,'replicas':5,'updatedReplicas':5,"
     "'readyReplicas':4,'availableReplicas':4}}",
     KC_VERIFY_WAITING, "4 of 5 replicas available"},
    {"ready, but not for minReadySeconds: available is 0 and left out",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':2},'status':{'observedGeneration':2,'replicas':2,'updatedReplicas':2,"
     "'readyReplicas':2,'unavailableReplicas':2}}",
     KC_VERIFY_WAITING, "0 of 2 replicas available"},
    {"all pods of the old template: updated is 0 and left out",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':2},'status':{'observedGeneration':2,'replicas':2,'readyReplicas':2,"
     "'availableReplicas':2}}",
     KC_VERIFY_WAITING, "0 of 2 replicas updated"},
    {"scaled to zero", "{" DEPLOYMENT "," GEN ",'spec':{'replicas':0},'status':{'observedGeneration':2}}",
     KC_VERIFY_HOLDS, "0 of 0 replicas available"},
    {"scaled to zero, one left",
     "{" DEPLOYMENT "," GEN
     ",'spec':{'replicas':0},'status':{'observedGeneration':2,'replicas':1,'updatedReplicas':1}}",
     KC_VERIFY_WAITING, "1 replica, 0 wanted"},
    {"replicas left out are one",
     "{" DEPLOYMENT "," GEN ",'spec':{},'status':{'observedGeneration':2,'replicas':1,'updatedReplicas':1,"
     "'availableReplicas':1}}",
     KC_VERIFY_HOLDS, "1 of 1"},
    {"statefulset done",
     "{" STATEFUL "," GEN ",'spec':{'replicas':3},'status':{'observedGeneration':2,'replicas':3,'readyReplicas':3,"
     "'currentReplicas':3,'updatedReplicas':3,'availableReplicas':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"statefulset in the middle of an update",
     "{" STATEFUL "," GEN ",'spec':{'replicas':3},'status':{'observedGeneration':2,'replicas':3,'readyReplicas':3,"
     "'currentReplicas':2,'updatedReplicas':1,'availableReplicas':3}}",
     KC_VERIFY_WAITING, "1 of 3 replicas updated"},
    {"statefulset that holds two back",
     "{" STATEFUL "," GEN ",'spec':{'replicas':3,'updateStrategy':{'type':'RollingUpdate','rollingUpdate':"
     "{'partition':2}}},'status':{'observedGeneration':2,'replicas':3,'readyReplicas':3,'updatedReplicas':1,"
     "'availableReplicas':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"statefulset that holds more back than it has",
     "{" STATEFUL "," GEN ",'spec':{'replicas':3,'updateStrategy':{'rollingUpdate':{'partition':9}}},"
     "'status':{'observedGeneration':2,'replicas':3,'availableReplicas':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"statefulset that updates when pods are deleted",
     "{" STATEFUL "," GEN ",'spec':{'replicas':3,'updateStrategy':{'type':'OnDelete'}},'status':"
     "{'observedGeneration':2,'replicas':3,'readyReplicas':3,'availableReplicas':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"replicaset has no notion of updates",
     "{" REPLICASET "," GEN ",'spec':{'replicas':2},'status':{'observedGeneration':2,'replicas':2,'readyReplicas':2,"
     "'availableReplicas':2}}",
     KC_VERIFY_HOLDS, "2 of 2"},
    {"replicaset not ready",
     "{" REPLICASET "," GEN ",'spec':{'replicas':2},'status':{'observedGeneration':2,'replicas':2}}", KC_VERIFY_WAITING,
     "0 of 2 replicas available"},
    {"statefulset of another template, none updated yet",
     "{" STATEFUL "," GEN ",'spec':{'replicas':1},'status':{'observedGeneration':2,'replicas':1,'readyReplicas':1,"
     "'availableReplicas':1}}",
     KC_VERIFY_WAITING, "0 of 1 replicas updated"},
    {"a paused deployment is not waited for",
     "{" DEPLOYMENT "," GEN ",'spec':{'replicas':5,'paused':true},'status':{'observedGeneration':1}}", KC_VERIFY_HOLDS,
     "paused"},
    {"a deployment that was given up",
     "{" DEPLOYMENT "," GEN
     ",'spec':{'replicas':5},'status':{'observedGeneration':2,'replicas':6,'conditions':[{'type':"
     "'Progressing','status':'False','reason':'ProgressDeadlineExceeded','message':'web-7 has timed out'}]}}",
     KC_VERIFY_BROKEN, "web-7 has timed out"},
    {"given up before the change was observed",
     "{" DEPLOYMENT "," GEN
     ",'spec':{'replicas':5},'status':{'observedGeneration':1,'replicas':6,'conditions':[{'type':"
     "'Progressing','status':'False','reason':'ProgressDeadlineExceeded'}]}}",
     KC_VERIFY_WAITING, "observe"},
    {"daemonset done",
     "{" DAEMON "," GEN ",'spec':{},'status':{'observedGeneration':2,'desiredNumberScheduled':3,"
     "'updatedNumberScheduled':3,'numberAvailable':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"daemonset half way",
     "{" DAEMON "," GEN ",'spec':{},'status':{'observedGeneration':2,'desiredNumberScheduled':3,"
     "'updatedNumberScheduled':1,'numberAvailable':3}}",
     KC_VERIFY_WAITING, "1 of 3 replicas updated"},
    {"daemonset not available",
     "{" DAEMON "," GEN ",'spec':{},'status':{'observedGeneration':2,'desiredNumberScheduled':3,"
     "'updatedNumberScheduled':3}}",
     KC_VERIFY_WAITING, "0 of 3 replicas available"},
    {"daemonset that updates when pods are deleted",
     "{" DAEMON "," GEN ",'spec':{'updateStrategy':{'type':'OnDelete'}},'status':{'observedGeneration':2,"
     "'desiredNumberScheduled':3,'numberAvailable':3}}",
     KC_VERIFY_HOLDS, "3 of 3"},
    {"daemonset not observed", "{" DAEMON "," GEN ",'spec':{},'status':{'observedGeneration':1}}", KC_VERIFY_WAITING,
     "observe"},
    {"what has no replicas", "{'apiVersion':'batch/v1','kind':'CronJob'," GEN ",'spec':{}}", KC_VERIFY_HOLDS,
     "as it was set"},
    {"another kind says how many there are", "{" SHARD "," GEN ",'spec':{'replicas':2},'status':{'replicas':2}}",
     KC_VERIFY_HOLDS, "2 of 2"},
    {"another kind lacks some", "{" SHARD "," GEN ",'spec':{'replicas':2},'status':{'replicas':1}}", KC_VERIFY_WAITING,
     "1 of 2 replicas exist"},
    {"another kind says which are ready",
     "{" SHARD "," GEN ",'spec':{'replicas':2},'status':{'replicas':2,'readyReplicas':1}}", KC_VERIFY_WAITING,
     "1 of 2 replicas available"},
    {"another kind says what it has observed",
     "{" SHARD "," GEN ",'spec':{'replicas':2},'status':{'replicas':2,'observedGeneration':1}}", KC_VERIFY_WAITING,
     "observe"},
    {"another kind that nobody looks after", "{" SHARD "," GEN ",'spec':{'replicas':2}}", KC_VERIFY_HOLDS,
     "as it was set"},
    {"another kind that has none yet", "{" SHARD "," GEN ",'spec':{'replicas':2},'status':{'phase':'Starting'}}",
     KC_VERIFY_WAITING, "0 of 2 replicas exist"},
    {"another group's Deployment",
     "{'apiVersion':'apps.example.com/v1','kind':'Deployment'," GEN ",'spec':{'replicas':2},'status':{'replicas':2}}",
     KC_VERIFY_HOLDS, "2 of 2"},
};

static json_t *parse(struct kc_arena *a, const char *quoted)
{
    char *s = kc_arena_strdup(a, quoted);
    struct kc_err err = {0};

    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *v = kc_json_parse_in(a, s, strlen(s), 1 << 16, "object", &err);
    if (!v)
        fail_msg("%s: %s", err.message, s);
    return v;
}

static void test_rollouts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        const char *message = NULL;
        enum kc_verification verdict = kc_rollout_judge(a, parse(a, rows[i].object), &message);
        if (verdict != rows[i].verdict || !message || !strstr(message, rows[i].says))
            fail_msg("%s: %d \"%s\"", rows[i].name, (int)verdict, kc_or(message, ""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rollouts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
