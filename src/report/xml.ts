import { visible } from './visible.ts'

/** A part of an XML document: made by `element` or `text`, and so well-formed. */
export interface Xml {
  readonly xml: string
}

/** An attribute that is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

export function element(name: string, attributes: Attributes, children: readonly Xml[] = []): Xml {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escapeAttribute(String(value))}"`]))
    .join('')
  if (children.length === 0) return { xml: `<${name}${written}/>` }
  return { xml: `<${name}${written}>${children.map(({ xml }) => xml).join('')}</${name}>` }
}

export function text(content: string): Xml {
  return { xml: escapeText(content) }
}

/** The parts on lines of their own. */
export function onLines(parts: readonly Xml[]): Xml[] {
  return parts.length === 0 ? [] : [...parts.map(({ xml }) => ({ xml: `\n${xml}` })), { xml: '\n' }]
}

export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}\n`
}

/** `>` too, as `]]>` may not stand in text. */
function escapeText(content: string): string {
  return visible(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A reader makes spaces of the line breaks and tabs of an attribute, where they are not written as references. */
function escapeAttribute(value: string): string {
  return escapeText(value).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}
