import { Document, visit } from 'yaml'

/** Plain texts that some reader of YAML takes for a number or a switch. */
const LIKE_ANOTHER_TYPE = /^[-+]?\.?[0-9]|^(?:y|n|yes|no|on|off|true|false|null|~)$/i

/** YAML that kubectl, `--state` and a reader of YAML 1.2 all understand alike. */
export function toYamlDocument(value: object): Document {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && LIKE_ANOTHER_TYPE.test(node.value)) node.type = 'QUOTE_DOUBLE'
    },
  })
  return document
}
