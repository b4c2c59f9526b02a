import { ANNOTATION, ANNOTATION_PREFIX } from '../core/vocabulary.ts'
import { OURS, type MatchCondition } from './cel.ts'

/**
 * Which workloads `workloads.shared.dapr.io` is asked about. Those of Knative may hold anything anywhere (an old CRD checks
 * nothing), and an expression that errors is counted as a fault, so values show their type before they are read.
 */

/** Where pod templates stand: in most kinds, and in CronJobs. */
const TEMPLATES = ['object.?spec.?template', 'object.?spec.?jobTemplate.?spec.?template']
const SELECTORS = ['object.?spec.?selector', 'object.?spec.?jobTemplate.?spec.?selector']

/** `.?` goes through all that is no map as if it were absent, but fails at a list. */
const NO_LIST_ON_THE_WAY = [
  ...['', '.?template', '.?template.?metadata'].map((path) => `object.?spec${path}`),
  'object.?spec.?selector',
  ...['', '.?spec', '.?spec.?template', '.?spec.?template.?metadata', '.?spec.?selector'].map(
    (path) => `object.?spec.?jobTemplate${path}`,
  ),
]
  .map((place) => `type(${place}.orValue(null)) != list`)
  .join(' && ')

const anyMap = (places: readonly string[], holds: string): string =>
  `[${places.map((place) => `${place}.orValue({})`).join(', ')}].exists(m, type(m) == map && ${holds})`

const ASKS = anyMap(
  [...TEMPLATES.map((template) => `${template}.?metadata.?annotations`), 'object.?metadata.?annotations'],
  `m.exists(k, k.startsWith('${ANNOTATION_PREFIX}'))`,
)

/** In a template or selector: a selector of our labels would lose its pods, or never stop making them. */
const NAMES_OUR_LABELS = anyMap(
  [
    ...TEMPLATES.map((template) => `${template}.?metadata.?labels`),
    ...SELECTORS.map((selector) => `${selector}.?matchLabels`),
  ],
  `${OURS}.exists(k, k in m)`,
)

const SELECTS_OUR_LABELS =
  `[${SELECTORS.map((selector) => `${selector}.?matchExpressions.orValue([])`).join(', ')}]` +
  `.exists(l, type(l) == list && l.exists(e, type(e) == map && e.?key.orValue('') in ${OURS}))`

const changed = (path: string): string => `object.${path} != oldObject.${path}`

export const WORKLOAD_CONDITIONS: readonly MatchCondition[] = [
  // first, as the first that is false ends it
  { name: 'readable', expression: NO_LIST_ON_THE_WAY },
  { name: 'asks', expression: [ASKS, NAMES_OUR_LABELS, SELECTS_OUR_LABELS].join(' || ') },
  {
    // scaling and a controller's notes in metadata are not worth a call
    name: 'changed',
    expression: [
      'oldObject == null',
      ...['?spec.?template', '?spec.?jobTemplate', '?spec.?selector'].map(changed),
      changed(`?metadata.?annotations[?'${ANNOTATION.shared}']`),
    ].join(' || '),
  },
  {
    // a ReplicaSet that a Deployment makes has been judged with the Deployment
    name: 'not-made-by-a-controller',
    expression: '!object.?metadata.?ownerReferences.orValue([]).exists(r, r.?controller.orValue(false))',
  },
]
