// Written by npm run rule-pages from docs/rules.md and docs/lint.md.
import type { RuleId } from '../core/rules.ts'
import type { CheckId } from '../lint/checks.ts'

/** What the documentation says of a rule or a check. */
export interface Page {
  /** one sentence, plain text */
  readonly summary: string
  /** all of it, without its heading; links into the documentation are relative to the root of the checkout */
  readonly markdown: string
}

export const RULE_PAGES: Readonly<Record<RuleId, Page>> = {
  'annotation.invalid': {
    summary: 'An annotation of ours has a value that means nothing.',
    markdown:
      '**Deny.** An annotation of ours has a value that means nothing. Values are exact: nothing is trimmed, no case is folded, as a\nrepaired app-id would be an identity that nobody wrote.\n\n- `dapr.io/shared`: 1 to 58 of `a-z`, `0-9` and `-`, a letter or digit at both ends, as `<appId>-dapr` must be a Service name.\n- `dapr.io/app-id` beside it says something else: a pod has one Dapr identity.\n- `dapr.io/shared-containers` and `dapr.io/shared-exclude-containers` stand side by side, have an empty entry or name something\n  twice, or leave no container to inject.\n- `dapr.io/shared-namespace`, `-strategy` or `-token-secret` is not what it should be.\n\n_Example:_ `dapr.io/shared: "Order"`. _Cure:_ write `"order"`.',
  },
  'annotation.changed': {
    summary:
      'An update of a running pod changes dapr.io/shared*, takes our labels away, or changes dapr.io/enabled of an injected pod.',
    markdown:
      "**Deny.** An update of a running pod changes `dapr.io/shared*`, takes our labels away, or changes `dapr.io/enabled` of an\ninjected pod. A container's variables cannot change, so what we wrote about them may not either. A pod that is being deleted\nmay lose everything.\n\n_Example:_ `kubectl annotate pod order-1 dapr.io/shared=billing --overwrite`. _Cure:_ create the pod anew; for a workload, change\nits pod template.",
  },
  'label.forged': {
    summary:
      'The labels shared.dapr.io/app-id and shared.dapr.io/app-namespace say which instance a pod uses, and network policies build on them: they are earned by being injected, and never claimed.',
    markdown:
      '**Deny.** The labels `shared.dapr.io/app-id` and `shared.dapr.io/app-namespace` say which instance a pod uses, and network policies\nbuild on them: they are earned by being injected, and never claimed. A pod may not bring them with other values, an update may\nnot set them (also not through `pods/status` or `pods/binding`), and no workload may select by them or have them in its template. On a\ncopied or restored pod, known by its `dapr.io/shared-status`, they are set right instead.\n\n_Example:_ a Deployment whose template has `shared.dapr.io/app-id: order`. _Cure:_ remove the label.',
  },
  'annotation.unknown': {
    summary:
      'Something is written that has no effect: a key that looks like ours (dapr.io/shared-container, dapr.io/share), one of ours without dapr.io/shared, a name in dapr.io/shared-containers that no container has, or dapr.io/shared on a workload itself instead of its pod template.',
    markdown:
      '**Warn.** Something is written that has no effect: a key that looks like ours (`dapr.io/shared-container`, `dapr.io/share`), one of ours\nwithout `dapr.io/shared`, a name in `dapr.io/shared-containers` that no container has, or `dapr.io/shared` on a workload itself instead of its\npod template. The webhook is not asked about pods without `dapr.io/shared`: of these, `review`, `test` and `explain` tell.\n\n_Example:_ `dapr.io/shared-container: app`. _Cure:_ the warning names the nearest key, or the place where the annotation belongs.',
  },
  'instance.missing': {
    summary: "No instance of this app-id in the pod's namespace.",
    markdown:
      '**Deny.** No instance of this app-id in the pod\'s namespace. The message names app-ids that may have been meant and those that there\nare. Before it is said, the namespace is looked up live: an instance that was created a moment ago is found.\n\n_Example:_ `dapr.io/shared: "biling"` where `billing` runs. _Cure:_ mend the app-id, or create the instance with the command in the\nmessage. Controllers retry by themselves, with pauses that grow to minutes: `kubectl rollout restart` asks at once.',
  },
  'instance.ambiguous': {
    summary: 'Several workloads run the same app-id in one namespace, and nobody may guess which is meant.',
    markdown:
      '**Deny.** Several workloads run the same app-id in one namespace, and nobody may guess which is meant. Two behind one Service (a\nchange of strategy) are one instance; one that is being deleted does not count.\n\n_Example:_ the chart installed twice with `shared.appId=order`. _Cure:_ delete all but one of those that the message names.',
  },
  'instance.misconfigured': {
    summary:
      "The instance exists and can never be reached: no Service selects its pods, no port of the Service leads to daprd's ports, or daprd listens on loopback only.",
    markdown:
      "**Deny.** The instance exists and can never be reached: no Service selects its pods, no port of the Service leads to daprd's ports,\nor daprd listens on loopback only.\n\n_Example:_ the chart with `shared.daprd.httpPort=3600`: its Service still has 3500. _Cure:_ in the message.",
  },
  'instance.not-ready': {
    summary: 'No replica of the instance is ready.',
    markdown:
      "**Warn.** No replica of the instance is ready. This never refuses a pod by itself: an instance that delivers to its application becomes\nready only after the application listens, so refusing would let neither start.\n\n_Policy:_ `rules.instance.minReadyReplicas` asks for more than one ready replica, with the policy's action; `0` asks for none. Of external instances nothing is asked.\n\n_Example:_ `minReadyReplicas: 2` and a Deployment with one ready replica. _Cure:_ look at the instance's pods if it lasts.",
  },
  'instance.defect': {
    summary:
      "A fault of the instance that its workload and Service show, mostly of the dapr-shared chart's defaults: Sentry asked at a closed port, a scheduler address that this version does not read, a liveness probe that waits for the application, a URL where a host belongs, Sentry's issuer key copied to a ConfigMap, an IPv4 listener behind an IPv6 Service, a token that is no reference, several Services.",
    markdown:
      "**Audit.** A fault of the instance that its workload and Service show, mostly of the dapr-shared chart's defaults: Sentry asked at a\nclosed port, a scheduler address that this version does not read, a liveness probe that waits for the application, a URL where\na host belongs, Sentry's issuer key copied to a ConfigMap, an IPv4 listener behind an IPv6 Service, a token that is no\nreference, several Services.\n\n_Example:_ Dapr 1.16 with `--sentry-address=dapr-sentry.dapr-system.svc.cluster.local:80`. _Cure:_ in the finding.",
  },
  'instance.in-use': {
    summary:
      'Somebody deletes an instance that pods use, or changes it so that its endpoints are others: its workload, its Service or its DaprSharedInstance.',
    markdown:
      '**Warn.** Somebody deletes an instance that pods use, or changes it so that its endpoints are others: its workload, its Service or its DaprSharedInstance. Pods keep the\nendpoints that they were given for as long as they live. Told only where the webhook was installed with `manifests --protect`. Deleting a whole namespace is never held up,\nnor deleting one of two workloads behind one Service.\n\n_Policy:_ `rules.instance.inUse`: `Deny` refuses the deletion, `Warn` warns, `"Off"` says nothing, whatever the policy\'s other actions. Of its `match`, namespace and app-id are those of the\ninstance; what else it asks of pods does not count here.\n\n_Example:_ `kubectl delete daemonset order -n shop` while three pods use it. _Cure:_ move the consumers first; `kubectl get pods -A -l\nshared.dapr.io/app-id=order` lists them. If it has to go all the same, annotate it with `shared.dapr.io/allow-delete: "true"`.',
  },
  'strategy.not-allowed': {
    summary:
      'The pod accepts one strategy only (dapr.io/shared-strategy), and the instance has another; or a policy allows others.',
    markdown:
      '**Deny.** The pod accepts one strategy only (`dapr.io/shared-strategy`), and the instance has another; or a policy allows others.\n\n_Policy:_ `rules.strategies.allowed`.\n\n_Example:_ `allowed: [DaemonSet]` and an instance that is a Deployment. _Cure:_ run the instance in that way, or use another one; what the pod says itself: change\nthe annotation, or remove it.',
  },
  'namespace.not-granted': {
    summary: 'The pod names an instance of another namespace, which gives it no grant.',
    markdown:
      "**Deny.** The pod names an instance of another namespace, which gives it no [grant](docs/policy-reference.md#daprsharedgrant). The words are the same whether that instance exists\nor not, and nothing is looked up.\n\n_Policy:_ `rules.crossNamespace.mode`: `Allow` needs no grant, `Deny` forbids it in spite of one (that finding follows the policy's actions), `RequireGrant` is as without a policy.\nThe strictest of several counts.\n\n_Example:_ `dapr.io/shared-namespace: platform` in namespace `shop`. _Cure:_ use an instance in the pod's own namespace, or have its owner make a DaprSharedGrant there that names\nthe pod's namespace, and its ServiceAccount.",
  },
  'identity.not-bound': {
    summary: "The pod's ServiceAccount may not use this app-id.",
    markdown:
      "**Deny.** The pod's ServiceAccount may not use this app-id. Whoever runs as an app-id is, to Dapr, that application: its state, its secrets, its topics. Without a policy everybody in the\nnamespace may.\n\n_Policy:_ `rules.identity`: `bindings` say which ServiceAccounts may use which app-ids, `unlisted` what holds for app-ids that no binding names. With `RBAC` the cluster is asked whether\nthe ServiceAccount may `use` the DaprSharedInstance of that name.\n\n_Example:_ app-id `ledger`, bound to `payments/ledger`, and a pod that runs as `payments/quotes`. _Cure:_ run the pod as a ServiceAccount that is bound, or have this one bound.",
  },
  'capacity.workloads': {
    summary: 'More workloads use the instance than a policy allows: what one of them does to it, all feel.',
    markdown:
      '**Deny.** More workloads use the instance than a policy allows: what one of them does to it, all feel. A workload counts once, however many pods it has, and never against itself: a rolling\nupdate with `maxWorkloads: 1` works. Counts are soft: pods created at the same moment may overshoot.\n\n_Policy:_ `rules.capacity.maxWorkloads`.\n\n_Example:_ `maxWorkloads: 1`, and a second Deployment asks for the instance. _Cure:_ give this workload an instance of its own, or remove another one.',
  },
  'capacity.pods': {
    summary: 'More pods use the instance than a policy allows, in all or for each of its replicas.',
    markdown:
      '**Deny.** More pods use the instance than a policy allows, in all or for each of its replicas. Finished pods and those that are being deleted do not count. Soft, as above.\n\n_Policy:_ `rules.capacity.maxPods`, `rules.capacity.maxPodsPerReplica`. Leave room for the pods that a rolling update adds.\n\n_Example:_ `maxPods: 50`, and the 51st pod. _Cure:_ scale consumers down, give the instance more replicas, or use another one.',
  },
  'sidecar.conflict': {
    summary: 'The pod also asks for a sidecar (dapr.io/enabled), or has a container daprd.',
    markdown:
      '**Deny.** The pod also asks for a sidecar (`dapr.io/enabled`), or has a container `daprd`. Two of them would both consume its messages\nand host its actors.\n\n_Policy:_ `rules.sidecar.conflict`: `PreferSidecar` admits the pod as it is, without injection; `PreferShared` injects it and sets `dapr.io/enabled` to `"false"`. The strictest of\nseveral counts.\n\n_Example:_ `dapr.io/enabled: "true"` beside `dapr.io/shared`. _Cure:_ keep one of the two.',
  },
  'env.conflict': {
    summary:
      'A container sets a variable of ours itself, and keeps it; or it has envFrom, which nobody can see into and which our variable overrides.',
    markdown:
      "**Warn.** A container sets a variable of ours itself, and keeps it; or it has `envFrom`, which nobody can see into and which our\nvariable overrides. A value that another webhook set after us counts as the container's own. An endpoint at the very Service of the\ninstance is set right where it is spelt otherwise (another port, a path, no port), as not every SDK understands each spelling. A container\nwhose endpoints both lead elsewhere is not given the instance's token, which it would send there.\n\n_Policy:_ `defaults.onExistingEnv`: `Override` has the instance's value in any case, `Deny` refuses the pod with the policy's action.\n\n_Example:_ a container with `DAPR_HTTP_ENDPOINT: http://localhost:3500`. _Cure:_ remove the variable to use the instance's.",
  },
  'token.unreachable': {
    summary:
      'The instance wants a token, is in another namespace, and its Secret cannot be referred to from there.',
    markdown:
      "**Deny.** The instance wants a token, is in another namespace, and its Secret cannot be referred to from there.\n\n_Example:_ a grant, and a pod without `dapr.io/shared-token-secret`. _Cure:_ put the token into a Secret of the pod's own namespace and name it in `dapr.io/shared-token-secret`.",
  },
  'dns.unresolvable': {
    summary:
      "With this DNS policy the endpoint's name does not resolve in the pod: hostNetwork without ClusterFirstWithHostNet, or dnsPolicy Default or None.",
    markdown:
      "**Warn.** With this DNS policy the endpoint's name does not resolve in the pod: `hostNetwork` without `ClusterFirstWithHostNet`, or\n`dnsPolicy` `Default` or `None`.\n\n_Example:_ `hostNetwork: true` alone. _Cure:_ set the DNS policy that the message names.",
  },
  'locality.not-local': {
    summary: "The instance's Service spreads calls over all nodes, so an instance on each node saves no hop.",
    markdown:
      "**Audit.** The instance's Service spreads calls over all nodes, so an instance on each node saves no hop.\n\n_Policy:_ `rules.locality.node`: `Prefer` warns of it; `Require` asks for a DaemonSet whose Service has `internalTrafficPolicy: Local`, with the policy's action; with `Any` nothing is said.\n\n_Example:_ the chart's Service as it is. _Cure:_ `trafficDistribution: PreferSameNode` on the Service (Kubernetes 1.34), or `internalTrafficPolicy: Local` where every node has\na ready instance.",
  },
  'locality.uncovered': {
    summary:
      "The pod may land on a node on which the instance's DaemonSet does not run: it tolerates a taint that the instance does not, or the instance has a node selector or a required node affinity that the pod has not.",
    markdown:
      "**Audit.** The pod may land on a node on which the instance's DaemonSet does not run: it tolerates a taint that the instance does not, or the instance has a node selector or a\nrequired node affinity that the pod has not. With `internalTrafficPolicy: Local` it would reach nobody there.\n\n_Policy:_ `rules.locality.node`: `Prefer` warns, `Require` has the policy's action.\n\n_Example:_ a pod that tolerates `gpu=true:NoSchedule`, and an instance without that toleration. _Cure:_ give the instance the pod's tolerations, or the pod the instance's node selector.",
  },
  'app-channel.mismatch': {
    summary:
      'The instance delivers what comes in (events, invocations) to a Service that does not lead to this pod, or to a port that it has not.',
    markdown:
      '**Warn.** The instance delivers what comes in (events, invocations) to a Service that does not lead to this pod, or to a port that it\nhas not. The pod can publish and invoke, but receives nothing.\n\n_Example:_ `--app-channel-address=orders.shop.svc.cluster.local`, whose Service selects `app: orders`, and a pod with `app: checkout`. _Cure:_ give the pod the labels that the\nService selects, if it should receive.',
  },
  'security.api-token': {
    summary: 'The instance has no API token: any pod that reaches it acts as its app-id.',
    markdown:
      '**Audit.** The instance has no API token: any pod that reaches it acts as its app-id. That a Secret\'s value may be empty is not seen\nhere, as no Secret is read.\n\n_Policy:_ `rules.security.apiToken`: `Required` has the policy\'s action, `Preferred` warns at most, `"Off"` says nothing. Counts for external instances too.\n\n_Example:_ a daprd without `DAPR_API_TOKEN`. _Cure:_ give daprd `DAPR_API_TOKEN` by `secretKeyRef`, and limit who reaches it.',
  },
  'security.mtls': {
    summary: 'The instance runs without mTLS, so calls to and from applications with mTLS fail.',
    markdown:
      '**Audit.** The instance runs without mTLS, so calls to and from applications with mTLS fail.\n\n_Policy:_ `rules.security.mtls`: `Required`, `Preferred` or `"Off"`.\n\n_Example:_ daprd without `--enable-mtls`. _Cure:_ `--enable-mtls=true` on daprd.',
  },
  'security.secret-store': {
    summary:
      "The instance offers Kubernetes Secrets to each of its consumers through Dapr's built-in secret store.",
    markdown:
      '**Audit.** The instance offers Kubernetes Secrets to each of its consumers through Dapr\'s built-in secret store.\n\n_Policy:_ `rules.security.secretStore`: `Restricted` has the policy\'s action, `"Off"` says nothing.\n\n_Example:_ an instance whose ServiceAccount may read Secrets, and any pod that asks it for them. _Cure:_ `--disable-builtin-k8s-secret-store` on daprd.',
  },
  'security.exposed-service': {
    summary: "The instance's Service is open to the outside: type NodePort or LoadBalancer, or externalIPs.",
    markdown:
      "**Audit.** The instance's Service is open to the outside: type `NodePort` or `LoadBalancer`, or `externalIPs`.\n\n_Policy:_ `rules.security.serviceTypes` lists the types that it may have, with the policy's action.\n\n_Example:_ `serviceTypes: [ClusterIP]` and a Service of type `NodePort`. _Cure:_ make it a `ClusterIP` Service.",
  },
  'security.dapr-version': {
    summary: 'The instance runs an older Dapr than a policy wants, by the tag of its image.',
    markdown:
      '**Audit.** The instance runs an older Dapr than a policy wants, by the tag of its image. A tag without a version is unknown: with `failurePolicy: Fail` it is found fault with, too. Without a\npolicy nothing is asked.\n\n_Policy:_ `rules.security.minDaprVersion`.\n\n_Example:_ `minDaprVersion: "1.15"` and `daprio/daprd:1.13.4`. _Cure:_ upgrade the instance, with a tag that says its version.',
  },
  'workload.kind-not-allowed': {
    summary:
      "The pod's workload, at the top, is of a kind that a policy does not list: a CronJob, not the Job that it makes.",
    markdown:
      "**Deny.** The pod's workload, at the top, is of a kind that a policy does not list: a CronJob, not the Job that it makes. A pod is only what its owners confirm: an owner reference that is written by hand\nmakes it a bare `Pod`.\n\n_Policy:_ `rules.workloads.allowedKinds`. Kinds outside the groups core, apps and batch are written `Kind.group`.\n\n_Example:_ `allowedKinds: [Deployment, Job]` and `kubectl run`. _Cure:_ use one of the kinds, or have this one added.",
  },
  'endpoint.not-allowed': {
    summary:
      'An external instance (DaprSharedInstance) is at a host, or is reached by a scheme, that a policy does not allow: what pods send there, tokens among it, leaves the cluster.',
    markdown:
      '**Deny.** An external instance (DaprSharedInstance) is at a host, or is reached by a scheme, that a policy does not allow: what pods send there, tokens among it, leaves the cluster.\n\n_Policy:_ `rules.endpoints.allowedHosts`, `rules.endpoints.allowedSchemes`.\n\n_Example:_ `allowedHosts: ["*.api.cloud.diagrid.io"]` and an instance at `dapr.example.com`. _Cure:_ use an allowed host, or have this one added.',
  },
  'injection.incomplete': {
    summary: 'After all webhooks have run, the pod lacks something that we gave it, or somebody changed it.',
    markdown:
      '**Deny.** After all webhooks have run, the pod lacks something that we gave it, or somebody changed it. Or it was never injected,\nbecause another webhook added the annotation afterwards.\n\n_Example:_ a webhook that runs later and replaces `env`. _Cure:_ put the annotation into the pod template; let no other webhook change what Dapr Shared wrote.',
  },
  'policy.invalid': {
    summary: 'A policy that governs this pod has rules that cannot be read, so nobody knows what it demands.',
    markdown:
      "**Deny.** A policy that governs this pod has rules that cannot be read, so nobody knows what it demands. The API server refuses most such policies; a policy that a newer version wrote, or that was there\nbefore its CRD changed, may be one. One whose `match` cannot be read governs no pod. The policy's own `failurePolicy` decides: `Fail` refuses, `Ignore` records.\n\n_Example:_ `defaults.env` with the name `DAPR_HTTP_ENDPOINT`, which is always set. _Cure:_ `kubectl get dsp` shows which is not `Accepted`, and its condition says why; mend it, or\ndelete it.",
  },
  'exception.expiring': {
    summary: 'The exception that saves this pod ends within seven days.',
    markdown:
      '**Audit.** The exception that saves this pod ends within seven days. Afterwards it is refused, or warned of, as the policy says.\n\n_Example:_ `expiresAt: "2027-01-31T00:00:00Z"`, on 28 January. _Cure:_ mend what it excuses, or have it renewed.',
  },
}

