import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import { serviceHosts } from '../install/names.ts'
import { CommandError, type Io } from './io.ts'
import type { AddCommand } from './add-command.ts'
import { collect } from './world/world-options.ts'

interface CertsOptions {
  readonly out: string
  readonly host?: string[]
  readonly namespace: string
  readonly days: string
  readonly overwrite?: boolean
}

const EXAMPLES = `
Examples:
  dapr-shared certs --out certs --host localhost --host 127.0.0.1
  dapr-shared certs --out certs                  for the Service that \`dapr-shared manifests\` makes`

export const addCerts: AddCommand = (program, io, finish) => {
  program
    .command('certs')
    .summary('a CA and a serving certificate, as files')
    .description(
      'Makes a CA, or uses the one in the folder, and a serving certificate: ca.crt, ca.key, tls.crt and tls.key.',
    )
    .requiredOption('--out <DIR>', 'folder to write to')
    .option(
      '--host <NAME>',
      'host name or address that callers use (the Service in the cluster); may repeat',
      collect,
    )
    .option('-n, --namespace <NAME>', 'namespace of the Service', SERVICE_NAMESPACE)
    .option('--days <N>', 'life of the serving certificate, in days', '365')
    .option('--overwrite', 'make a new CA in place of the one that is there')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CertsOptions) => finish(await certs(options, io)))
}

const AUTHORITY_DAYS = 3650

async function certs(
  { out, host, namespace, days, overwrite = false }: CertsOptions,
  io: Io,
): Promise<number> {
  const lifeDays = Number(days)
  if (!/^\d{1,4}$/.test(days) || lifeDays < 1)
    throw new CommandError(`--days: wanted days from 1 to 9999, got ${JSON.stringify(days)}.`)
  const [{ makeAuthority, signServing }, { writeCertificates }] = await Promise.all([
    import('../certs/authority.ts'),
    import('../certs/write-files.ts'),
  ])
  const now = (): Date => new Date()
  const dir = resolve(io.cwd, out)
  const authority =
    (overwrite ? undefined : await readAuthority(dir)) ??
    (await makeAuthority({
      commonName: 'Dapr Shared Admission',
      now,
      days: Math.max(AUTHORITY_DAYS, lifeDays),
    }))
  const hosts = host ?? serviceHosts(namespace)
  const serving = await signServing({ authority, hosts, now, days: lifeDays })
  const files = await writeCertificates({ dir, authority, serving, overwrite })
  io.out(`${Object.values(files).join('\n')}\n`)
  return 0
}

/** The CA that is in the folder already: who trusts it trusts what it signs anew. */
async function readAuthority(dir: string): Promise<{ certPem: string; keyPem: string } | undefined> {
  const [certPem, keyPem] = await Promise.all(
    ['ca.crt', 'ca.key'].map((name) => readFile(join(dir, name), 'utf8').catch(() => undefined)),
  )
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem }
}
