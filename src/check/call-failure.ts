import { NAME, serviceHosts } from '../install/names.ts'
import { applyAgain, wayOf } from './apply-again.ts'
import { cureOf } from './ca-bundle.ts'
import type { ClusterFacts } from './facts.ts'
import { logsOfAll } from './logs.ts'

/** What kept the API server from an answer of the webhook, in its own words, and how to mend it. */
export interface CallFailure {
  readonly what: string
  readonly cure: string
}

interface Saying extends CallFailure {
  readonly pattern: RegExp
}

function sayings(facts: ClusterFacts): readonly Saying[] {
  const { namespace } = facts
  const [host = ''] = serviceHosts(namespace)
  const log = logsOfAll(namespace)
  const pods = `kubectl get pods -n ${namespace} -l app.kubernetes.io/name=${NAME}`
  return [
    {
      pattern: /certificate signed by unknown authority|certificate is not trusted/,
      what: 'the API server does not trust the certificate: caBundle is another CA than that which signed it',
      cure: `See the lines of certificates: caBundle must hold the CA of the serving certificate. ${cureOf(wayOf(facts), facts)}`,
    },
    {
      pattern: /certificate has expired or is not yet valid/,
      what: 'the serving certificate or its CA has expired, or is not valid yet',
      cure: `See certificates.expiry and certificates.ca-expiry, which of the two, and renew it: docs/certificates.md (built-in: kubectl annotate secret -n ${namespace} dapr-shared-admission-certificates shared.dapr.io/rotate=serving --overwrite; for the CA rotate=ca). Where it is not valid yet, the clocks of nodes differ.`,
    },
    {
      pattern: /certificate is (?:valid for|not valid for)|doesn't contain any IP SANs|legacy Common Name/,
      what: `the serving certificate is not for ${host}`,
      cure: `Have it made for ${host}: dapr-shared certs --out DIR -n ${namespace}; cert-manager: dnsNames of the Certificate.`,
    },
    {
      pattern: /tls: (?:certificate required|bad certificate|unknown certificate authority)/,
      what: 'the service wants a client certificate that the API server does not show',
      cure: 'Give kube-apiserver one by --admission-control-config-file (kubeConfigFile of both webhook plugins), or take --client-ca away.',
    },
    {
      pattern: /no endpoints available for service|no service endpoints/,
      what: `Service ${NAME} has no ready endpoint`,
      cure: `See why no replica is ready: ${pods}; ${log}`,
    },
    {
      pattern: /service "[^"]*" not found/,
      what: `there is no Service ${namespace}/${NAME}`,
      cure: `Apply it again: ${applyAgain(wayOf(facts))}`,
    },
    {
      pattern: /No agent available|no backend connection available|failed to dial backend/i,
      what: 'the tunnel from the control plane to the nodes (Konnectivity) is down',
      cure: 'See its agents: kubectl get pods -n kube-system -l k8s-app=konnectivity-agent. Until they run, no webhook of the cluster, kubectl logs or kubectl exec works.',
    },
    {
      pattern: /connection refused/,
      what: 'nobody listens at the port of the endpoint',
      cure: `See whether replicas run (${pods}), and whether targetPort of Service ${NAME} is the port of the container (admission, 8443).`,
    },
    {
      pattern:
        /context deadline exceeded|i\/o timeout|Client\.Timeout|Timeout exceeded|no route to host|network is unreachable/,
      what: 'the API server does not reach the pods: what it sends gets lost on the way',
      cure: `Let the control plane reach port 8443 of the pods: a firewall rule on GKE private clusters (or a port that is open there: -f deploy/chart/platforms/gke.yaml), a NetworkPolicy in ${namespace} that lets the API servers in, and on EKS with another CNI hostNetwork (chart: --set hostNetwork=true). Where it is merely slow: ${log}`,
    },
    {
      pattern: /EOF|connection reset|broken pipe|malformed HTTP/,
      what: 'the connection broke off',
      cure: `Something between, or the replica that answered, ended it: ${pods}; ${log}`,
    },
    {
      pattern: /the server is currently unable to handle the request|\b503\b|too many requests/,
      what: 'the service answers that it is not ready, or overloaded',
      cure: `See what it waits for: kubectl port-forward -n ${namespace} deployment/${NAME} 8080:ops, then curl "localhost:8080/readyz?verbose"; ${log}`,
    },
    {
      pattern: /\b(?:404|421)\b|could not find the requested resource|Misdirected/,
      what: 'something else answers there, or another version',
      cure: `See what Service ${NAME} leads to: kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${NAME} -o yaml`,
    },
  ]
}

/** Reads `failed calling webhook "...": ...`. */
export function readCallFailure(message: string, facts: ClusterFacts): CallFailure {
  const found = sayings(facts).find(({ pattern }) => pattern.test(message))
  return (
    found ?? {
      what: 'the webhook gave no answer that the API server can use',
      cure: `See its log: ${logsOfAll(facts.namespace)}`,
    }
  )
}

/** An error of a matchCondition refuses the pod before anybody is called. */
export const CONDITION_ERROR = /expression '.*' resulted in error|match ?[cC]ondition/
