{{- /* Everything is called the same in every release, as there can be one only: of the webhook configurations there is one. */}}
{{- define "admission.name" -}}
{{ (.Files.Get "files/names.yaml" | fromYaml).name }}
{{- end }}

{{- /* The same labels as `dapr-shared manifests` gives. Helm adds its own mark, `app.kubernetes.io/managed-by`. */}}
{{- define "admission.labels" -}}
app.kubernetes.io/name: {{ include "admission.name" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/part-of: dapr-shared
{{- end }}

{{- /* With labels of the user's, which take none of ours away: (list $ labels). */}}
{{- define "admission.labelsWith" -}}
{{- mergeOverwrite (deepCopy (index . 1)) (include "admission.labels" (index . 0) | fromYaml) | toYaml }}
{{- end }}

{{- define "admission.selector" -}}
app.kubernetes.io/name: {{ include "admission.name" . }}
{{- end }}

{{- define "admission.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ if .digest }}@{{ .digest }}{{ end }}
{{- end }}
{{- end }}

{{- /* The Secret that holds the serving certificate; none where it comes from files. */}}
{{- define "admission.certificateSecret" -}}
{{- if eq .Values.certificates.mode "built-in" -}}
{{ (.Files.Get "files/names.yaml" | fromYaml).builtInSecret }}
{{- else if eq .Values.certificates.mode "cert-manager" -}}
{{ include "admission.name" . }}-serving
{{- else -}}
{{ .Values.certificates.provided.secretName }}
{{- end }}
{{- end }}

{{- /* Everything but the namespaces that must come up without us; the key is set by the API server and cannot be forged. */}}
{{- define "admission.servedNamespaces" -}}
{{- $names := .Files.Get "files/names.yaml" | fromYaml }}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      {{- concat $names.systemNamespaces (list .Release.Namespace) .Values.webhooks.excludedNamespaces | uniq | toYaml | nindent 6 }}
{{- end }}
