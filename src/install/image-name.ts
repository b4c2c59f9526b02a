const HOST = String.raw`[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?`
const PART = '[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*'
const PLACE = `(${HOST}/)?${PART}(/${PART})*`

/** An image without tag and digest, as `registry.example:5000/acme/admission`. Source: the reference grammar of distribution. */
export const REPOSITORY = new RegExp(`^${PLACE}$`)

const IMAGE = new RegExp(String.raw`^${PLACE}(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$`)

/** Whether a container runtime could look for it: a name, with or without tag and digest. */
export function isImageName(text: string): boolean {
  return IMAGE.test(text)
}
