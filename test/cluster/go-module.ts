import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `-buildvcs=false`: the modules lie inside our repository, whose commit says nothing about these programs. */
export const buildFlags = ['-mod=readonly', '-trimpath', '-buildvcs=false']

/** promtool checks rules: without these tags it would bring a client for every cloud there is. */
export function buildTags(module: string): string[] {
  return module === 'promtool' ? ['-tags', 'remove_all_sd'] : []
}

/** Absolute path of a module given by its folder here, as in programSources. */
export function moduleFolder(module: string): string {
  return join(import.meta.dirname, module)
}

/**
 * Flags that tell the programs of a module their versions, as their own makefiles do. Without them
 * kube-apiserver calls itself v0.0.0-master, which clients cannot parse, and Helm takes every
 * cluster for Kubernetes 1.20.
 */
export function linkerFlags(module: string): string {
  const variables = versionVariables(module)
  return ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ')
}

/** Changes with everything that decides the bytes of a build of this module, the toolchain apart. */
export function buildKey(module: string): string {
  const recipe = [process.platform, process.arch, ...buildFlags, ...buildTags(module), linkerFlags(module)]
  const hash = createHash('sha256').update(recipe.join(' '))
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(module), name)))
  return hash.digest('hex').slice(0, 16)
}

function versionVariables(module: string): Record<string, string> {
  if (module === 'helm') return helmVariables(module)
  return module === '.' ? kubernetesVariables(module) : {}
}

function kubernetesVariables(module: string): Record<string, string> {
  const version = requiredVersion(module, 'k8s.io/kubernetes')
  const [major = '', minor = ''] = version.slice(1).split('.')
  const prefix = 'k8s.io/component-base/version'
  return { [`${prefix}.gitVersion`]: version, [`${prefix}.gitMajor`]: major, [`${prefix}.gitMinor`]: minor }
}

function helmVariables(module: string): Record<string, string> {
  // The libraries of Kubernetes 1.N are released as v0.N.
  const [, minor = ''] = requiredVersion(module, 'k8s.io/client-go').split('.')
  return {
    'helm.sh/helm/v3/internal/version.version': requiredVersion(module, 'helm.sh/helm/v3'),
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': minor,
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
  }
}

function requiredVersion(module: string, dependency: string): string {
  const lines = readFileSync(join(moduleFolder(module), 'go.mod'), 'utf8').split('\n')
  const words = lines.map((line) =>
    line
      .replace(/^require /, '')
      .trim()
      .split(' '),
  )
  const version = words.find(([name]) => name === dependency)?.[1]
  if (version === undefined) throw new Error(`${module}/go.mod requires no ${dependency}`)
  return version
}
