/* pflag's spelling of flags over the words of one command, and the flags that nobody may use here. */
#include "controller/action/command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DRY_RUN "every change is dry-run and shown before anyone approves it: leave it out"
#define SHOWN   "%.64s"

/* Flags that are refused by name, with the reason. A verb's own rows come first, so a verb that understands one of
 * these for its own sake lists it there; nothing about identity, cluster or dry run may ever be. */
static const struct {
    const char *names; /* each with a space on both sides */
    const char *letters;
    const char *why;
} refused[] = {
    {" as as-group as-uid as-user-extra ", "", "the command runs as whoever made the request"},
    {" kubeconfig context cluster user server ", "s", "the cluster is named by spec.context.cluster"},
    {" token username password client-certificate client-key certificate-authority insecure-skip-tls-verify "
     "tls-server-name proxy-url kuberc ",
     "", "how the cluster is reached and with which credentials is not part of a command here"},
    {" stdin tty interactive ", "it", "nobody sits at a terminal when the command runs"},
    {" rm leave-stdin-open ", "",
     "nobody sits at a terminal when the command runs: the pod stays until kubectl delete"},
    {" overrides override-type ", "", "what the command does not say is written as a manifest: kubectl apply"},
    {" expose ", "", "one command makes one object: write kubectl expose behind it"},
    {" from-file from-env-file ", "",
     "files are not read: write --from-literal=KEY=VALUE, or a manifest with kubectl apply"},
    {" append-hash ", "", "what is approved has the name that it will have: write it whole"},
    {" edit edit-last-applied ", "", "nobody sits at an editor when the command runs"},
    {" local ", "", "it would leave the cluster as it is: leave it out"},
    {" patch-file ", "", "files are not read: write --patch"},
    {" ignore-not-found ", "", "what is not there has nothing to be previewed: leave it out, or the command"},
    {" raw ", "", "paths of the API are not read as such: name a type or an object"},
    {" list ", "", "it changes nothing: see kubectl get and kubectl describe"},
    {" v vmodule log-file log-dir log-flush-frequency logtostderr alsologtostderr profile profile-output cache-dir "
     "disable-compression match-server-version request-timeout warnings-as-errors add-dir-header help ",
     "vh", "it changes how kubectl itself behaves, not what is done: leave it out"},
    {" all selector field-selector all-namespaces ", "lA",
     "objects are named one by one, so that what was approved is what is changed: write TYPE/NAME"},
    {" kustomize recursive ", "kR", "directories are not read: write the manifest behind --filename=- <<'EOF'"},
    {" filename ", "f", "files are not read: write TYPE/NAME"},
    {" prune prune-allowlist prune-whitelist applyset ", "",
     "what a manifest leaves out is not deleted by it: name it in a kubectl delete of its own"},
    {" output template show-managed-fields allow-missing-template-keys no-headers show-kind show-labels ", "o",
     "there is no output to format: leave it out"},
    {" watch watch-only output-watch-events follow ", "wf",
     "a command is answered once: kubectl wait waits for something, and asking again shows what is new"},
    {" server-print ", "", "the API server makes the tables: leave it out"},
    {" timeout wait ", "", "waiting for the result is part of every request: leave it out"},
    {" from prefix keys resolve env ", "e", "values are not taken from elsewhere: write KEY=VALUE"},
    {" attach quiet ", "q", "nobody sits at a terminal when the command runs"},
    {" copy-to replace same-node share-processes set-image keep-labels keep-annotations keep-liveness keep-readiness "
     "keep-startup keep-init-containers ",
     "", "a copy of a pod is another pod, with its name, labels and services to think of: create one by its manifest"},
    {" custom ", "", "files are not read"},
    {" pod-running-timeout ", "", "a pod is chosen when the plan is made, and has to run by then: leave it out"},
    {" resource-version ", "", "the version just read is sent as a precondition by itself: leave it out"},
    {" force ", "", "it goes on where kubectl stops for safety: kubectl delete and kubectl drain alone may say it"},
    {" grace-period cascade now ", "", "it is not understood for this verb"},
    {" record save-config field-manager validate ", "", "what is done and by whom is recorded anyway: leave it out"},
};

