import type { InstanceAsk } from '../core/ask.ts'
import { defaultVariables } from '../core/default-variables.ts'
import { instanceKey, type Instance } from '../core/instance.ts'
import type { Container, EnvVar } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import type { WinningDefaults } from '../core/select-policies.ts'
import { ANNOTATION, ENV } from '../core/vocabulary.ts'
import { shownValue } from '../review/container-env.ts'

interface InjectedContainer {
  readonly before: Container
  readonly after: Container
  readonly ask: InstanceAsk
  readonly instance: Instance
  /** of the pod */
  readonly namespace: string
  readonly winner: WinningDefaults | undefined
}

/** Each variable that is ours to give: what the container has of it then, and why. */
export function explainVariables(injected: InjectedContainer): string[] {
  const { winner, instance } = injected
  const further = winner === undefined ? [] : defaultVariables(winner.defaults, instance)
  return [ENV.httpEndpoint, ENV.grpcEndpoint, ENV.apiToken, ...further.map(({ name }) => name)].flatMap(
    (name) => {
      const before = lastOf(injected.before, name)
      const after = lastOf(injected.after, name)
      return changeOf(name, before, after, injected)
    },
  )
}

function changeOf(
  name: string,
  before: EnvVar | undefined,
  after: EnvVar | undefined,
  injected: InjectedContainer,
): string[] {
  if (after === undefined) return without(name, before, injected)
  const value = shownValue(after)
  const because = sourceOf(name, injected)
  if (before === undefined) return [`gets ${name} = ${value} (${because}).`]
  const old = shownValue(before)
  if (old !== value)
    return [
      `gets ${name} = ${value} in the place of ${old === '' ? 'an empty value' : quote(old)} (${because}).`,
    ]
  return isGiven(name, after, injected)
    ? [`has ${name} = ${value} already.`]
    : [`keeps its own ${name}${kept(injected)}.`]
}

function kept({ winner }: InjectedContainer): string {
  return winner === undefined
    ? ', as no policy says otherwise'
    : ` (defaults.onExistingEnv of policy ${winner.policy.name}: ${winner.defaults.onExistingEnv})`
}

/** Only of a token there may be none. */
function without(
  name: string,
  before: EnvVar | undefined,
  { instance, ask, namespace }: InjectedContainer,
): string[] {
  if (before !== undefined) return [`loses ${name}, which was that of another instance.`]
  if (name !== ENV.apiToken) return []
  if (instance.token === undefined) {
    return [`gets no ${name}: the instance has no token that can be given by reference.`]
  }
  const foreign = instance.namespace !== namespace && ask.tokenSecret === undefined
  return foreign
    ? [
        `gets no ${name}: a Secret cannot be referred to across namespaces, and ${ANNOTATION.tokenSecret} names none.`,
      ]
    : [`gets no ${name}: its endpoints lead to somebody else, who must not see the token.`]
}

/** Where the value of a variable comes from. */
function sourceOf(name: string, { instance, namespace, winner }: InjectedContainer): string {
  const { service, strategy, workload } = instance
  switch (name) {
    case ENV.httpEndpoint:
    case ENV.grpcEndpoint: {
      const port = name === ENV.httpEndpoint ? 'HTTP' : 'gRPC'
      return strategy === 'external'
        ? `the ${port} endpoint of ${workload}`
        : `the ${port} port of the Service ${quote(service ?? '')} in front of ${workload}`
    }
    case ENV.apiToken:
      if (instance.namespace !== namespace) {
        return `the Secret that ${ANNOTATION.tokenSecret} names, as ${instanceKey(instance)} is in another namespace`
      }
      return strategy === 'external'
        ? `the reference that ${workload} gives; the Secret is not read`
        : `the reference that daprd of ${workload} has itself; the Secret is not read`
    default:
      return `the defaults of policy ${winner?.policy.name ?? ''} add it`
  }
}

/** Whether the value that stayed is the one that would have been given. */
function isGiven(
  name: string,
  after: EnvVar,
  { instance, ask, namespace, winner }: InjectedContainer,
): boolean {
  const token = instance.namespace === namespace ? instance.token : ask.tokenSecret
  if (name === ENV.apiToken)
    return token !== undefined && shownValue(after) === `secretKeyRef:${token.name}/${token.key}`
  const further = winner === undefined ? [] : defaultVariables(winner.defaults, instance)
  const wanted = [...instance.endpointVariables, ...further].find((one) => one.name === name)
  return wanted !== undefined && shownValue(wanted) === shownValue(after)
}

function lastOf({ env }: Container, name: string): EnvVar | undefined {
  return env?.findLast((one) => one.name === name)
}
