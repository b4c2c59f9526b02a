{{- /* What must not be installed, each with its sentence. Included by the Deployment, so that nothing renders without it. */}}
{{- define "admission.refusals" -}}
{{- $name := include "admission.name" . }}
{{- with .Release.Namespace }}
{{- if or (eq . "default") (hasPrefix "kube-" .) }}
{{- fail (printf "namespace %s: the webhook serves no pod of its own namespace, so it needs one of its own. Install with: --namespace dapr-shared-system --create-namespace" .) }}
{{- end }}
{{- end }}
{{- include "admission.refuseSecond" . }}
{{- include "admission.refuseReplicas" . }}
{{- include "admission.refuseCertificates" . }}
{{- include "admission.refuseNetwork" . }}
{{- include "admission.refuseMissingKinds" . }}
{{- if and (eq .Values.webhooks.failurePolicy "Ignore") (not .Values.backstop.enabled) }}
{{- fail "webhooks.failurePolicy Ignore without backstop.enabled: while no replica answers, pods that ask would run without their instance, and labels that grant access could be forged. Set backstop.enabled to true, or keep Fail: pods that do not ask never wait for the webhook." }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if hasPrefix "DAPR_SHARED_" .name }}
{{- fail (printf "extraEnv has %s: a flag goes before it, so it would change nothing. Set the value that stands for the flag, or extraArgs." .name) }}
{{- end }}
{{- end }}
{{- include "admission.refuseLostPolicies" . }}
{{- $unserved := append (.Files.Get "files/names.yaml" | fromYaml).systemNamespaces .Release.Namespace }}
{{- if has .Values.test.dryRunNamespace (concat $unserved .Values.webhooks.excludedNamespaces) }}
{{- fail (printf "test.dryRunNamespace %s is not served, so a pod by dry run in it would prove nothing. Name one that is." (ternary "default (which it is where it is not set)" .Values.test.dryRunNamespace (eq .Values.test.dryRunNamespace "default"))) }}
{{- end }}
{{- end }}

