export type RenewalReason = 'it is not valid yet' | 'two thirds of its life are over' | 'it has expired'

/**
 * Why a certificate must be replaced at `now`, or undefined while it need not be. Two thirds leave a third of its
 * life to notice and mend a renewal that fails; cert-manager renews at the same point. Not valid yet: the clock was
 * set back.
 */
export function needsRenewal(notBefore: Date, notAfter: Date, now: Date): RenewalReason | undefined {
  const life = notAfter.getTime() - notBefore.getTime()
  if (now < notBefore) return 'it is not valid yet'
  if (now >= notAfter) return 'it has expired'
  if (now.getTime() >= notBefore.getTime() + (life * 2) / 3) return 'two thirds of its life are over'
  return undefined
}
