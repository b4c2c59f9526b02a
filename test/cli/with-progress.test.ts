import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { instance, pod } from './run.ts'

const ODD = '\napiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: {containers: 5}\n'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dapr-shared-progress-'))
  const pods = Array.from({ length: 250 }, (_, at) => pod('order', { name: `app-${at}` }))
  await writeFile(join(folder, 'pods.yaml'), pods.join('---'))
  await writeFile(join(folder, 'state.yaml'), instance('order'))
  await writeFile(join(folder, 'broken.yaml'), [...pods.slice(0, 150), ODD, ...pods.slice(150)].join('---'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs a command as on a terminal. @returns what was shown, and what was told beside the answer */
async function watched(...args: string[]): Promise<readonly string[]> {
  const shown: string[] = []
  await runProgram([...args, '--state', 'state.yaml'], {
    out: () => undefined,
    err: (text) => shown.push(`err: ${text.slice(0, 12)}`),
    readStdin: async () => '',
    env: {},
    cwd: folder,
    colour: false,
    progress: (line) => shown.push(line),
  })
  return shown
}

test.for([
  [['review', '-f', 'pods.yaml'], 'objects reviewed', []],
  [['explain', 'pods.yaml'], 'objects explained', []],
  [['bench', '-f', 'pods.yaml', '--seconds', '0.01'], 'objects prepared', ['measuring for 0.01 s', '']],
] as const)('on a terminal %j shows how far it is, and takes that away', async ([args, done, after]) => {
  expect(await watched(...args)).toEqual([`100 of 250 ${done}`, `200 of 250 ${done}`, '', ...after])
})

test('an error stands on a line of its own', async () => {
  expect(await watched('review', '-f', 'broken.yaml')).toEqual([
    '100 of 251 objects reviewed',
    '',
    expect.stringMatching(/^err: broken\.yaml/),
  ])
})
