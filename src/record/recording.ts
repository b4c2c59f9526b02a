import { objectOr } from '../core/cluster-facts.ts'
import { countOf } from '../core/count-of.ts'
import type { JsonObject } from '../core/pod.ts'
import { textOf } from '../discovery/loose.ts'
import { INCOMPLETE, type Unread } from '../state/incomplete.ts'
import { groupOf } from '../state/manifest.ts'
import { keepConsumer, keepObject } from './keep-object.ts'
import { toYamlDocument } from './to-yaml.ts'

/** Objects of a cluster, each once, reduced to what decisions read as soon as it comes in. */
export interface Recording {
  /** @returns whether it was new */
  add(object: JsonObject): boolean
  /** a pod that counts as the user of an instance, by its metadata */
  addConsumer(pod: JsonObject): void
  has(object: JsonObject): boolean
  /** `DaemonSet` → how many */
  readonly counts: ReadonlyMap<string, number>
  /** the pods that only count */
  readonly consumers: number
  /** the documents, always in the same order, each beginning with `---` */
  documents(): string
}

export function makeRecording(): Recording {
  const texts = new Map<string, string>()
  const counts = new Map<string, number>()
  let consumers = 0
  return {
    add(object) {
      const key = keyOf(object)
      if (texts.has(key)) return false
      texts.set(key, `---\n${toYamlDocument(keepObject(object)).toString({ lineWidth: 0 })}`)
      const kind = textOf(object['kind']) ?? ''
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return true
    },
    addConsumer(pod) {
      const object = { ...pod, apiVersion: 'v1', kind: 'Pod' }
      const key = keyOf(object)
      if (texts.has(key)) return
      // JSON is YAML, in a hundredth of the time: nobody reads them, and there may be 50,000
      texts.set(key, `---\n${JSON.stringify(keepConsumer(object))}\n`)
      consumers += 1
    },
    has: (object) => texts.has(keyOf(object)),
    counts,
    get consumers() {
      return consumers
    },
    documents: () =>
      [...texts]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, text]) => text)
        .join(''),
  }
}

/** Who may do what comes before who wants it. */
const ORDER: readonly string[] = [
  '/Namespace',
  'shared.dapr.io/DaprSharedPolicy',
  'shared.dapr.io/DaprSharedGrant',
  'shared.dapr.io/DaprSharedException',
  'shared.dapr.io/DaprSharedInstance',
  '/Service',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/StatefulSet',
  'batch/CronJob',
]
const LAST = ['/Pod']

function keyOf(object: JsonObject): string {
  const { name, namespace } = objectOr(object['metadata'])
  const type = `${groupOf(textOf(object['apiVersion']) ?? '')}/${textOf(object['kind']) ?? ''}`
  const known = ORDER.indexOf(type)
  const place = known >= 0 ? known : LAST.includes(type) ? 99 : 50
  return [String(place).padStart(2, '0'), type, textOf(namespace) ?? '', textOf(name) ?? ''].join('\0')
}

/** What stands at the head of a recording. */
export interface RecordingFacts {
  /** RFC 3339 */
  readonly at: string
  readonly program: string
  readonly server: string
  /** empty for all of them */
  readonly namespaces: readonly string[]
  readonly unread: readonly Unread[]
  /** whether pods that use an instance were asked for, as some policy counts them or somebody wants them */
  readonly consumersAsked: boolean
  readonly file: string
}

/** The recording as a file that `--state` takes, with a head that says what it is and is not. */
export function writeRecording(recording: Recording, facts: RecordingFacts): string {
  return `${head(recording, facts).map(comment).join('')}${mark(facts)}${recording.documents()}`
}

/** What says to every command that reads the file that it is not the whole truth. */
function mark({ unread }: RecordingFacts): string {
  if (unread.length === 0) return ''
  const document = { ...INCOMPLETE, metadata: { name: 'incomplete' }, unread }
  return `---\n${toYamlDocument(document).toString({ lineWidth: 0 })}`
}

/** One line of a comment, whatever a server's message or a file's name would make of it. */
function comment(line: string): string {
  return `# ${line.replaceAll(/[^ -~]+/g, ' ')}`.trimEnd() + '\n'
}

function head(recording: Recording, facts: RecordingFacts): string[] {
  const { at, program, server, namespaces, unread, consumersAsked, file } = facts
  return [
    'What a cluster told of Dapr Shared, for dapr-shared --state.',
    `Recorded ${at} by dapr-shared ${program}, Kubernetes ${server}.`,
    `Namespaces: ${namespaces.length === 0 ? 'all' : namespaces.join(', ')}.`,
    `In it: ${contentsOf(recording)}.`,
    '',
    ...unread.map(({ why }) => `NOT READ: ${why}.`),
    ...(unread.length === 0
      ? []
      : ['Answers that rest on what was not read are unknown. Record again with the rights for it.', '']),
    'Left out: Secrets, ConfigMaps and all that no decision reads. The value of a variable or annotation that had to go',
    'reads "redacted"; names of Secrets and variables are there.',
    ...(consumersAsked
      ? []
      : ['Pods that use an instance are not in it, as no policy counts them (--consumers records them).']),
    'No file can tell what a ServiceAccount may "use" by RBAC: a policy with identity.unlisted: RBAC asks for --cluster.',
    '',
    `Replay: dapr-shared review -f pod.yaml --state ${file}`,
  ]
}

/** `1 Namespace, 2 Services`, in the order of the file. */
export function contentsOf({ counts, consumers }: Recording): string {
  const kinds = [...counts].map(([kind, count]) => countOf(count, kind))
  const pods = consumers === 0 ? [] : [`${countOf(consumers, 'pod')} that use an instance`]
  return [...kinds, ...pods].join(', ') || 'nothing'
}