export const CHECK_PAGES: Readonly<Record<CheckId, Page>> = {
  schema: {
    summary:
      'The API server would refuse it, or kubectl would not know a field: all of it, not only the first.',
    markdown:
      '**Error.** The API server would refuse it, or `kubectl` would not know a field: all of it, not only the first.',
  },
  duplicate: {
    summary: 'Two objects have one kind, namespace and name.',
    markdown: '**Error.** Two objects have one kind, namespace and name.',
  },
  'selector.contradiction': {
    summary: 'A selector demands of one label what cannot be true at once.',
    markdown: '**Error.** A selector demands of one label what cannot be true at once.',
  },
  'match.no-namespace': {
    summary: 'A policy matches none of the namespaces.',
    markdown: '**Warning.** A policy matches none of the namespaces.',
  },
  'match.no-pod': {
    summary: 'A policy matches none of the pods and workloads in the files that ask for an instance.',
    markdown:
      '**Info.** A policy matches none of the pods and workloads in the files that ask for an instance.',
  },
  'exceptions.no-namespace': {
    summary: 'A policy honours exceptions in none of the namespaces.',
    markdown: '**Warning.** A policy honours exceptions in none of the namespaces.',
  },
  'override.unknown-rule': {
    summary: 'An override is for a rule that there is not.',
    markdown: '**Warning.** An override is for a rule that there is not.',
  },
  'override.no-effect': {
    summary:
      'An override is for a rule that the same policy turns off, or that only a part of rules which it lacks would bring.',
    markdown:
      '**Warning.** An override is for a rule that the same policy turns off, or that only a part of `rules` which it lacks would bring.',
  },
  'override.capped': {
    summary: 'An override says Deny where Preferred or Prefer warns at most.',
    markdown: '**Warning.** An override says Deny where `Preferred` or `Prefer` warns at most.',
  },
  'override.backstop': {
    summary: 'Something is lowered that the backstop, if it is installed, refuses all the same.',
    markdown:
      '**Info.** Something is lowered that the [backstop](docs/security.md#the-backstop), if it is installed, refuses all the same.',
  },
  'scoped-actions.repeated': {
    summary: 'Two entries of scopedActions name one point.',
    markdown: '**Warning.** Two entries of `scopedActions` name one point.',
  },
  'part.weaker': {
    summary:
      'A part stands in for a stronger built-in rule: sidecar with validationActions: [Warn] admits what was refused.',
    markdown:
      '**Warning.** A part stands in for a stronger built-in rule: `sidecar` with `validationActions: [Warn]` admits what was refused.',
  },
  'part.loosens': {
    summary: 'A part turns off what holds without any policy: mode: Allow, PreferSidecar, "Off", node: Any …',
    markdown:
      '**Info.** A part turns off what holds without any policy: `mode: Allow`, `PreferSidecar`, `"Off"`, `node: Any` …',
  },
  'defaults.never-win': {
    summary: 'Another policy with defaults matches all of the same pods, and goes before it.',
    markdown: '**Warning.** Another policy with `defaults` matches all of the same pods, and goes before it.',
  },
  'strategies.disjoint': {
    summary: 'Two policies that may match one pod allow no strategy in common, and both refuse.',
    markdown:
      '**Warning.** Two policies that may match one pod allow no strategy in common, and both refuse.',
  },
  'service-types.disjoint': {
    summary: 'Two policies that may match one pod allow no type of Service in common, and both refuse.',
    markdown:
      '**Warning.** Two policies that may match one pod allow no type of Service in common, and both refuse.',
  },
  'service-types.no-cluster-ip': {
    summary: 'security.serviceTypes leaves out what every chart makes.',
    markdown: '**Warning.** `security.serviceTypes` leaves out what every chart makes.',
  },
  'workload-kinds.contradiction': {
    summary: 'A policy allows none of the kinds that it matches.',
    markdown: '**Error.** A policy allows none of the kinds that it matches.',
  },
  'locality.contradiction': {
    summary: 'node: Require where DaemonSets are not allowed.',
    markdown: '**Error.** `node: Require` where DaemonSets are not allowed.',
  },
  'endpoints.no-effect': {
    summary: 'endpoints where External is not allowed.',
    markdown: '**Warning.** `endpoints` where External is not allowed.',
  },
  'capacity.contradiction': {
    summary: 'maxPods is less than maxPodsPerReplica.',
    markdown: '**Warning.** `maxPods` is less than `maxPodsPerReplica`.',
  },
  'capacity.nobody': { summary: 'A capacity of 0.', markdown: '**Warning.** A capacity of 0.' },
  'identity.nobody': {
    summary: 'No bindings, and unlisted: Deny.',
    markdown: '**Error.** No bindings, and `unlisted: Deny`.',
  },
  'identity.out-of-match': {
    summary: 'A binding of app-ids that match.appIds does not take.',
    markdown: '**Warning.** A binding of app-ids that `match.appIds` does not take.',
  },
  'identity.union': {
    summary: 'One app-id in several bindings: the ServiceAccounts of all may use it.',
    markdown: '**Info.** One app-id in several bindings: the ServiceAccounts of all may use it.',
  },
  'exception.unknown-policy': {
    summary: 'An exception names a policy that is not among those given.',
    markdown: '**Warning.** An exception names a policy that is not among those given.',
  },
  'exception.unknown-rule': {
    summary: 'An exception names a rule that there is not.',
    markdown: '**Warning.** An exception names a rule that there is not.',
  },
  'exception.no-effect': {
    summary: 'The policy has no part that brings the rule; built-in findings cannot be excused.',
    markdown:
      '**Warning.** The policy has no part that brings the rule; built-in findings cannot be excused.',
  },
  'exception.not-honoured': {
    summary: 'The policy honours no exceptions, or none of this namespace.',
    markdown: '**Warning.** The policy honours no exceptions, or none of this namespace.',
  },
  'exception.expired': { summary: 'An exception has ended.', markdown: '**Error.** An exception has ended.' },
  'exception.expiring': {
    summary: 'An exception ends within 7 days.',
    markdown: '**Warning.** An exception ends within 7 days.',
  },
  'grant.own-namespace': {
    summary: 'A grant names its own namespace, which needs none.',
    markdown: '**Warning.** A grant names its own namespace, which needs none.',
  },
  'grant.no-instance': {
    summary: 'No instance beside a grant has the app-id.',
    markdown: '**Warning.** No instance beside a grant has the app-id.',
  },
  'instance.ambiguous': {
    summary: 'Two workloads claim one app-id.',
    markdown: '**Error.** Two workloads claim one app-id.',
  },
  'instance.misconfigured': {
    summary: 'An instance has no Service that reaches it.',
    markdown: '**Error.** An instance has no Service that reaches it.',
  },
  'instance.unusable': {
    summary: 'A workload is marked as an instance and cannot be one.',
    markdown: '**Error.** A workload is marked as an instance and cannot be one.',
  },
  'instance.defect': {
    summary: 'Another defect, of those that the published charts have (rules.md).',
    markdown:
      '**Warning.** Another defect, of those that the published charts have ([rules.md](docs/rules.md#instancedefect)).',
  },
  'locality.not-local': {
    summary: "An instance's Service spreads calls over all nodes.",
    markdown: "**Info.** An instance's Service spreads calls over all nodes.",
  },
  'security.api-token': {
    summary: 'An instance without a token.',
    markdown: '**Warning.** An instance without a token.',
  },
  'security.mtls': {
    summary: 'An instance without mTLS.',
    markdown: '**Warning.** An instance without mTLS.',
  },
  'security.secret-store': {
    summary: 'An instance that offers Kubernetes Secrets to its consumers.',
    markdown: '**Warning.** An instance that offers Kubernetes Secrets to its consumers.',
  },
  'security.exposed-service': {
    summary: 'An instance that is open to the outside.',
    markdown: '**Warning.** An instance that is open to the outside.',
  },
}
