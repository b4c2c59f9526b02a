{{- /* The command line of a replica, as a YAML list. */}}
{{- define "admission.args" -}}
{{- $args := list "serve" "--cluster" }}
{{- $certificates := .Values.certificates }}
{{- if eq $certificates.mode "built-in" }}
{{- $args = concat $args (list "--tls-mode" "built-in" "--ca-settle-seconds" (toString $certificates.caSettleSeconds)) }}
{{- else if and (eq $certificates.mode "provided") $certificates.provided.certFile }}
{{- $args = concat $args (list "--tls-cert" $certificates.provided.certFile "--tls-key" $certificates.provided.keyFile) }}
{{- else }}
{{- $args = concat $args (list "--tls-mode" "secret" "--tls-secret" (include "admission.certificateSecret" .)) }}
{{- end }}
{{- $args = concat $args (list "--port" (toString .Values.ports.webhook) "--ops-port" (toString .Values.ports.ops)) }}
{{- with .Values.listenAddress }}
{{- $args = concat $args (list "--host" .) }}
{{- end }}
{{- $args = concat $args (list "--drain-seconds" (toString .Values.drainSeconds) "--log-level" .Values.logLevel) }}
{{- $args = concat $args (list "--max-in-flight" (toString .Values.limits.maxInFlight)) }}
{{- $args = concat $args (list "--max-connections" (toString .Values.limits.maxConnections)) }}
{{- if not .Values.events.enabled }}
{{- $args = concat $args (list "--events" "off") }}
{{- end }}
{{- with .Values.clusterDomain }}
{{- $args = concat $args (list "--cluster-domain" .) }}
{{- end }}
{{- with .Values.skipContainers }}
{{- $args = concat $args (list "--skip-containers" (join "," .)) }}
{{- end }}
{{- if or .Values.clientAuth.caSecret .Values.clientAuth.caConfigMap }}
{{- $args = concat $args (list "--client-ca" (printf "/etc/dapr-shared/client-ca/%s" .Values.clientAuth.key)) }}
{{- with .Values.clientAuth.names }}
{{- $args = concat $args (list "--client-names" (join "," .)) }}
{{- end }}
{{- end }}
{{- if .Values.reviewApi.enabled }}
{{- $args = concat $args (list "--review-api" "token") }}
{{- end }}
{{- range .Values.extraArgs }}
{{- $flag := regexFind "^--[a-z-]+" . }}
{{- if has (trimPrefix "--" $flag) (($.Files.Get "files/names.yaml" | fromYaml).chartFlags) }}
{{- fail (printf "extraArgs has %s, which values of the chart stand for: see the table in the README of the chart, and take it out of extraArgs." $flag) }}
{{- end }}
{{- if not (has (trimPrefix "--" $flag) (($.Files.Get "files/names.yaml" | fromYaml).freeFlags)) }}
{{- fail (printf "extraArgs has %s, which serve does not know, so no replica would start. It takes: %s" . (($.Files.Get "files/names.yaml" | fromYaml).freeFlags | join ", ")) }}
{{- end }}
{{- end }}
{{- concat $args .Values.extraArgs | toYaml }}
{{- end }}
