import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CHART } from './chart-helm.ts'

const Schema = z.looseObject({ properties: z.record(z.string(), z.unknown()) })

/**
 * The chart as it might be in another version: with one more value, of which a ConfigMap `things` is made.
 *
 * @returns `folder`, which is made
 */
export async function chartOfVersion(folder: string, version: string, thing: string): Promise<string> {
  await cp(CHART, folder, { recursive: true })
  const change = async (name: string, by: (text: string) => string): Promise<void> => {
    const file = join(folder, name)
    await writeFile(file, by(await readFile(file, 'utf8')))
  }
  await change('Chart.yaml', (text) => text.replaceAll(/ersion: \d+\.\d+\.\d+$/gm, `ersion: ${version}`))
  await change('values.yaml', (text) => `${text}\n${thing}: { text: default }\n`)
  await change('values.schema.json', (text) => {
    const { properties, ...schema } = Schema.parse(JSON.parse(text))
    return JSON.stringify({ ...schema, properties: { ...properties, [thing]: { type: 'object' } } })
  })
  await writeFile(
    join(folder, 'templates/things.yaml'),
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: things\ndata:\n  ${thing}: {{ .Values.${thing}.text }}\n`,
  )
  return folder
}
