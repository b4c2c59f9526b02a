import { CertificateError } from '../../src/certs/certificate-error.ts'

/** `problem: message` of the CertificateError that the work ends in; any other error is not caught. */
export async function complaintOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'no complaint'
  } catch (error) {
    if (error instanceof CertificateError) return `${error.problem}: ${error.message}`
    throw error
  }
}
