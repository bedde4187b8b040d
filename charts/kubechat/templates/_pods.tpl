{{- /* Labels by which pods are selected; the argument is the component. They must never change: a Deployment's selector cannot. */ -}}
{{- define "kubechat.selector" -}}
app.kubernetes.io/name: kubechat
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "kubechat.replicas" -}}
{{- if kindIs "invalid" .Values.manager.replicas -}}
{{- ternary 2 1 (ne .Values.store.postgres.secretName "") -}}
{{- else -}}
{{- .Values.manager.replicas -}}
{{- end -}}
{{- end }}

{{- /* Name of the claim that holds the SQLite store, or nothing. */ -}}
{{- define "kubechat.claim" -}}
{{- with .Values.store.sqlite.persistence -}}
{{- if and .enabled (not $.Values.store.postgres.secretName) -}}
{{- .existingClaim | default "kubechat-audit" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* What every pod of ours has in common: Pod Security "restricted". */ -}}
{{- define "kubechat.podDefaults" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "kubechat.containerDefaults" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* The store's URL, which holds a password, from a Secret; and the CA that libpq checks the server with. */ -}}
{{- define "kubechat.postgresEnv" -}}
- name: KUBECHAT_STORE
  valueFrom:
    secretKeyRef: {name: {{ .secret.secretName }}, key: {{ .secret.secretKey }}}
- name: PGSSLROOTCERT
  value: {{ ternary "/etc/kubechat/postgres/ca.crt" "/etc/ssl/certs/ca-certificates.crt" (ne .root.Values.store.postgres.caSecretName "") }}
{{- end }}

{{- define "kubechat.postgresMounts" -}}
{{- if .Values.store.postgres.caSecretName -}}
- {name: postgres-ca, mountPath: /etc/kubechat/postgres, readOnly: true}
{{- end -}}
{{- end }}

{{- define "kubechat.postgresVolumes" -}}
{{- with .Values.store.postgres.caSecretName -}}
- name: postgres-ca
  secret:
    secretName: {{ . }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end -}}
{{- end }}
