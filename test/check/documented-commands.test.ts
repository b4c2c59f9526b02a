import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The commands of installing and upgrading as people copy them. */

const ROOT = join(import.meta.dirname, '../..')
const page = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8')
const pipesOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('sed '))

test('install.yaml is applied in the same way at installation and upgrade, with the image that one can pull', () => {
  const [install = '', ...others] = pipesOf(page('install.md'))
  expect(others).toEqual([])
  expect(pipesOf(page('upgrade.md'))).toEqual([install])
  const [edit = '', apply] = install.split(' | kubectl ')
  expect(apply).toBe('apply --server-side -f -')
  const edited = execFileSync('sh', ['-c', edit], { cwd: ROOT, encoding: 'utf8' }).split('\n')
  const written = readFileSync(join(ROOT, 'deploy/install.yaml'), 'utf8').split('\n')
  const changed = edited.filter((line, index) => line !== written[index])
  expect(changed.map((line) => line.trim())).toEqual([
    expect.stringMatching(/^image: registry\.example\.com\/dapr-shared-admission:\d+\.\d+\.\d+$/),
  ])
})

test('helm upgrade keeps the values that people set, and no other', () => {
  const commands = page('upgrade.md').match(/^helm upgrade .*$/gm) ?? []
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    expect(command).toContain('--reset-then-reuse-values')
    expect(command).not.toContain('image.tag')
  }
})

test('nothing shows the log of one replica of several, or records one namespace of many', () => {
  const text = ['debugging.md', 'certificates.md', 'check.md', 'sizing.md'].map(page).join('\n')
  expect(text).not.toMatch(/kubectl logs [^\n]*deployment\/dapr-shared-admission/)
  for (const [command] of page('debugging.md').matchAll(/^dapr-shared record .*$/gm))
    expect(command).toContain(' -A ')
})

test('the image is of the version of the program, by default and as the page builds it', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  expect(dockerfile).toContain(`\nARG VERSION=${version}\n`)
  const build = /^docker build .*$/m.exec(page('install.md'))?.[0] ?? ''
  expect(build).toContain(`:${version} --build-arg VERSION=${version} --build-arg REVISION=`)
})