/* The only global flag. */
static const struct kc_flag namespace_flag = {.name = "namespace", .letter = 'n', .kind = KC_FLAG_STRING};
/* Of verbs that read a manifest: from standard input alone. */
static const struct kc_flag filename_flag = {.name = "filename", .letter = 'f', .kind = KC_FLAG_STRING};

const struct kc_flag kc_selection_flags[KC_SELECTION_FLAGS] = {
    {.name = "selector", .letter = 'l', .kind = KC_FLAG_STRING},
    {.name = "field-selector", .kind = KC_FLAG_STRING},
    {.name = "all", .kind = KC_FLAG_BOOL},
    {.name = "all-namespaces", .letter = 'A', .kind = KC_FLAG_BOOL},
};

struct reader {
    struct kc_arena *a;
    struct kc_command c;
    const struct kc_strs *words;
    size_t i; /* the word being read */
    const char *filename;
    bool flags_over;
};

static bool listed(const char *names, const char *name, size_t len)
{
    for (const char *p = names; *p; p += strcspn(p + 1, " ") + 1)
        if (p[1] && strncmp(p + 1, name, len) == 0 && p[1 + len] == ' ')
            return true;
    return false;
}

/* In any spelling that some kubectl, old or new, or a person might take for it. */
static bool means_dry_run(const char *name)
{
    char letters[16];
    size_t n = 0;
    for (; *name && n < sizeof letters - 1; name++)
        if (isalnum((unsigned char)*name))
            letters[n++] = (char)tolower((unsigned char)*name);
    letters[n] = '\0';
    return KC_STREQ(letters, "dryrun") || KC_STREQ(letters, "serverdryrun");
}

/* By letter when it stands alone. NULL: nothing is known against it. */
static const char *why_refused(const char *name, size_t len, bool letter)
{
    if (!letter && means_dry_run(name))
        return DRY_RUN;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (letter ? strchr(refused[i].letters, *name) != NULL : listed(refused[i].names, name, len))
            return refused[i].why;
    return NULL;
}

static bool same_name(const char *flag, const char *name, size_t len)
{
    return strlen(flag) == len && memcmp(flag, name, len) == 0;
}

static const struct kc_flag *find_flag(const struct reader *r, const char *name, size_t len, bool letter)
{
    if (letter ? *name == namespace_flag.letter : same_name(namespace_flag.name, name, len))
        return &namespace_flag;
    if (!r->c.verb)
        return NULL;
    for (const struct kc_flag *f = r->c.verb->flags; letter && f && f->name; f++)
        if (f->letter && *name == f->letter)
            return f;
    const struct kc_flag *found = letter ? NULL : kc_verb_flag(r->c.verb, name, len);
    if (found)
        return found;
    for (size_t i = 0; i < KC_SELECTION_FLAGS; i++) {
        const struct kc_flag *f = &kc_selection_flags[i];
        if (r->c.verb->selects >> i & 1 && (letter ? *name == f->letter : same_name(f->name, name, len)))
            return f;
    }
    if (r->c.verb->input != KC_INPUT_NONE && (letter ? *name == 'f' : same_name(filename_flag.name, name, len)))
        return &filename_flag;
    return NULL;
}

static bool is_selection(const struct kc_flag *f)
{
    return f >= kc_selection_flags && f < kc_selection_flags + KC_SELECTION_FLAGS;
}

static bool unknown(const struct reader *r, const char *word, const char *name, size_t len, struct kc_err *err)
{
    char wanted[32];
    const struct kc_flag *near = NULL;
    if (!r->c.verb)
        return kc_fail(err, KC_INVALID, "UnknownFlag", SHOWN ": write the verb first: kubectl scale ...", word);
    if (len > 1 && len < sizeof wanted) {
        memcpy(wanted, name, len);
        wanted[len] = '\0';
        for (const struct kc_flag *f = r->c.verb->flags; f && f->name && !near; f++)
            if (kc_edit_distance(wanted, f->name, 2) <= 2)
                near = f;
        if (kc_edit_distance(wanted, namespace_flag.name, 2) <= 2)
            near = &namespace_flag;
    }
    if (near)
        return kc_fail(err, KC_INVALID, "UnknownFlag", SHOWN ": kubectl %s has no such flag; did you mean --%s?", word,
                       r->c.verb->name, near->name);
    return kc_fail(err, KC_INVALID, "UnknownFlag", SHOWN ": not a flag that is understood for kubectl %s", word,
                   r->c.verb->name);
}

