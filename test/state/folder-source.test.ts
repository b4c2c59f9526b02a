import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { InventorySource } from '../../src/discovery/source.ts'
import { openFolderSource } from '../../src/state/folder-source.ts'
import { instance } from '../cli/run.ts'

const BOUND = { timeout: 15_000 }

describe('a folder of manifests as the cluster', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dapr-shared-state-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = (paths: string[], readStdin = async () => '') =>
    openFolderSource({
      paths,
      cwd: folder,
      readStdin,
      defaultNamespace: 'default',
      clusterDomain: 'cluster.local',
      now: Date.now,
      log: { info: () => undefined, warn: () => undefined },
    })
  const appIds = (source: InventorySource) =>
    [...(source.current()?.get('shop')?.entries.keys() ?? [])].toSorted()

  test('what is added in a new folder below it is seen', async () => {
    await writeFile(join(folder, 'order.yaml'), instance('order'))
    await using source = await open(['.'])
    await mkdir(join(folder, 'deeper'))
    await writeFile(join(folder, 'deeper/cart.yaml'), instance('cart'))
    await expect.poll(() => appIds(source), BOUND).toEqual(['cart', 'order'])
  })

  test('a file that is replaced, as editors do, is seen; another beside it is not looked at', async () => {
    await writeFile(join(folder, 'order.yaml'), instance('order'))
    await using source = await open(['order.yaml'])
    await writeFile(join(folder, 'beside.yaml'), instance('beside'))
    await writeFile(join(folder, 'draft'), `${instance('order')}---${instance('cart')}`)
    await rename(join(folder, 'draft'), join(folder, 'order.yaml'))
    await expect.poll(() => appIds(source), BOUND).toEqual(['cart', 'order'])
  })

  test('hidden folders and node_modules are not read', async () => {
    for (const name of ['.git', 'node_modules']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'x.yaml'), instance(name.replace(/\W|_/g, '')))
    }
    await writeFile(join(folder, 'order.yaml'), instance('order'))
    await using source = await open(['.'])
    expect(appIds(source)).toEqual(['order'])
  })

  test('what came on standard input stays when a folder changes', async () => {
    let reads = 0
    const readStdin = async () => (reads++ === 0 ? instance('order') : '')
    await using source = await open(['-', '.'], readStdin)
    await writeFile(join(folder, 'cart.yaml'), instance('cart'))
    await expect.poll(() => appIds(source), BOUND).toEqual(['cart', 'order'])
  })

  test('while a file is broken the last good state stays, and the trouble is told', async () => {
    await writeFile(join(folder, 'order.yaml'), instance('order'))
    await using source = await open(['.'])
    await writeFile(join(folder, 'order.yaml'), 'a: [')
    await expect.poll(() => source.health()[0]?.lastError, BOUND).toContain('order.yaml:1: not YAML or JSON')
    expect(appIds(source)).toEqual(['order'])
  })
})
