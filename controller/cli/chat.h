/* `kubechat chat`, or `kubectl chat`: the person's side of a ChatRequest. argv[0] is "chat" or the plugin's name; the
 * result is the exit code.
 */
#pragma once

int kc_cmd_chat(int argc, char **argv);