static bool store(struct reader *r, const struct kc_flag *f, const char *value, struct kc_err *err)
{
    const char **to = &r->c.ns;
    if (is_selection(f))
        to = &r->c.selected[f - kc_selection_flags];
    else if (f == &filename_flag)
        to = &r->filename;
    else if (f != &namespace_flag && r->c.verb)
        to = &r->c.flags[f - r->c.verb->flags];
    if (*to && f->kind != KC_FLAG_LIST)
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s is given twice (" SHOWN ", " SHOWN "): which one is meant?",
                       f->name, *to, value);
    if (!*value && !f->may_be_empty)
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s: the value is empty", f->name);
    *to = *to ? kc_arena_printf(r->a, "%s" KC_LIST_SEPARATOR "%s", *to, value) : value;
    return true;
}

static const char *alone(const struct kc_flag *f)
{
    return f->kind == KC_FLAG_BOOL ? "true" : f->bare;
}

/* A flag whose value is the next word. */
static bool store_next(struct reader *r, const struct kc_flag *f, struct kc_err *err)
{
    if (alone(f))
        return store(r, f, alone(f), err);
    if (r->i + 1 == r->words->n)
        return kc_fail(err, KC_INVALID, "BadFlag", "--%s: a value has to follow", f->name);
    return store(r, f, r->words->v[++r->i], err);
}

/* kubectl takes _ for - in a flag's name. */
static size_t normalise(char out[64], const char *name)
{
    size_t len = 0;
    for (; name[len] && name[len] != '=' && len < 63; len++)
        out[len] = name[len] == '_' ? '-' : name[len];
    out[len] = '\0';
    return len;
}

static bool long_flag(struct reader *r, const char *word, struct kc_err *err)
{
    char name[64];
    size_t len = normalise(name, word + 2);
    const struct kc_flag *f = find_flag(r, name, len, false);
    const char *why = f ? NULL : why_refused(name, len, false);
    if (why)
        return kc_fail(err, KC_INVALID, "ForbiddenFlag", "--%s: %s", name, why);
    if (!f)
        return unknown(r, word, name, len, err);
    return word[2 + len] == '=' ? store(r, f, word + 2 + len + 1, err) : store_next(r, f, err);
}

/* -n shop, -nshop, -n=shop; letters of boolean flags may be put together. */
static bool short_flags(struct reader *r, const char *word, struct kc_err *err)
{
    char name[64];
    normalise(name, word + 1);
    if (means_dry_run(name))
        return kc_fail(err, KC_INVALID, "ForbiddenFlag", SHOWN ": " DRY_RUN, word);
    for (const char *p = word + 1; *p; p++) {
        const struct kc_flag *f = find_flag(r, p, 1, true);
        const char *why = f ? NULL : why_refused(p, 1, true);
        if (why)
            return kc_fail(err, KC_INVALID, "ForbiddenFlag", SHOWN ": -%c: %s", word, *p, why);
        if (!f)
            return unknown(r, word, p, 1, err);
        if (alone(f) && p[1] != '=') {
            if (!store(r, f, alone(f), err))
                return false;
            continue;
        }
        return p[1] ? store(r, f, p + 1 + (p[1] == '='), err) : store_next(r, f, err);
    }
    return true;
}

/* En dash, em dash and minus sign, which word processors make of "--". */
static bool looks_like_dash(const char *word)
{
    return kc_str_starts(word, "\xE2\x80\x93") || kc_str_starts(word, "\xE2\x80\x94") ||
           kc_str_starts(word, "\xE2\x88\x92");
}

/* The verbs, or the second words of those that begin with word. */
static bool list_verbs(struct kc_err *err, const char *word)
{
    KC_BUF_SCOPE all = {0};
    KC_BUF_SCOPE those = {0};
    size_t len = strlen(word);
    for (size_t i = 0; kc_verbs[i]; i++) {
        const char *name = kc_verbs[i]->name;
        kc_buf_printf(&all, "%s%s", all.len ? ", " : "", name);
        if (len && strncmp(name, word, len) == 0 && name[len] == ' ')
            kc_buf_printf(&those, "%s%s", those.len ? ", " : "", name + len + 1);
    }
    if (those.len)
        return kc_fail(err, KC_INVALID, "UnknownVerb", "kubectl " SHOWN ": say which of these: %s", word,
                       kc_buf_str(&those));
    return kc_fail(err, KC_INVALID, "UnknownVerb", "kubectl " SHOWN ": this version knows the verbs %s", word,
                   kc_buf_str(&all));
}

