const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/**
 * The form in which the API server stores an amount: `0.5` is `500m`, `1024Mi` is `1Gi`
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). Anything else stays as it is.
 */
export function canonicalQuantity(text: string): string {
  const nanos = nanosOf(text)
  if (nanos === undefined) return text
  if (nanos === 0n) return '0'
  const isBinary = /i$/.test(text) && nanos % giga === 0n
  return isBinary ? shortest(nanos / giga, binarySuffixes, 1024n) : shortest(nanos, decimalSuffixes, 1000n)
}

/** Negative where `left` is less than `right`; what is no amount counts as nothing. */
export function compareQuantities(left: string, right: string): number {
  const difference = (nanosOf(left) ?? 0n) - (nanosOf(right) ?? 0n)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const giga = 1000n ** 3n

/** Undefined for what is no amount, or has more than nine decimals. */
function nanosOf(text: string): bigint | undefined {
  const [, sign = '', whole = '', fraction = '', suffix = ''] =
    /^([+-]?)([0-9]*)\.?([0-9]*)([A-Za-z]*)$/.exec(text) ?? []
  const binary = binarySuffixes.indexOf(suffix)
  const decimal = decimalSuffixes.indexOf(suffix)
  if (whole + fraction === '' || (binary < 0 && decimal < 0)) return undefined
  const unit = binary > 0 ? giga * 1024n ** BigInt(binary) : 1000n ** BigInt(decimal)
  const amount = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`) * unit
  const shift = 10n ** BigInt(fraction.length)
  return amount % shift === 0n ? amount / shift : undefined
}

/** The whole number with the largest suffix that keeps it whole. */
function shortest(amount: bigint, suffixes: string[], base: bigint): string {
  let rest = amount
  let at = 0
  while (rest % base === 0n && at < suffixes.length - 1) {
    rest /= base
    at += 1
  }
  return `${rest}${suffixes[at]}`
}
