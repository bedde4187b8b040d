/* kubechat plan: words or commands -> plan, offline, against a file of objects. */
#pragma once

int kc_cmd_plan(int argc, char **argv); /* argv[0] is "plan" */
