import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHART } from '../../scripts/chart-files.ts'
import { pod, run } from '../cli/run.ts'

const notes = readFileSync(join(resolve(import.meta.dirname, '../..'), CHART, 'templates/NOTES.txt'), 'utf8')
const lines = [...notes.matchAll(/(?:^ {5}|\| )dapr-shared (.+)$/gm)].map(([, args = '']) => args)
// a port that nobody listens on: who gets as far as asking has taken the arguments
const server = 'http://127.0.0.1:9'
const config = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
  clusters: [{ name: 'c', cluster: { server } }],
  users: [{ name: 'c', user: {} }],
})

describe('NOTES.txt', () => {
  test('tells commands of the program', () => {
    expect(lines).not.toEqual([])
  })

  test.each(lines)('dapr-shared %s: the program takes it, and asks the cluster', async (line) => {
    const { code, err } = await run([...line.split(' '), '--kubeconfig', 'config'], {
      files: { config },
      stdin: pod('orders'),
    })
    expect(err).toContain(server)
    expect(code).toBe(3)
  })
})
