import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Option } from 'commander'
import { VERSION } from '../config/version.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { SERVICE_NAMESPACE, SYSTEM_NAMESPACES } from '../core/vocabulary.ts'
import { isImageName } from '../install/image-name.ts'
import { NAME, serviceHosts } from '../install/names.ts'
import { installObjects, toYamlStream, type InstallOptions } from '../install/render.ts'
import { CommandError, type Io } from './io.ts'
import type { AddCommand } from './add-command.ts'

interface ManifestsOptions {
  readonly image?: string
  readonly namespace: string
  readonly ca?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly backstop: boolean
  readonly protect: boolean
  readonly reviewApi: boolean
  readonly defaultPolicy?: true
}

/** Stands in where nobody names an image: the project publishes none. */
const LOCAL_IMAGE = `${NAME}:${VERSION}`

const EXAMPLES = `
Without --ca, --tls-cert and --tls-key a CA and a certificate are made; the CA's key is thrown away.

Examples:
  dapr-shared manifests --image ghcr.io/acme/dapr-shared-admission:${VERSION} | kubectl apply -f -
  dapr-shared manifests --ca ca.crt --tls-cert tls.crt --tls-key tls.key > install.yaml
  dapr-shared manifests --default-policy > policy.yaml`

export const addManifests: AddCommand = (program, io, finish) => {
  program
    .command('manifests')
    .summary('everything to kubectl apply')
    .description(
      'Prints everything that an installation needs: CRDs, namespace, RBAC, certificate, Deployment, Service, webhook configurations.',
    )
    .option(
      '--image <IMAGE>',
      `container image, which you pushed to a registry (${LOCAL_IMAGE}, which none has)`,
    )
    .option('-n, --namespace <NAME>', 'namespace to install to', SERVICE_NAMESPACE)
    .option('--ca <FILE>', 'CA certificate that signed the serving certificate, PEM')
    .option('--tls-cert <FILE>', 'serving certificate chain, PEM')
    .option('--tls-key <FILE>', 'its private key, PEM')
    .option(
      '--backstop',
      'have the API server itself refuse a pod that asks and was not injected, also while the webhook is down or not registered',
      false,
    )
    .option(
      '--protect',
      'warn, or refuse where a policy says so, when an instance in use is deleted or changed',
      false,
    )
    .option(
      '--review-api',
      'serve POST /v1/review to holders of a token who have the role dapr-shared-reviewer',
      false,
    )
    .addOption(
      new Option(
        '--default-policy',
        'print alone what holds without any policy, as a DaprSharedPolicy to start from',
      ).conflicts(['image', 'namespace', 'ca', 'tlsCert', 'tlsKey', 'backstop', 'protect', 'reviewApi']),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (options: ManifestsOptions) => finish(await manifests(options, io)))
}

async function manifests(options: ManifestsOptions, io: Io): Promise<number> {
  const { namespace, backstop, protect, reviewApi, defaultPolicy: onlyPolicy } = options
  if (onlyPolicy) {
    const { defaultPolicy } = await import('../policy/default-policy.ts')
    io.out(defaultPolicy())
    return 0
  }
  if (namespace === 'default' || SYSTEM_NAMESPACES.includes(namespace)) {
    throw new CommandError(
      `--namespace: ${namespace} is not for us: the webhook needs a namespace of its own, which its removal takes away. Leave --namespace out.`,
    )
  }
  if (!isDnsLabel(namespace))
    throw new CommandError(`--namespace: wanted the name of a namespace, got ${JSON.stringify(namespace)}.`)
  const image = readImage(options, io)
  const certificate = (await readCertificate(options, io)) ?? (await makeCertificate(namespace, io))
  const { customResourceDefinitions } = await import('../policy/crd.ts')
  const definitions = customResourceDefinitions()
  io.out(
    toYamlStream(
      installObjects({
        version: VERSION,
        image,
        namespace,
        certificate,
        backstop,
        protect,
        reviewApi,
        definitions,
      }),
    ),
  )
  return 0
}

function readImage({ image }: ManifestsOptions, io: Io): string {
  if (image === undefined) {
    io.err(
      `--image was left out: the Deployment asks for ${LOCAL_IMAGE}, which no registry has. Until its pods run, pods that ask are refused. Push the image and name it: --image registry.example.com/${LOCAL_IMAGE}\n`,
    )
    return LOCAL_IMAGE
  }
  if (!isImageName(image))
    throw new CommandError(
      `--image: wanted the name of an image, as registry.example.com/${LOCAL_IMAGE}, got ${JSON.stringify(image)}.`,
    )
  return image
}

const SERVING_DAYS = 365

async function makeCertificate(namespace: string, io: Io): Promise<InstallOptions['certificate']> {
  const { makeAuthority, signServing } = await import('../certs/authority.ts')
  const now = (): Date => new Date()
  const authority = await makeAuthority({ commonName: NAME, now, days: SERVING_DAYS + 1 })
  const serving = await signServing({ authority, hosts: serviceHosts(namespace), now, days: SERVING_DAYS })
  io.err(
    `made a new CA and a certificate for ${SERVING_DAYS} days. Applied over an installation, pods that ask wait until its replicas have the certificate: to upgrade without that, make one once (dapr-shared certs --out DIR) and give it with --ca, --tls-cert and --tls-key.\n`,
  )
  return { ...serving, caPem: authority.certPem }
}

async function readCertificate(
  { ca, tlsCert, tlsKey, namespace }: ManifestsOptions,
  io: Io,
): Promise<InstallOptions['certificate'] | undefined> {
  if (ca === undefined && tlsCert === undefined && tlsKey === undefined) return undefined
  if (ca === undefined || tlsCert === undefined || tlsKey === undefined) {
    throw new CommandError('--ca, --tls-cert and --tls-key belong together: give all three, or none.')
  }
  const { readServingCertificate } = await import('../certs/serving-certificate.ts')
  const [caPem, certPem, keyPem] = await Promise.all([ca, tlsCert, tlsKey].map((file) => read(file, io)))
  const checked = readServingCertificate(
    { certPem: certPem ?? '', keyPem: keyPem ?? '', caPem: caPem ?? '' },
    { cert: tlsCert, key: tlsKey, ca },
  )
  const [host = ''] = serviceHosts(namespace)
  if (!checked.serves(host))
    throw new CommandError(
      `${tlsCert} is not for the host ${host}, by which the API server calls. Make one: dapr-shared certs --out DIR -n ${namespace}`,
    )
  return { certPem: checked.certPem, keyPem: checked.keyPem, caPem: caPem ?? '' }
}

async function read(file: string, { cwd }: Io): Promise<string> {
  return readFile(resolve(cwd, file), 'utf8').catch(() => {
    throw new CommandError(`${file}: cannot be read (looked in ${cwd}).`)
  })
}
