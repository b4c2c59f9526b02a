import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { watchFolders } from '../../src/certs/watch-folders.ts'
import { PATIENCE } from './patience.ts'
import { temporaryFolder } from './temporary-folder.ts'

vi.setConfig(PATIENCE)

test('a folder that cannot be watched is trouble, not an error, and the others are watched', async () => {
  const folder = await temporaryFolder()
  const onEvent = vi.fn<() => void>()
  const onTrouble = vi.fn<(folder: string, err: unknown) => void>()
  const gone = join(folder, 'gone')
  using _ = watchFolders([join(gone, 'tls.key'), join(folder, 'tls.crt')], onEvent, onTrouble)

  expect(onTrouble.mock.calls.map(([where]) => where)).toEqual([gone])
  await vi.waitFor(
    async () => {
      await writeFile(join(folder, 'tls.crt'), 'x')
      expect(onEvent).toHaveBeenCalled()
    },
    { timeout: 20_000 },
  )
})
