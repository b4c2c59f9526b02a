import { SUITE_API_VERSION, SUITE_KIND } from '../suite/suite-kind.ts'
import { isMap, isSeq } from 'yaml'
import { countOf } from '../core/count-of.ts'
import type { JsonObject } from '../core/pod.ts'
import { toYamlDocument } from './to-yaml.ts'
import { isSeen, type LoggedDecision, type LoggedMarks } from './read-decision.ts'

/** Collects decisions, each once however often it was made. */
export interface DecisionCollection {
  add(decision: LoggedDecision): void
  readonly tests: number
  /** the suite as YAML */
  suite(facts: SuiteFacts): string
}

export interface SuiteFacts {
  readonly name: string
  /** paths from the suite's folder; none where the cluster was not recorded */
  readonly stateFiles: readonly string[]
}

interface Collected {
  readonly decision: LoggedDecision
  readonly test: Test
  alike: number
}

interface Test {
  readonly name: string
  readonly state: { readonly now: string }
  readonly request: { readonly review: object }
  readonly expect: object
}

export function collectDecisions(): DecisionCollection {
  const collected = new Map<string, Collected>()
  const names = new Map<string, number>()
  return {
    get tests() {
      return collected.size
    },
    add(decision) {
      const key = keyOf(decision)
      const known = collected.get(key)
      if (known !== undefined) {
        known.alike += 1
        return
      }
      const name = nameOf(decision)
      const before = names.get(name) ?? 0
      names.set(name, before + 1)
      const test = makeTest(before === 0 ? name : `${name} (${before + 1})`, decision)
      collected.set(key, { decision, test, alike: 1 })
    },
    suite: (facts) => writeSuite([...collected.values()], facts),
  }
}

/** A ReplicaSet asks again and again: what differs is the moment, and the uid of the request. */
function keyOf({ time: _time, uid: _uid, ...same }: LoggedDecision): string {
  return JSON.stringify(same)
}

function nameOf({ outcome, operation, namespace, pod, findings }: LoggedDecision): string {
  const verb =
    outcome === 'denied' ? 'refuses' : outcome === 'admitted' ? 'admits without injection' : 'admits'
  const what = operation === 'UPDATE' ? 'a change of ' : ''
  const rules = [...new Set(findings.filter(({ rule }) => isSeen(rule)).map(({ rule }) => rule))]
  return `${verb} ${what}${namespace}/${pod || 'a pod'}${rules.length === 0 ? '' : `: ${rules.join(', ')}`}`
}

function makeTest(name: string, decision: LoggedDecision): Test {
  return {
    name,
    state: { now: decision.time },
    request: { review: makeReview(decision) },
    expect: makeExpectation(decision),
  }
}

/** The review as the API server sent it, as far as the log tells: only so is it decided as a pod at its admission. */
function makeReview(decision: LoggedDecision): object {
  const { uid, operation, namespace, now, before } = decision
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: uid === '' ? 'unknown' : uid.slice(0, 128),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation,
      object: makePod(decision, now),
      ...(before === undefined ? {} : { oldObject: makePod(decision, before) }),
    },
  }
}

function makePod(decision: LoggedDecision, { annotations, labels }: LoggedMarks): object {
  const { pod, namespace, owner, serviceAccount, containers, initContainers, isTerminating, time } = decision
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(pod.endsWith('*') ? { generateName: pod.slice(0, -1) } : pod === '' ? {} : { name: pod }),
      namespace,
      ...(isEmpty(labels) ? {} : { labels }),
      ...(isEmpty(annotations) ? {} : { annotations }),
      ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
      ...(isTerminating ? { deletionTimestamp: time } : {}),
    },
    spec: {
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map((name) => ({ name })) }),
      containers: containers.map((name) => ({ name })),
    },
  }
}

function makeExpectation({ operation, matched, outcome, instance, findings }: LoggedDecision): object {
  const seen = findings.filter(({ rule }) => isSeen(rule))
  const tellsInstance = operation === 'CREATE' && matched && outcome !== 'denied'
  return {
    allowed: outcome !== 'denied',
    ...(matched ? {} : { matched }),
    // admitted with an instance, or without one: the rest may be the same
    ...(tellsInstance ? { instance } : {}),
    ...(seen.length === 0 ? {} : { findings: seen }),
  }
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length === 0
}

const HEAD = [
  'Written by dapr-shared record --from-log: what admission said, as tests.',
  'A log has no labels, variables, volumes or placement of a pod: where these decide, mend the pods below by hand.',
]

const NO_STATE = [
  'The cluster as it was is not in a log. Record it, and name the file here:',
  '  dapr-shared record --cluster -n NAMESPACE --opted-in -o recorded.yaml',
  'state: {files: [recorded.yaml]}',
]

function writeSuite(collected: readonly Collected[], { name, stateFiles }: SuiteFacts): string {
  const suite: JsonObject = {
    apiVersion: SUITE_API_VERSION,
    kind: SUITE_KIND,
    metadata: { name },
    ...(stateFiles.length === 0 ? {} : { state: { files: stateFiles } }),
    tests: collected.map(({ test }) => test),
  }
  const document = toYamlDocument(suite)
  const head = stateFiles.length === 0 ? [...HEAD, '', ...NO_STATE] : HEAD
  document.commentBefore = head.map(comment).join('\n')
  const tests = document.get('tests')
  if (isSeq(tests)) {
    tests.items.forEach((item, index) => {
      const remarks = collected[index] === undefined ? [] : remarksOf(collected[index])
      if (isMap(item) && remarks.length > 0) item.commentBefore = remarks.map(comment).join('\n')
    })
  }
  return document.toString({ lineWidth: 0 })
}

/** What whoever reads the test must know, as nothing in it says so. */
function remarksOf({ decision, alike }: Collected): string[] {
  const { findings, hadUnknown, isShortened } = decision
  const unseen = [...new Set(findings.filter(({ rule }) => !isSeen(rule)).map(({ rule }) => rule))]
  return [
    ...(alike > 1 ? [`${countOf(alike, 'line')} of the log say this; the time is that of the first.`] : []),
    ...(unseen.length > 0 ? [`Logged too, and not to be told from the line: ${unseen.join(', ')}.`] : []),
    ...(hadUnknown ? ['A policy asked for a fact that nobody knew then.'] : []),
    ...(isShortened
      ? ['The log shortened names or values of this pod, or wrote ? in them: compare before you trust it.']
      : []),
  ]
}

function comment(line: string): string {
  return line === '' ? '' : ` ${line}`
}
