/* flags: command-line flags as kubectl spells them (pflag): --name value, --name=value, -n value, booleans with
 * =true/false; flags and arguments may be mixed; "--" ends the flags. Values also come from the environment,
 * KUBECHAT_<NAME> for a flag that names one (env true), and from the YAML file that a KC_OPT_CONFIG flag names: one
 * mapping of flag names to values. The command line wins over the environment, and that over the file.
 */
#pragma once

#include "controller/base/arena.h"
#include "controller/base/text.h"

enum kc_opt_kind {
    KC_OPT_STRING,
    KC_OPT_BOOL,
    KC_OPT_INT,
    KC_OPT_DURATION /* as Go writes it: "15s" */,
    KC_OPT_CONFIG /* path of the file with values for the other flags */,
    KC_OPT_LIST /* comma separated, repeatable */,
    KC_OPT_REPEAT /* as it stands, repeatable */
};

struct kc_opt {
    const char *name;
    char letter; /* 0: none */
    enum kc_opt_kind kind;
    void *to; /* const char **, bool *, int64_t * (a duration in milliseconds), struct kc_strs * (both lists) */
    bool env; /* the environment and the file may say it too */
    const char *value; /* what the help calls the value: "FILE" */
    const char *help;
};

/* Fills the flags' targets, and args with the rest (in the arena). INVALID names the flag and what it takes, and
 * where else than on the command line it stood: variable, or file and key (YAML that cannot be read, or has a key
 * twice: file and line); an unknown one is an error with the nearest known name. NOT_FOUND: there is no such file. */
KC_CHECK bool kc_flags_parse(struct kc_arena *a, int argc, char **argv, const struct kc_opt *opts, size_t n,
                             struct kc_strs *args, struct kc_err *err);
/* "  -n, --namespace NAME   help", one line a flag. */
void kc_flags_help(const struct kc_opt *opts, size_t n);
