import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { ParseOption, XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm'
import { describe, expect, test } from 'vitest'
import { toJunit } from '../../src/report/junit.ts'
import { casesOf } from '../../src/report/verdict.ts'
import type { Report } from '../../src/report/report.ts'
import { aProblem, anEntry, aReport, arbitraryReport, NASTY, nastyReport, refused } from './a-report.ts'

const XSD = readFileSync(join(import.meta.dirname, 'schemas/junit-10.xsd'))

/** Reads a document as it is read by others, and holds it against the schema of Jenkins. */
function read<T>(report: Report, look: (root: XmlElement) => T): T {
  const document = XmlDocument.fromString(toJunit(report), { option: ParseOption.XML_PARSE_NONET })
  const schema = XmlDocument.fromBuffer(XSD)
  try {
    const answer = look(document.root)
    // the two attributes that GitLab and GitHub's reporters read, and no schema has
    for (const testcase of document.find('//testcase')) {
      for (const name of ['file', 'line']) (testcase as XmlElement).attr(name)?.remove()
    }
    const validator = XsdValidator.fromDoc(schema)
    validator.validate(document)
    validator.dispose()
    return answer
  } finally {
    document.dispose()
    schema.dispose()
  }
}

const attributes = (element: XmlElement): Record<string, string> =>
  Object.fromEntries(element.attrs.map(({ name, value }) => [name, value]))
const at = (root: XmlElement, path: string): XmlElement => {
  const found = root.get(path)
  if (!(found instanceof XmlElement)) throw new Error(`nothing at ${path}`)
  return found
}

describe('JUnit', () => {
  test('has a suite for each group and a case for each entry, counted', () => {
    const report = aReport([
      anEntry({ milliseconds: 1500 }),
      refused({ milliseconds: 12.4 }),
      anEntry({ group: 'b.yaml', outcome: 'skipped', summary: 'does not ask' }),
      anEntry({ group: 'b.yaml', outcome: 'error', summary: 'unknown: no answer' }),
    ])
    read(report, (root) => {
      expect(attributes(root)).toEqual({
        name: 'dapr-shared review',
        tests: '4',
        failures: '1',
        errors: '1',
        time: '1.512',
      })
      expect(root.find('testsuite').map((suite) => attributes(suite as XmlElement))).toEqual([
        {
          name: 'k8s/pod.yaml',
          file: 'k8s/pod.yaml',
          tests: '2',
          failures: '1',
          errors: '0',
          skipped: '0',
          time: '1.512',
        },
        { name: 'b.yaml', file: 'k8s/pod.yaml', tests: '2', failures: '0', errors: '1', skipped: '1' },
      ])
      expect(attributes(at(root, '//testcase[1]'))).toEqual({
        name: 'Pod shop/app',
        classname: 'k8s/pod',
        time: '1.500',
        file: 'k8s/pod.yaml',
        line: '2',
      })
      expect(attributes(at(root, '//skipped'))).toEqual({ message: 'does not ask' })
      expect(attributes(at(root, '//error'))).toEqual({ type: 'unknown', message: 'unknown: no answer' })
    })
  })

  test('tells all that is wrong in one failure, as readers look at the first only, and the rest as output', () => {
    const problems = [
      aProblem(),
      aProblem({ rule: 'label.forged', message: 'a label.', policy: 'prod' }),
      aProblem({ rule: 'env.conflict', level: 'warning', message: 'a variable.' }),
    ]
    read(aReport([refused({ problems, detail: '- a\n+ b' })]), (root) => {
      expect(root.find('//failure')).toHaveLength(1)
      expect(attributes(at(root, '//failure'))).toEqual({
        type: 'instance.missing',
        message: 'no instance "oder" in namespace "shop".',
      })
      expect(at(root, '//failure').content).toBe(
        `k8s/pod.yaml:7: metadata.annotations["dapr.io/shared"] error [instance.missing] (High, built-in)
no instance "oder" in namespace "shop". Create it.

k8s/pod.yaml:7: metadata.annotations["dapr.io/shared"] error [label.forged] (High, prod)
a label. Create it.

- a
+ b`,
      )
      expect(at(root, '//system-out').content).toContain('warning [env.conflict]')
    })
  })

  test('shows the lines of what differs', () => {
    const problems = [aProblem({ cure: '', message: 'allowed: another.', lines: ['- true', '+ false'] })]
    read(aReport([refused({ problems })]), (root) =>
      expect(at(root, '//failure').content).toMatch(/\nallowed: another\.\n- true\n\+ false$/),
    )
  })

  test('keeps notes, also where nothing was judged', () => {
    for (const entries of [[], [anEntry()]]) {
      read(aReport(entries, ['one is unknown']), (root) =>
        expect(root.find('//system-err').map(({ content }) => content)).toEqual(['one is unknown']),
      )
    }
    read({ ...aReport([]), exitCode: 0 }, (root) => expect(root.find('//testsuite')).toEqual([]))
  })

  test('one that failed without words is a failure all the same', () => {
    read(aReport([refused({ problems: [] })]), (root) =>
      expect(attributes(at(root, '//failure'))).toEqual({ type: 'review.failed', message: 'Refused.' }),
    )
  })

  test('shows what XML cannot hold, and changes nothing of the rest', () => {
    read(nastyReport, (root) => {
      const seen = NASTY.replaceAll('\r\n', '\n').replaceAll(
        /[^\P{Cc}\n\t]|[\p{Cs}\u202e\ufffe]/gu,
        (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
      )
      expect(at(root, '//testcase').attr('name')?.value).toBe(seen)
      expect(at(root, '//skipped').attr('message')?.value).toBe(seen)
      expect(seen).toContain('\\u{0} \\u{8} \\u{1b}[31m \\u{85} \\u{202e} \\u{d800} \\u{dc00} \\u{fffe} 🧵👩‍👩‍👧')
    })
  })

  test('is valid, whatever the text', () => {
    fc.assert(
      fc.property(arbitraryReport, (report) => {
        const cases = read(report, (root) => root.find('//testcase').length)
        expect(cases).toBe(casesOf(report).length)
      }),
    )
  })
})
