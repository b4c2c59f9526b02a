import { CLEANING_USERS, DAPR_ANNOTATION, LABEL } from '../core/vocabulary.ts'
import { CHART_INIT_CONTAINERS, CHART_LABEL, CHART_NAMES } from '../discovery/recognize.ts'
import { KINDS } from '../policy/kinds.ts'
import { celList, type MatchCondition } from './cel.ts'

/**
 * Which changes `protect.shared.dapr.io` is asked about: those that may take an instance away from its consumers. What
 * an instance is, discovery/recognize.ts knows in full; here stands what the API server can tell of it cheaply.
 */

const OLD = 'oldObject'
const TEMPLATE = `${OLD}.spec.template`

const MARKED_BY_LABEL =
  `[${OLD}.metadata.?labels.orValue({}), ${TEMPLATE}.?metadata.?labels.orValue({})].exists(l, ` +
  `l[?'app.kubernetes.io/name'].orValue('') in ${celList([...CHART_NAMES])} || ` +
  `l[?'helm.sh/chart'].orValue('').matches('${CHART_LABEL.source}') || ` +
  `l[?'${LABEL.instance}'].orValue('') == 'true')`

const MARKED_BY_INIT_CONTAINER = `${TEMPLATE}.spec.?initContainers.orValue([]).exists(c, c.name in ${celList([...CHART_INIT_CONTAINERS])})`

const changed = (path: string): string => `object.${path} != ${OLD}.${path}`

/** On UPDATE: only where one of these fields changes. */
const deletedOrChanged = (paths: readonly string[]): string =>
  `(request.operation == 'DELETE' || ${paths.map(changed).join(' || ')})`

const WORKLOAD =
  `(${MARKED_BY_LABEL} || ${MARKED_BY_INIT_CONTAINER}) && ${TEMPLATE}.spec.containers.exists(c, c.name == 'daprd') && ` +
  deletedOrChanged(['spec.template', 'metadata.?labels'])

/** A Service that selects nothing leads to no instance; which of the others do, only the inventory knows. */
const SERVICE =
  `${OLD}.spec.?selector.orValue({}).size() > 0 && ` +
  deletedOrChanged([
    'spec.?selector',
    'spec.?ports',
    // headless or not, and none at all for an ExternalName
    'spec.?clusterIP',
    // Dapr's operator marks so the Services of sidecars, which are never an instance's
    `metadata.?labels[?'${DAPR_ANNOTATION.enabled}']`,
  ])

export const PROTECT_CONDITIONS: readonly MatchCondition[] = [
  {
    name: 'not-a-cleaner',
    expression: `!(request.userInfo.username in ${celList([...CLEANING_USERS])})`,
  },
  {
    // the deletion of a collection, as when a namespace ends, names none of the objects
    name: 'named',
    expression: `request.operation != 'DELETE' || request.?name.orValue('') != ''`,
  },
  {
    name: 'may-be-an-instance',
    expression:
      `request.resource.resource == '${KINDS.DaprSharedInstance.plural}' ? ${deletedOrChanged(['?spec'])} : ` +
      `request.resource.resource == 'services' ? (${SERVICE}) : (${WORKLOAD})`,
  },
]
