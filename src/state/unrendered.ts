/**
 * How to mend a file that is no Kubernetes object, where its name tells what it is: a folder of kustomize or Helm holds such
 * files.
 */
export function renderFirst(file: string): string | undefined {
  const [, folder = '.', name = ''] = /^(?:(.*)\/)?([^/]*)$/s.exec(file) ?? []
  const renderer = RENDERERS.find(({ files }) => files.test(name))
  if (renderer === undefined) return undefined
  return `It is ${renderer.of}: give what that makes of the folder (${renderer.command} ${folder} | dapr-shared … -), or the files one by one.`
}

const RENDERERS = [
  { of: 'for kustomize', files: /^kustomization\.ya?ml$/, command: 'kubectl kustomize' },
  { of: 'for Helm', files: /^(Chart|values.*)\.ya?ml$/, command: 'helm template' },
]
