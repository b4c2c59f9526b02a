import { describe, expect, test } from 'vitest'
import { fromRepository } from '../../src/report/from-repository.ts'
import type { Report } from '../../src/report/report.ts'
import { aProblem, aReport, refused } from './a-report.ts'

const at = (file: string): Report => {
  const source = { file, document: 1, line: 7 }
  const report = aReport([refused({ source, problems: [aProblem({ source })] })])
  return { ...report, troubles: [{ message: 'x', source }, { message: 'y' }] }
}

const namesIn = ({ entries, troubles = [] }: Report): (string | undefined)[] => [
  ...entries.flatMap(({ source, problems }) => [source.file, ...problems.map((one) => one.source.file)]),
  ...troubles.map(({ source }) => source?.file),
]

describe('files named from the root of a checkout', () => {
  test.each([
    ['k8s/orders.yaml', 'apps/shop/k8s/orders.yaml'],
    ['./k8s/../pod.yaml', 'apps/shop/pod.yaml'],
    ['../shared.yaml', 'apps/shared.yaml'],
    ['/home/ci/repo/k8s/a.yaml', 'k8s/a.yaml'],
    ['/home/ci/repository/a.yaml', '/home/ci/repository/a.yaml'],
    ['../../../beside.yaml', '../../../beside.yaml'],
    ['..dots.yaml', 'apps/shop/..dots.yaml'],
    ['<stdin>', '<stdin>'],
    ['https://127.0.0.1:6443', 'https://127.0.0.1:6443'],
    ['', ''],
  ])('%j is %j', (file, named) => {
    const report = fromRepository(at(file), '/home/ci/repo', '/home/ci/repo/apps/shop')
    expect(namesIn(report)).toEqual([named, named, named, undefined])
    expect(report.entries[0]?.problems[0]?.source.line).toBe(7)
  })
})
