{{- define "kubechat.labels" -}}
app.kubernetes.io/name: kubechat
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kubechat.managerUsername" -}}
{{- .Values.manager.username | default (printf "system:serviceaccount:%s:kubechat-manager" .Release.Namespace) -}}
{{- end }}

{{- /*
clientConfig of one webhook. The manager writes it (CA, URL) and keeps it current, so what is in the cluster stays as it is;
only a first install gets the Service's name. Arguments: root, kind, webhook, path.
*/ -}}
{{- define "kubechat.clientConfig" -}}
{{- $config := dict "service" (dict "namespace" .root.Release.Namespace "name" "kubechat-webhook" "path" .path "port" 443) -}}
{{- $live := lookup "admissionregistration.k8s.io/v1" .kind "" "kubechat" | default dict -}}
{{- $name := .webhook -}}
{{- range ($live.webhooks | default list) -}}
{{- if eq .name $name -}}
{{- $config = .clientConfig -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{- /* Where the approver's identity and the caller's are compared: CEL over the object at the given expression. */ -}}
{{- define "kubechat.isCaller" -}}
has({{ . }}.username) && {{ . }}.username == request.userInfo.username
&& (has({{ . }}.uid) ? {{ . }}.uid : '') == (has(request.userInfo.uid) ? request.userInfo.uid : '')
&& (has({{ . }}.groups) ? {{ . }}.groups : []).all(g, g in variables.groups)
&& variables.groups.all(g, has({{ . }}.groups) && g in {{ . }}.groups)
&& (!has({{ . }}.extra) || {{ . }}.extra.all(k, k in variables.extra && {{ . }}.extra[k] == variables.extra[k]
  && !k.startsWith('authentication.kubernetes.io/')))
&& variables.extra.all(k, k.startsWith('authentication.kubernetes.io/') || (has({{ . }}.extra) && k in {{ . }}.extra))
{{- end }}

{{- /* Variables that describe the caller. A service account's own groups are no reason to refuse it. */ -}}
{{- define "kubechat.callerVariables" -}}
- name: groups
  expression: "has(request.userInfo.groups) ? request.userInfo.groups : []"
- name: extra
  expression: "has(request.userInfo.extra) ? request.userInfo.extra : {}"
- name: serviceAccount
  expression: "request.userInfo.username.startsWith('system:serviceaccount:')"
- name: systemGroups
  expression: >-
    variables.groups.filter(g, g.startsWith('system:') && g != 'system:authenticated' && !(variables.serviceAccount
    && (g == 'system:serviceaccounts' || g.startsWith('system:serviceaccounts:'))))
{{- end }}
