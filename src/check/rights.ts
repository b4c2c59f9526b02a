import type { Rule } from '../install/access-rules.ts'
import { clusterRules, ownNamespaceRules, type AccessOptions } from '../install/access.ts'
import { TOKEN_RULES } from '../install/review-api-access.ts'
import type { Deployed } from './deployed.ts'
import type { Fact } from './facts.ts'

/** One thing that RBAC may allow, as a SubjectAccessReview asks for it. */
export interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  /** empty for all of them */
  readonly name: string
  /** empty for the whole cluster */
  readonly namespace: string
  /** false: nobody should have given it to the service */
  readonly isNeeded: boolean
}

/** A right, and whether the ServiceAccount has it. */
export interface AnsweredRight {
  readonly right: Right
  readonly allowed: Fact<boolean>
}

/** Rights with which whoever takes the service over would have much of the cluster. */
const TOO_MANY: readonly Omit<Right, 'isNeeded' | 'namespace'>[] = [
  { verb: 'list', group: '', resource: 'secrets', subresource: '', name: '' },
  { verb: 'get', group: '', resource: 'secrets', subresource: '', name: '' },
  { verb: 'create', group: '', resource: 'pods', subresource: '', name: '' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec', name: '' },
  { verb: 'patch', group: 'apps', resource: 'deployments', subresource: '', name: '' },
  {
    verb: 'patch',
    group: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
    subresource: '',
    name: '',
  },
  { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles', subresource: '', name: '' },
  { verb: 'impersonate', group: '', resource: 'serviceaccounts', subresource: '', name: '' },
]

/** Every right that is asked about: what `manifests` and the chart would grant, and what nobody should. */
export function rightsOf(namespace: string, deployed: Deployed): readonly Right[] {
  const options = accessOptions(namespace, deployed)
  return [
    ...clusterRules(options).flatMap((rule) => expand(rule, '')),
    ...(deployed.reviewApi ? TOKEN_RULES.flatMap((rule) => expand(rule, '')) : []),
    ...ownNamespaceRules(options).flatMap((rule) => expand(rule, namespace)),
    ...TOO_MANY.map((right) => ({ ...right, namespace: '', isNeeded: false })),
  ]
}

function accessOptions(
  namespace: string,
  { tlsMode, certificateSecret, events }: Deployed,
): Omit<AccessOptions, 'labels'> {
  const certificates: AccessOptions['certificates'] =
    tlsMode === 'built-in'
      ? { mode: 'built-in' }
      : tlsMode === 'secret'
        ? { mode: 'secret', secret: certificateSecret }
        : { mode: 'files' }
  return { namespace, certificates, events }
}

function expand({ apiGroups, resources, resourceNames = [''], verbs }: Rule, namespace: string): Right[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [resource = '', subresource = ''] = path.split('/')
      return resourceNames.flatMap((name) =>
        verbs.map((verb) => ({ verb, group, resource, subresource, name, namespace, isNeeded: true })),
      )
    }),
  )
}

/** `list daemonsets.apps`, as `kubectl auth can-i` takes it. */
export function tellRight({ verb, group, resource, subresource, name, namespace }: Right): string {
  const full = `${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : `/${name}`}`
  const sub = subresource === '' ? '' : ` --subresource=${subresource}`
  return `${verb} ${full}${sub}${namespace === '' ? ' -A' : ` -n ${namespace}`}`
}
