/* kubechat: one binary. Called as kubectl-chat it is the kubectl plugin. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/cli/audit.h"
#include "controller/cli/chat.h"
#include "controller/cli/crd.h"
#include "controller/cli/manager.h"
#include "controller/cli/plan.h"

static int version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("kubechat %s\n", KC_VERSION);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand */
    const char *help;
} commands[] = {
    {"manager", kc_cmd_manager, "run the operator: controller and admission webhook"},
    {"chat", kc_cmd_chat, "ask, look, approve, reject, watch (also as `kubectl chat`)"},
    {"plan", kc_cmd_plan, "plan words against a file of objects, offline"},
    {"audit", kc_cmd_audit, "verify and export the audit log"},
    {"crd", kc_cmd_crd, "print the CustomResourceDefinitions"},
    {"version", version, "print the version"},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int usage(FILE *to)
{
    fprintf(to, "usage: kubechat COMMAND [flags]\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\n`kubechat COMMAND --help` tells more.\n");
    return to == stdout ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc && KC_STREQ(basename(argv[0]), "kubectl-chat"))
        return kc_cmd_chat(argc, argv);
    if (argc < 2)
        return usage(stderr);
    if (KC_STREQ(argv[1], "--help") || KC_STREQ(argv[1], "-h") || KC_STREQ(argv[1], "help"))
        return usage(stdout);
    if (KC_STREQ(argv[1], "--version"))
        return version(0, NULL);
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (KC_STREQ(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "kubechat: there is no command \"%s\"\n\n", argv[1]);
    return usage(stderr);
}
