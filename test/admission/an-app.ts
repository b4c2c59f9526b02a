import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp, type App } from '../../src/app.ts'
import type { ServerLimits } from '../../src/admission/limits.ts'
import type { ServeSettings } from '../../src/config/serve-settings.ts'
import { makeLogger } from '../../src/telemetry/logger.ts'
import { testCertificates } from './a-server.ts'
import { openSocket, type RawSocket } from './raw-socket.ts'

export interface RunningApp extends AsyncDisposable {
  readonly app: App
  readonly ca: string
  /** the lines of the log */
  readonly lines: string[]
  readonly certificateFiles: { readonly certFile: string; readonly keyFile: string }
  readonly open: () => Promise<RawSocket>
  /** asks the port of probes and metrics */
  readonly ops: (path: string) => Promise<Response>
}

export interface AppOptions {
  readonly paths: readonly string[]
  readonly settings?: Partial<ServeSettings>
  readonly limits?: ServerLimits
}

/** The whole program but its command line, on ports of 127.0.0.1 that the system chooses. */
export async function runApp({ paths, settings, limits }: AppOptions): Promise<RunningApp> {
  const { ca, first } = await testCertificates()
  const folder = await mkdtemp(join(tmpdir(), 'dapr-shared-'))
  const certificateFiles = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') }
  await writeFile(certificateFiles.certFile, first.certPem)
  await writeFile(certificateFiles.keyFile, first.keyPem)
  const lines: string[] = []
  const app = await startApp(
    {
      source: { kind: 'state', paths },
      host: '127.0.0.1',
      port: 0,
      opsPort: 0,
      tls: { mode: 'files', ...certificateFiles },
      clusterDomain: undefined,
      ownNamespace: 'dapr-shared-system',
      skippedContainers: [],
      logLevel: 'debug',
      drainSeconds: 0,
      reviewApi: 'off',
      events: false,
      clients: undefined,
      maxInFlight: 500,
      maxConnections: 2000,
      ...settings,
    },
    {
      log: makeLogger(settings?.logLevel ?? 'debug', { write: (line) => lines.push(line) }),
      cwd: '/',
      readStdin: async () => '',
      ...(limits === undefined ? {} : { limits }),
    },
  )
  const port = Number(new URL(app.url).port)
  return {
    app,
    ca,
    lines,
    certificateFiles,
    open: () => openSocket(port, { ca }),
    ops: (path) => fetch(`${app.opsUrl}${path}`),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