{{- define "admission.refuseLostPolicies" -}}
{{- if not .Values.crds.enabled }}
{{- if .Values.crds.keep }}
{{- fail "crds.keep without crds.enabled: what is not installed cannot be kept. Set both, or neither." }}
{{- end }}
{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" }}
{{- $name := ($.Files.Get $path | fromYaml).metadata.name }}
{{- $annotations := dig "metadata" "annotations" (dict) (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $name) | default dict }}
{{- $isOurs := and (eq (get $annotations "meta.helm.sh/release-name") $.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) }}
{{- if and $isOurs (ne (get $annotations "helm.sh/resource-policy") "keep") }}
{{- fail (printf "crds.enabled false, but the release brought %s: Helm would delete it, and with it all that was written of its kind. Upgrade once with crds.keep=true, then with crds.enabled=false." $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* `helm template` and a client-side dry run look nothing up: there, this refuses nothing. */}}
{{- define "admission.refuseSecond" -}}
{{- $name := include "admission.name" . }}
{{- $there := lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" $name }}
{{- if $there }}
{{- $annotations := dig "metadata" "annotations" (dict) $there | default dict }}
{{- $release := get $annotations "meta.helm.sh/release-name" }}
{{- $namespace := get $annotations "meta.helm.sh/release-namespace" }}
{{- if not $release }}
{{- $place := dig "clientConfig" "service" "namespace" .Release.Namespace (first ($there.webhooks | default (list dict))) }}
{{- if ne $place .Release.Namespace }}
{{- fail (printf "the cluster has an installation in namespace %s that Helm did not make, and there can be one only. Take it over there, with --namespace %s --take-ownership --set takeOver=true: policies stay. Removing it with the file that made it DELETES every policy of the cluster." $place $place) }}
{{- else if not .Values.takeOver }}
{{- fail (printf "the cluster has a MutatingWebhookConfiguration %s that Helm did not install, as of dapr-shared manifests or install.yaml, and there can be one only. Take it over, with --take-ownership --set takeOver=true: policies stay. Removing it with the file that made it DELETES every policy of the cluster." $name) }}
{{- end }}
{{- else if or (ne $release .Release.Name) (ne $namespace .Release.Namespace) }}
{{- fail (printf "the release %s in namespace %s serves this cluster already, and there can be one only. Upgrade it: helm upgrade %s -n %s, or remove it first: helm uninstall %s -n %s" $release $namespace $release $namespace $release $namespace) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "admission.refuseReplicas" -}}
{{- $scaled := .Values.autoscaling }}
{{- $least := ternary $scaled.minReplicas .Values.replicas $scaled.enabled | int }}
{{- $value := ternary "autoscaling.minReplicas" "replicas" $scaled.enabled }}
{{- if and (lt $least 2) (not .Values.allowSingleReplica) }}
{{- fail (printf "%s %d: while the only replica is gone, as when its node is drained, every pod that asks is refused. Set it to 2 or more; for a cluster of no importance set allowSingleReplica to true." $value $least) }}
{{- end }}
{{- if and $scaled.enabled (gt (int $scaled.minReplicas) (int $scaled.maxReplicas)) }}
{{- fail (printf "autoscaling.minReplicas %d is more than autoscaling.maxReplicas %d. Raise the second, or lower the first." (int $scaled.minReplicas) (int $scaled.maxReplicas)) }}
{{- end }}
{{- $budget := .Values.podDisruptionBudget }}
{{- if and $budget.enabled (gt $least 1) (ge (int $budget.maxUnavailable) $least) }}
{{- fail (printf "podDisruptionBudget.maxUnavailable %d with %s %d: a drain of nodes could take all replicas at once. Lower the first, or raise the second." (int $budget.maxUnavailable) $value $least) }}
{{- end }}
{{- end }}

{{- define "admission.refuseCertificates" -}}
{{- $mode := .Values.certificates.mode }}
{{- $provided := .Values.certificates.provided }}
{{- $hasFiles := or $provided.certFile $provided.keyFile }}
{{- if eq $mode "provided" }}
{{- if and (not $provided.secretName) (not $hasFiles) }}
{{- fail "certificates.mode provided without a certificate: set certificates.provided.secretName, or certFile and keyFile with extraVolumes and extraVolumeMounts." }}
{{- end }}
{{- if and $provided.secretName $hasFiles }}
{{- fail "certificates.provided.secretName together with certFile and keyFile: the certificate comes from one of them. Keep one of the two." }}
{{- end }}
{{- if and $hasFiles (not (and $provided.certFile $provided.keyFile)) }}
{{- fail "certificates.provided.certFile and keyFile belong together: set both." }}
{{- end }}
{{- if not $provided.caBundle }}
{{- fail "certificates.mode provided without certificates.provided.caBundle: the API server could check no certificate and would refuse every pod that asks. Set it to the CA in PEM: --set-file certificates.provided.caBundle=ca.crt" }}
{{- end }}
{{- if contains "PRIVATE KEY" $provided.caBundle }}
{{- fail "certificates.provided.caBundle has a private key: everybody may read the webhook configurations that it would stand in. Leave the certificate alone in it." }}
{{- end }}
{{- if not (regexMatch "-----BEGIN CERTIFICATE-----\\s[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----" $provided.caBundle) }}
{{- fail (printf "certificates.provided.caBundle is no whole certificate in PEM, it begins with %s: the API server could check no certificate. Give the file, not its name: --set-file certificates.provided.caBundle=ca.crt" (trunc 40 $provided.caBundle | quote)) }}
{{- end }}
{{- else if or $provided.secretName $hasFiles $provided.caBundle }}
{{- fail (printf "certificates.provided is set, but certificates.mode is %s, which would not look at it. Set certificates.mode to provided, or take certificates.provided out." $mode) }}
{{- end }}
{{- $issued := .Values.certificates.certManager }}
{{- if and $issued.issuerRef (ne $mode "cert-manager") }}
{{- fail (printf "certificates.certManager.issuerRef is set, but certificates.mode is %s, which would not look at it. Set certificates.mode to cert-manager, or take certificates.certManager.issuerRef out." $mode) }}
{{- end }}
{{- if and $issued.issuerRef (not $issued.issuerRef.name) }}
{{- fail "certificates.certManager.issuerRef without a name: no issuer would be found by it. Set certificates.certManager.issuerRef.name, or leave issuerRef empty for a CA of its own." }}
{{- end }}
{{- $epoch := toDate "2006-01-02" "2024-01-01" }}
{{- $ends := dateModify $issued.duration $epoch | unixEpoch | int64 }}
{{- if ge (dateModify $issued.renewBefore $epoch | unixEpoch | int64) $ends }}
{{- fail (printf "certificates.certManager.renewBefore %s is not less than duration %s: the certificate would be renewed without end. Lower the first." $issued.renewBefore $issued.duration) }}
{{- end }}
{{- $client := .Values.clientAuth }}
{{- if and $client.caSecret $client.caConfigMap }}
{{- fail "clientAuth.caSecret together with clientAuth.caConfigMap: the CA comes from one of them. Keep one of the two." }}
{{- end }}
{{- if and $client.names (not $client.caSecret) (not $client.caConfigMap) }}
{{- fail "clientAuth.names without a CA: a name counts only in a certificate that a CA signed. Set clientAuth.caSecret or clientAuth.caConfigMap, too." }}
{{- end }}
{{- end }}

{{- define "admission.refuseNetwork" -}}
{{- $ports := .Values.ports }}
{{- if eq (int $ports.webhook) (int $ports.ops) }}
{{- fail (printf "ports.webhook and ports.ops are both %d: two servers cannot listen on one port. Change one of them." (int $ports.ops)) }}
{{- end }}
{{- if eq (int .Values.service.port) 8080 }}
{{- fail "service.port 8080: in the Service that is the port of probes and metrics. Choose another, as 443." }}
{{- end }}
{{- $policy := .Values.networkPolicy }}
{{- if and .Values.reviewApi.enabled $policy.enabled $policy.apiServerCIDRs (not $policy.extraIngress) }}
{{- fail (printf "reviewApi.enabled with networkPolicy.apiServerCIDRs, but without networkPolicy.extraIngress: only API servers could call the review API. Let its callers in to the port admission: --set-json %s" `'networkPolicy.extraIngress=[{"ports":[{"port":"admission","protocol":"TCP"}],"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"ci"}}}]}]'`) }}
{{- end }}
{{- if .Values.hostNetwork }}
{{- /* ssh aside, which a pod without rights could not take: etcd, API server, kubelet, kube-proxy, scheduler, controllers */}}
{{- $taken := list 2379 2380 6443 10248 10249 10250 10256 10257 10259 }}
{{- range $value, $port := $ports }}
{{- if has (int $port) $taken }}
{{- fail (printf "ports.%s %d with hostNetwork: on the network of a node that port belongs to Kubernetes itself. Choose another, as 8443 and 8080." $value (int $port)) }}
{{- end }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
{{- fail "networkPolicy.enabled with hostNetwork: a NetworkPolicy does not hold for pods on the network of their node, so it would protect nothing. Set networkPolicy.enabled to false, and guard the ports by the node's firewall." }}
{{- end }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.metricsFrom) }}
{{- fail (printf "serviceMonitor.enabled with networkPolicy.enabled, but without networkPolicy.metricsFrom: Prometheus could not reach the metrics. Name its namespace: --set-json %s" `'networkPolicy.metricsFrom=[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}]'`) }}
{{- end }}
{{- if and (gt (len .Values.service.ipFamilies) 1) (not (has .Values.service.ipFamilyPolicy (list "PreferDualStack" "RequireDualStack"))) }}
{{- fail "service.ipFamilies has two families, but service.ipFamilyPolicy is not PreferDualStack or RequireDualStack. Set it, or keep one family." }}
{{- end }}
{{- end }}

{{- define "admission.refuseMissingKinds" -}}
{{- if and (eq .Values.certificates.mode "cert-manager") (not (.Capabilities.APIVersions.Has "cert-manager.io/v1")) }}
{{- fail "certificates.mode cert-manager, but the cluster has no cert-manager.io/v1: install cert-manager first, or use the mode built-in. For helm template add --api-versions cert-manager.io/v1" }}
{{- end }}
{{- if and (or .Values.serviceMonitor.enabled .Values.prometheusRule.enabled) (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) }}
{{- fail "serviceMonitor.enabled or prometheusRule.enabled, but the cluster has no monitoring.coreos.com/v1: install the Prometheus operator first, or set both to false. For helm template add --api-versions monitoring.coreos.com/v1" }}
{{- end }}
{{- end }}
