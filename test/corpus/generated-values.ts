import { isSeq, type CollectionTag, type ScalarTag } from 'yaml'

/** Values that are too long or too odd to be written out, as YAML tags. */

/** `!repeat [text, times]`: a text, many times over. */
const repeat: CollectionTag = {
  tag: '!repeat',
  collection: 'seq',
  resolve(node, onError) {
    const [text, times] = isSeq(node) ? node.toJSON() : []
    if (typeof text === 'string' && typeof times === 'number') return text.repeat(times)
    onError('wanted !repeat [text, times]')
    return ''
  },
}

/** `!list [times, template]`: a list of copies in which each `#` is the number of the copy. */
const list: CollectionTag = {
  tag: '!list',
  collection: 'seq',
  resolve(node, onError) {
    const [times, template] = isSeq(node) ? node.toJSON() : []
    if (typeof times !== 'number' || template === undefined) {
      onError('wanted !list [times, template]')
      return []
    }
    const text = JSON.stringify(template)
    return Array.from(
      { length: times },
      (_, index) => JSON.parse(text.replaceAll('#', String(index))) as unknown,
    )
  },
}

/** `!hex "c0 af"`: bytes. */
const hex: ScalarTag = {
  tag: '!hex',
  resolve(text, onError) {
    if (!/^([0-9a-f]{2} ?)+$/.test(text)) onError('wanted !hex with two digits a byte')
    return Buffer.from(text.replaceAll(' ', ''), 'hex')
  },
}

export const GENERATED_VALUES = [repeat, list, hex]