static bool begins_a_verb(const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; kc_verbs[i]; i++)
        if (*kc_verbs[i]->name == *word && strncmp(kc_verbs[i]->name, word, len) == 0 && kc_verbs[i]->name[len] == ' ')
            return true;
    return false;
}

#define MAX_VERB_WORDS 3

static const struct kc_verb *spoken(const char *name)
{
    const struct kc_verb *verb = kc_verb_find(name);
    return verb && !verb->unspoken ? verb : NULL;
}

/* As many words as make a verb: "scale", "rollout restart", "create service clusterip". */
static const struct kc_verb *find_verb(struct reader *r, const char *word)
{
    char name[64];
    const struct kc_verb *found = spoken(word);
    size_t len = strlen(word), last = r->i;
    if (len >= sizeof name || !begins_a_verb(word))
        return found;
    memcpy(name, word, len + 1);
    for (size_t i = r->i + 1; i < r->words->n && i < r->i + MAX_VERB_WORDS && *r->words->v[i] != '-'; i++) {
        int added = snprintf(name + len, sizeof name - len, " %s", r->words->v[i]);
        if (added < 0 || len + (size_t)added >= sizeof name)
            break;
        len += (size_t)added;
        const struct kc_verb *longer = spoken(name);
        if (longer) {
            found = longer;
            last = i;
        }
        if (longer && !begins_a_verb(name))
            break;
    }
    /* "create" reads a manifest; "create deployment" is another verb, known or not. */
    if (found && last == r->i && found->shape == KC_SHAPE_MANIFEST && r->i + 1 < r->words->n &&
        *r->words->v[r->i + 1] != '-')
        return NULL;
    r->i = last;
    return found;
}

static bool plain_word(struct reader *r, const char *word, struct kc_err *err)
{
    if (looks_like_dash(word))
        return kc_fail(err, KC_INVALID, "BadCommand",
                       SHOWN ": starts with a dash that is no \"-\": type the flag again", word);
    if (r->c.verb) {
        r->c.words.v[r->c.words.n++] = word;
        return true;
    }
    const char *next = r->i + 1 < r->words->n ? r->words->v[r->i + 1] : "";
    const char *why = kc_verb_why_not(word, next);
    if (why)
        return kc_fail(err, KC_INVALID, "ForbiddenVerb", "kubectl " SHOWN " " SHOWN ": %s", word, next, why);
    r->c.verb = find_verb(r, word);
    if (!r->c.verb) {
        const char *both = kc_arena_printf(r->a, "%s %s", word, next);
        return list_verbs(err, begins_a_verb(both) ? both : word);
    }
    r->c.flags = kc_arena_array(r->a, kc_flags_count(r->c.verb) + 1, sizeof *r->c.flags);
    return true;
}

/* The verb that is asked about, and what is no type: a URL, everything. */
static void split_right(struct kc_command *c)
{
    size_t n = c->words.n > 0;
    if (c->words.n > 1 && (c->words.v[1][0] == '/' || KC_STREQ(c->words.v[1], "*")))
        n = 2;
    c->operands = (struct kc_strs){.v = c->words.v, .n = n};
    c->words = (struct kc_strs){.v = c->words.v + n, .n = c->words.n - n};
}

/* All that follows is the command's. */
static void take_command(struct reader *r)
{
    r->i++;
    r->c.operands = (struct kc_strs){.v = r->words->v + r->i, .n = r->words->n - r->i};
    r->i = r->words->n;
}

static bool too_many_operands(const struct kc_verb *verb, size_t n, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "BadOperand", "kubectl %s: %zu times %s, at most %d are taken at once", verb->name,
                   n, verb->operands, KC_MAX_OPERANDS);
}

/* The words from the first operand on; none of what follows may be an object. */
static bool split_operands(struct kc_command *c, struct kc_err *err)
{
    if (c->verb->shape == KC_SHAPE_RIGHT) {
        split_right(c);
        return true;
    }
    if (c->verb->takes_command)
        return c->operands.n <= KC_MAX_OPERANDS || too_many_operands(c->verb, c->operands.n, err);
    size_t n = c->words.n, first;
    if (c->verb->last_operands)
        first = n > c->verb->last_operands ? n - c->verb->last_operands : n;
    else
        for (first = 0; first < n && !kc_is_operand(c->verb, c->words.v[first]);)
            first++;
    for (size_t i = first; i < n; i++)
        if (!c->verb->last_operands && !kc_is_operand(c->verb, c->words.v[i]))
            return kc_fail(err, KC_INVALID, "BadOperand", SHOWN ": expected %s: the objects come first", c->words.v[i],
                           c->verb->operands);
    if (n - first > KC_MAX_OPERANDS)
        return too_many_operands(c->verb, n - first, err);
    c->operands = (struct kc_strs){.v = c->words.v + first, .n = n - first};
    c->words.n = first;
    return true;
}

#define MANIFEST "--filename=- <<'EOF', the manifest on the lines below, and a line that says EOF"

/* -f - and a here-document go together, with verbs that read a manifest. */
static bool reads_input(struct reader *r, struct kc_err *err)
{
    const struct kc_verb *verb = r->c.verb;
    if (verb->input == KC_INPUT_NONE)
        return !r->c.input || kc_fail(err, KC_INVALID, "BadCommand",
                                      "kubectl %s reads no standard input: leave the here-document out", verb->name);
    if (r->filename && !KC_STREQ(r->filename, "-"))
        return kc_fail(err, KC_INVALID, "ForbiddenFlag",
                       "--filename=" SHOWN ": files and addresses are not read: write " MANIFEST, r->filename);
    if (verb->input == KC_INPUT_OBJECT && !r->filename && !r->c.input && !r->c.words.n)
        return kc_fail(err, KC_INVALID, "MissingFlag", "kubectl %s: the manifest is missing: write " MANIFEST,
                       verb->name);
    if (!r->filename != !r->c.input)
        return kc_fail(err, KC_INVALID, "MissingFlag",
                       r->filename ? "kubectl %s --filename=-: the manifest is missing: write " MANIFEST
                                   : "kubectl %s: a here-document is there, but nothing reads it: write " MANIFEST,
                       verb->name);
    return true;
}

static bool complete(struct reader *r, struct kc_err *err)
{
    if (!r->c.verb)
        return kc_fail(err, KC_INVALID, "BadCommand",
                       "the command has no verb: kubectl scale deployment/NAME --replicas=N");
    for (size_t i = 0; r->c.verb->flags && r->c.verb->flags[i].name; i++)
        if (r->c.flags[i] && r->c.verb->flags[i].kind != KC_FLAG_LIST &&
            !kc_flag_check(&r->c.verb->flags[i], r->c.flags[i], &r->c.flags[i], err))
            return false;
    for (size_t i = 0; i < KC_SELECTION_FLAGS; i++)
        if (r->c.selected[i] && !kc_flag_check(&kc_selection_flags[i], r->c.selected[i], &r->c.selected[i], err))
            return false;
    if (r->c.ns && !kc_dns_label_valid(r->c.ns))
        return kc_fail(err, KC_INVALID, "BadFlag",
                       "--namespace=" SHOWN ": not a namespace's name (lower-case letters, digits, -)", r->c.ns);
    return reads_input(r, err) && split_operands(&r->c, err);
}

bool kc_command_read(struct kc_arena *a, const char *text, struct kc_command *ret, struct kc_err *err)
{
    struct kc_strs words;
    struct reader r = {.a = a, .words = &words};
    if (!kc_shell_split(a, text, &words, &r.c.input, err))
        return false;
    r.c.words.v = kc_arena_array(a, words.n, sizeof *r.c.words.v);
    for (r.i = words.n && KC_STREQ(words.v[0], "kubectl"); r.i < words.n; r.i++) {
        const char *word = words.v[r.i];
        bool ok = true;
        if (r.flags_over || word[0] != '-' || !word[1])
            ok = plain_word(&r, word, err);
        else if (KC_STREQ(word, "--") && r.c.verb && r.c.verb->takes_command)
            take_command(&r);
        else if (KC_STREQ(word, "--"))
            r.flags_over = true;
        else
            ok = word[1] == '-' ? long_flag(&r, word, err) : short_flags(&r, word, err);
        if (!ok)
            return false;
    }
    if (!complete(&r, err))
        return false;
    *ret = r.c;
    return true;
}
